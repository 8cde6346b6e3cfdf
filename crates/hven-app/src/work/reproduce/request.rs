//! How a run is to be reproduced, and what becomes of that.

use std::collections::BTreeMap;

use hven_core::{object::FileRef, reproduction::Tolerances, run::Software, surroundings::Tools};

use crate::{
    kernel::labelled::{NeededLabels as Names, NeedsLabels},
    ports::run::RunView,
    work::verdicts::ReproductionVerdict,
};

/// How a run is to be reproduced.
#[derive(Clone, Debug, Default)]
pub struct ReproduceRequest {
    pub tolerances: Tolerances,
    /// The files of a commit, which the record names and does not hold; relative to the run's folder.
    pub code: Vec<FileRef>,
    pub above: CodeAbove,
    /// Values of secrets, which are never recorded.
    pub secrets: BTreeMap<String, String>,
    /// What is installed now.
    pub software: Option<Software>,
    /// Programs, module folders and packages of now.
    pub tools: Option<Tools>,
}

/// Code of a commit above the run's folder.
#[derive(Clone, Debug, Default)]
pub struct CodeAbove {
    /// Relative to the repository's root.
    pub files: Vec<FileRef>,
    /// How many of its files are not among them.
    pub left_out: u64,
}

/// What became of the wish.
#[derive(Clone, Debug)]
pub enum ReproduceStart {
    /// This run makes it again.
    Running(Box<RunView>),
    /// It cannot be run again, and that is recorded.
    Cannot(Box<ReproductionVerdict>),
}

impl NeedsLabels for ReproduceStart {
    fn add_to(&self, wanted: &mut Names) {
        match self {
            Self::Running(_) => {}
            Self::Cannot(verdict) => verdict.add_to(wanted),
        }
    }
}
