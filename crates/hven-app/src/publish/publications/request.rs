//! What somebody wants to publish.

use std::collections::BTreeMap;

use hven_core::{
    RunId,
    name::Name,
    object::FileRef,
    project::ProjectPath,
    publication::description::{Person, Words},
};

use crate::ports::press::Unlicensed;

/// What somebody wants to publish.
#[derive(Clone, Debug, Default)]
pub struct PublishRequest {
    pub claims: Vec<String>,
    /// Which project the claims are meant in, when several have them.
    pub project: Option<ProjectPath>,
    /// The name of the only claim when nothing is said.
    pub name: Option<Name>,
    pub title: Option<String>,
    pub summary: Words,
    /// Whoever publishes, when nobody is named.
    pub authors: Vec<Person>,
    /// SPDX id of the publication as a whole.
    pub license: Option<String>,
    pub keywords: Vec<String>,
    pub unlicensed: Unlicensed,
    /// Files of code that the record names by a commit and does not hold, by run.
    pub code: BTreeMap<RunId, Vec<FileRef>>,
    pub despite_suspicion: Option<String>,
}
