//! What takes the place of what in a repair.

use std::collections::{BTreeSet, HashMap};

use hven_core::{DatasetId, Digest, RunId, object::FileRef, project::ProjectPath};

use crate::ports::run::RunView;

/// What takes the place of what, as far as it is known.
#[derive(Default)]
pub(super) struct Replacements {
    pub(super) files: HashMap<Digest, FileRef>,
    pub(super) datasets: HashMap<DatasetId, DatasetId>,
    pub(super) runs: HashMap<RunId, RunView>,
    /// Bytes that something not yet made anew will replace.
    pub(super) pending: BTreeSet<Digest>,
    /// Steps of which a run is still to be made anew, or is just being made.
    pub(super) steps_pending: BTreeSet<(ProjectPath, String)>,
}

pub(super) fn outputs(run: &RunView) -> impl Iterator<Item = &FileRef> {
    run.result.iter().flat_map(|result| &result.outputs)
}
