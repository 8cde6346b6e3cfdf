//! What somebody wants brought in, and what came of it.

use hven_core::{Digest, project::ProjectPath};

use crate::{
    kernel::labelled::{NeededLabels, NeedsLabels},
    ports::{publications::ImportView, run::RunView},
};

/// What somebody wants brought in; its objects are there.
#[derive(Clone, Debug)]
pub struct ImportRequest {
    /// The digest of `manifest.json`, and of `publication.json`, which that names.
    pub fingerprint: Digest,
    pub description: Digest,
    /// Where everything goes; each into the project that it has there when nothing is said.
    pub project: Option<ProjectPath>,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct ImportResult {
    pub import: ImportView,
    pub is_new: bool,
    pub runs: Vec<RunView>,
    pub datasets: Vec<String>,
    pub claims: Vec<String>,
}

impl NeedsLabels for ImportResult {
    fn add_to(&self, wanted: &mut NeededLabels) {
        self.import.add_to(wanted);
    }
}
