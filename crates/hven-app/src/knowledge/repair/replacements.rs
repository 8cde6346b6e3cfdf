//! The replacements in a repair.

use std::collections::{BTreeSet, HashMap};

use hven_core::{DatasetId, Digest, RunId, object::FileRef, project::ProjectPath};

use crate::ports::run::RunView;

/// The known replacements in a repair.
#[derive(Default)]
pub(super) struct Replacements {
    pub(super) files: HashMap<Digest, FileRef>,
    pub(super) datasets: HashMap<DatasetId, DatasetId>,
    pub(super) runs: HashMap<RunId, RunView>,
    /// The digests of files that a step will still replace.
    pub(super) pending: BTreeSet<Digest>,
    /// Steps of claims (`run.law`) of which a run is still to be repeated, or is being repeated.
    pub(super) steps_pending: BTreeSet<(ProjectPath, String)>,
}

pub(super) fn outputs(run: &RunView) -> impl Iterator<Item = &FileRef> {
    run.outputs()
}
