//! A request to reproduce a run, and its outcome.

use std::collections::BTreeMap;

use hven_core::{object::FileRef, reproduction::Tolerances, run::Software, surroundings::Tools};

use crate::{
    kernel::labelled::{NeededLabels as Names, NeedsLabels},
    ports::run::RunView,
    work::verdicts::ReproductionVerdict,
};

/// The settings of a reproduction.
#[derive(Clone, Debug, Default)]
pub struct ReproduceRequest {
    pub tolerances: Tolerances,
    /// The files of a commit, which the record names but does not hold. Paths are relative to the run's folder.
    pub code: Vec<FileRef>,
    pub above: CodeAbove,
    /// Values of secrets, which are never recorded.
    pub secrets: BTreeMap<String, String>,
    /// The software that is installed now.
    pub software: Option<Software>,
    /// The present programs, module folders and packages.
    pub tools: Option<Tools>,
}

/// Code of a commit above the run's folder.
#[derive(Clone, Debug, Default)]
pub struct CodeAbove {
    /// Relative to the repository's root.
    pub files: Vec<FileRef>,
    /// The number of its files that were left out.
    pub left_out: u64,
}

/// The outcome of a request.
#[derive(Clone, Debug)]
pub enum ReproduceStart {
    /// This run repeats the work.
    Running(Box<RunView>),
    /// The run cannot be repeated. This is recorded.
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
