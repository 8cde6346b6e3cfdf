//! Where everything lies in an export.

use hven_core::{Digest, HomeId};
use serde::{Deserialize, Serialize};

/// The version of the layout that this code writes. It reads all up to it.
pub(super) const FORMAT: u32 = 1;
pub(super) const SCHEMA: &str = "hven.export/1";
pub(super) const MANIFEST: &str = "manifest.json";
pub(super) const SUMS: &str = "BLAKE3SUMS";
pub(super) const FACTS: &str = "facts.parquet";
pub(super) const README: &str = "README.md";
/// Where an export keeps what it needs while it is made.
pub(super) const WORK: &str = ".work";

/// What ends an export: whoever has it can tell whether all the rest is as it was written.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) schema: String,
    pub(super) format: u32,
    pub(super) hven_version: String,
    pub(super) home: HomeId,
    /// How many facts there are.
    pub(super) head_seq: u64,
    /// The hash of the last of them.
    pub(super) head_hash: Digest,
    pub(super) objects: u64,
    /// Objects of runs that facts name but the home had lost.
    #[serde(default)]
    pub(super) objects_missing: Vec<Digest>,
    pub(super) unsealed: u64,
    pub(super) files: u64,
    pub(super) bytes: u64,
    /// The digest of `BLAKE3SUMS`.
    pub(super) sums: Digest,
}

/// Where an object lies in an export.
pub(crate) fn object_path(digest: &Digest) -> String {
    let name = digest.to_string();
    format!("objects/{}/{name}", &name[..2])
}
