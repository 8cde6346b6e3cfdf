//! A request to import a publication, and its result.

use hven_core::{Digest, project::ProjectPath};

use crate::{
    kernel::labelled::{NeededLabels, NeedsLabels},
    ports::{publications::ImportView, run::RunView},
};

/// A request to import a publication. Its objects were uploaded before.
#[derive(Clone, Debug)]
pub struct ImportRequest {
    /// The digest of `manifest.json`, and (below) of `publication.json`, which the manifest names.
    pub fingerprint: Digest,
    pub description: Digest,
    /// The project for everything; `None`: each item into the project with its original name.
    pub project: Option<ProjectPath>,
}

/// The result of an import.
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
