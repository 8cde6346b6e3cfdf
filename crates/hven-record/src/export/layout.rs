//! The layout of an export.

use hven_core::{Digest, HomeId};
use serde::{Deserialize, Serialize};

/// The version of the layout that this code writes. It reads all earlier versions.
pub(super) const FORMAT: u32 = 1;
pub(super) const SCHEMA: &str = "hven.export/1";
pub(super) const MANIFEST: &str = "manifest.json";
pub(super) const SUMS: &str = "BLAKE3SUMS";
pub(super) const FACTS: &str = "facts.parquet";
pub(super) const README: &str = "README.md";
/// The folder for temporary files of an export.
pub(super) const WORK: &str = ".work";

/// The last file of an export: with it, a reader can check that all other files are unchanged.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) schema: String,
    pub(super) format: u32,
    pub(super) hven_version: String,
    pub(super) home: HomeId,
    /// The number of facts.
    pub(super) head_seq: u64,
    /// The hash of the last fact.
    pub(super) head_hash: Digest,
    pub(super) objects: u64,
    /// Objects that facts of runs name but that the home had lost.
    #[serde(default)]
    pub(super) objects_missing: Vec<Digest>,
    pub(super) unsealed: u64,
    pub(super) files: u64,
    pub(super) bytes: u64,
    /// The digest of `BLAKE3SUMS`.
    pub(super) sums: Digest,
}

/// The path of an object in an export.
pub(crate) fn object_path(digest: &Digest) -> String {
    let name = digest.to_string();
    format!("objects/{}/{name}", &name[..2])
}
