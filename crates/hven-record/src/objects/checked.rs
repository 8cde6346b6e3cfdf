//! Remembers which files were compared with their digests, with the results.

use std::{fs, os::unix::fs::MetadataExt};

/// The metadata of a file when it was hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    number: u64,
    size: u64,
    changed: (i64, i64),
    modified: (i64, i64),
}

impl Stamp {
    pub(super) fn of(found: &fs::Metadata) -> Self {
        Self {
            number: found.ino(),
            size: found.size(),
            changed: (found.ctime(), found.ctime_nsec()),
            modified: (found.mtime(), found.mtime_nsec()),
        }
    }
}

/// The result of hashing a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Checked {
    pub(super) stamp: Stamp,
    pub(super) is_good: bool,
}
