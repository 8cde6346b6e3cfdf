//! A publication in lists.

use serde::{Deserialize, Serialize};

use crate::{
    runs::{Actor, FileRef},
    sentence::Sentence,
};

/// A version of a publication as a list shows it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PublicationSummary {
    pub id: String,
    pub project: String,
    pub name: String,
    pub version: u32,
    /// `kepler3@2`.
    pub reference: String,
    /// It is the latest version of its name.
    pub newest: bool,
    /// The version that it replaces.
    pub supersedes: Option<String>,
    /// Globally unique, and the same for all versions.
    pub identifier: String,
    pub title: String,
    /// `sound`, `suspect` (something in it was retracted later) or `retracted`.
    #[serde(default = "crate::soundness::sound")]
    pub soundness: String,
    /// Why it is not sound.
    #[serde(default)]
    pub suspicion: Option<Sentence>,
    /// The digest of `manifest.json`, which covers every byte.
    pub fingerprint: String,
    /// The zip.
    pub archive: FileRef,
    /// Files in the folder.
    pub files: u64,
    pub bytes: u64,
    pub published: String,
    pub published_by: Actor,
}
