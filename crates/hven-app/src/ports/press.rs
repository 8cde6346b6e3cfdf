//! The press: it makes a folder and a zip from the description of a publication. It knows no record and no clock.

use std::collections::BTreeMap;

use async_trait::async_trait;
use hven_core::{
    Digest,
    publication::description::{Publication, Withheld},
};

use crate::ports::error::StoreError;

/// The treatment of data when it is not known whether its licence allows redistribution.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unlicensed {
    /// Include only its digest.
    #[default]
    Refer,
    /// Include it. The person who publishes is responsible for that.
    Include,
}

/// The effects of licences on a publication.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Licences {
    pub datasets: Vec<Licence>,
    /// Content that must not be redistributed, or whose licence is not known.
    pub withheld: BTreeMap<Digest, Withheld>,
    /// Warnings for the person who publishes, a sentence each.
    pub warnings: Vec<String>,
}

/// The licence of one dataset. Each permission is a word: yes, no or unknown.
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
    /// The reason, in words.
    pub because: String,
}

/// The stored content that a publication would have.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contents {
    /// In the order of their paths.
    pub files: Vec<ContentFile>,
    /// Content that is named but not included, with its path.
    pub withheld: Vec<(String, Digest, Withheld)>,
    /// Files that should be included, but whose bytes are not in the store.
    pub missing: Vec<ContentFile>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentFile {
    pub path: String,
    pub digest: Digest,
    pub size: u64,
    /// The things that need it: `planets@1`, `run/7Q2M`.
    pub needed_by: Vec<String>,
}

/// A publication that was made. Its bytes are objects in the store.
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
    /// The store does not have an object that should be included.
    #[error("the object {digest} ({path}) is missing from the store; on it rests {needed_by}")]
    Missing { digest: Digest, path: String, needed_by: String },
    #[error("{0}")]
    Refused(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[async_trait]
pub trait Press: Send + Sync + 'static {
    /// The effects of licences on the publication.
    fn licences(&self, publication: &Publication, unlicensed: Unlicensed) -> Licences;
    /// The content that it would have. Only the listings of folders are read.
    async fn contents(&self, publication: Publication) -> Result<Contents, PressError>;
    /// Makes the publication. Leftovers of a killed try are removed at the next start.
    async fn press(&self, publication: Publication) -> Result<PressedPublication, PressError>;
}
