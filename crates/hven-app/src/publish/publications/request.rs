//! A request to publish.

use std::collections::BTreeMap;

use hven_core::{
    RunId,
    name::Name,
    object::FileRef,
    project::ProjectPath,
    publication::description::{Person, Words},
};

use crate::ports::press::Unlicensed;

/// A request to publish.
#[derive(Clone, Debug, Default)]
pub struct PublishRequest {
    pub claims: Vec<String>,
    /// The project of the claims, when several projects have claims with these names.
    pub project: Option<ProjectPath>,
    /// `None`: the name of the only claim.
    pub name: Option<Name>,
    pub title: Option<String>,
    pub summary: Words,
    /// Empty: the person who publishes.
    pub authors: Vec<Person>,
    /// SPDX id of the publication as a whole.
    pub license: Option<String>,
    pub keywords: Vec<String>,
    pub unlicensed: Unlicensed,
    /// For each run, the code files that the record names by a commit but does not hold.
    pub code: BTreeMap<RunId, Vec<FileRef>>,
    pub despite_suspicion: Option<String>,
}
