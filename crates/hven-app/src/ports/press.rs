//! The press: it makes a folder and a zip of what a publication says. It knows no record and no clock.

use std::collections::BTreeMap;

use async_trait::async_trait;
use hven_core::{
    Digest,
    publication::description::{Publication, Withheld},
};

use crate::ports::error::StoreError;

/// What to do with data of which nobody knows whether it may be handed on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unlicensed {
    /// Only its digest.
    #[default]
    Refer,
    /// The person who publishes answers for it.
    Include,
}

/// What licences say of a publication.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Licences {
    pub datasets: Vec<Licence>,
    /// What may not be handed on, or of which nobody knows whether it may.
    pub withheld: BTreeMap<Digest, Withheld>,
    /// What a person should look at before publishing, a sentence each.
    pub warnings: Vec<String>,
}

/// The licence of one dataset: yes, no or unknown, each as a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Licence {
    /// `planets@1`.
    pub dataset: String,
    pub license: Option<String>,
    pub redistribute: &'static str,
    pub derivatives: &'static str,
    pub commercial: &'static str,
    pub attribution: bool,
    pub share_alike: bool,
    pub included: bool,
    /// Why so, in words.
    pub because: String,
}

/// What a publication would hold of the store.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contents {
    /// In the order of their paths.
    pub files: Vec<ContentFile>,
    /// What is only named, with its path.
    pub withheld: Vec<(String, Digest, Withheld)>,
    /// Files that belong into it, and whose bytes are not in the store.
    pub missing: Vec<ContentFile>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentFile {
    pub path: String,
    pub digest: Digest,
    pub size: u64,
    /// What speaks of it: `planets@1`, `run/7Q2M`.
    pub needed_by: Vec<String>,
}

/// A publication that was made; its bytes are objects.
#[derive(Clone, Debug, PartialEq)]
pub struct PressedPublication {
    pub fingerprint: Digest,
    pub archive: Digest,
    pub archive_bytes: u64,
    /// `index.html` with its pictures inside.
    pub page: Digest,
    /// `publication.json`.
    pub description: Digest,
    pub files: u64,
    pub bytes: u64,
    pub withheld: Vec<(String, Digest, Withheld)>,
}

#[derive(Debug, thiserror::Error)]
pub enum PressError {
    /// The store does not have an object that belongs into it.
    #[error("the object {digest} ({path}) is missing from the store; on it rests {needed_by}")]
    Missing { digest: Digest, path: String, needed_by: String },
    #[error("{0}")]
    Refused(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[async_trait]
pub trait Press: Send + Sync + 'static {
    /// What licences say of it.
    fn licences(&self, publication: &Publication, unlicensed: Unlicensed) -> Licences;
    /// What would be inside; of the objects only the listings of folders are read.
    async fn contents(&self, publication: Publication) -> Result<Contents, PressError>;
    /// Makes it. What is left of a try that was killed is gone with the next start.
    async fn press(&self, publication: Publication) -> Result<PressedPublication, PressError>;
}
