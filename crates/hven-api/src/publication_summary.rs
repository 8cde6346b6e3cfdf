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
    /// No later version of its name is there.
    pub newest: bool,
    /// The version that it takes the place of.
    pub supersedes: Option<String>,
    /// Unique in the world and the same for all versions.
    pub identifier: String,
    pub title: String,
    /// `sound`, `suspect` (something in it was retracted since) or `retracted`.
    #[serde(default = "crate::soundness::sound")]
    pub soundness: String,
    /// Why it is not sound.
    #[serde(default)]
    pub suspicion: Option<Sentence>,
    /// The digest of `manifest.json`: who knows it knows every byte.
    pub fingerprint: String,
    /// The zip.
    pub archive: FileRef,
    /// Of the folder.
    pub files: u64,
    pub bytes: u64,
    pub published: String,
    pub published_by: Actor,
}
