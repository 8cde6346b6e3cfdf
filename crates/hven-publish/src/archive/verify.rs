//! Whether a folder or a zip is still what was written: every file, and nothing else.

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

/// What was found. Names are in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// The BLAKE3 digest of the manifest: the same as when it was published, or the manifest itself was replaced.
    pub fingerprint: Digest,
    /// Files that are as the manifest says, with the manifest: a publication's files are counted so everywhere.
    pub good: u64,
    pub bytes: u64,
    pub changed: Vec<Changed>,
    pub missing: Vec<String>,
    /// Files that the manifest does not name.
    pub extra: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    pub name: String,
    pub why: String,
}

impl Verification {
    pub fn is_whole(&self) -> bool {
        self.changed.is_empty() && self.missing.is_empty() && self.extra.is_empty()
    }
}

/// Reads every file and compares it with the manifest. An error says that there is nothing to compare with, or that it is
/// not safe to look.
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
            Err(Error::Tampered { why, .. }) => found.changed.push(Changed { name: name.clone(), why }),
            // One entry of a zip that cannot be unpacked is one file that was changed.
            Err(wrong) => found.changed.push(Changed { name: name.clone(), why: wrong.to_string() }),
        }
    }
    let extra = source.names().into_keys().filter(|name| name != MANIFEST_FILE && !manifest.files.contains_key(name));
    found.extra = extra.collect();
    Ok(found)
}
