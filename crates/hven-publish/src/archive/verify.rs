//! Checks whether a folder or a zip still holds the written files, and no others.

use std::{io, path::Path};

use hven_core::Digest;

use super::{
    checks::{copy_checked, read_manifest},
    limits::Limits,
    source::Source,
};
use crate::{
    error::{Error, Result},
    manifest::MANIFEST_FILE,
};

/// The result of a verification. Names are sorted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// The BLAKE3 digest of the manifest. A value other than at publication means that the manifest itself was replaced.
    pub fingerprint: Digest,
    /// The number of files that match the manifest. It includes the manifest, as every count of a publication's files does.
    pub good: u64,
    pub bytes: u64,
    pub changed: Vec<FileMismatch>,
    pub missing: Vec<String>,
    /// Files that the manifest does not name.
    pub extra: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileMismatch {
    pub name: String,
    pub why: String,
}

impl Verification {
    pub fn is_whole(&self) -> bool {
        self.changed.is_empty() && self.missing.is_empty() && self.extra.is_empty()
    }
}

/// Reads every file and compares it with the manifest. An error means that there is no readable manifest, or that the
/// publication is not safe to read.
pub fn verify(path: &Path, limits: &Limits) -> Result<Verification> {
    let source = Source::open(path, limits)?;
    let (manifest, fingerprint) = read_manifest(&source, limits)?;
    let (good, bytes) = (1, source.names().get(MANIFEST_FILE).copied().unwrap_or_default());
    let mut found =
        Verification { fingerprint, good, bytes, changed: Vec::new(), missing: Vec::new(), extra: Vec::new() };
    for (name, named) in &manifest.files {
        if !source.has(name) {
            found.missing.push(name.clone());
            continue;
        }
        match copy_checked(&source, name, named, &mut io::sink()) {
            Ok(()) => {
                found.good += 1;
                found.bytes += named.size;
            }
            Err(Error::Tampered { why, .. }) => found.changed.push(FileMismatch { name: name.clone(), why }),
            // A zip entry that cannot be unpacked counts as one changed file.
            Err(wrong) => found.changed.push(FileMismatch { name: name.clone(), why: wrong.to_string() }),
        }
    }
    let extra = source.names().into_keys().filter(|name| name != MANIFEST_FILE && !manifest.files.contains_key(name));
    found.extra = extra.collect();
    Ok(found)
}
