//! What a disk has room for, in blocks.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Files take whole blocks.
pub(super) const BLOCK_BYTES: u64 = 4096;

/// What a disk lets be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disk {
    Writable,
    /// It was made read-only while files on it were open.
    ReadOnly,
    /// All files together may have so many bytes.
    Quota {
        bytes: u64,
    },
}

/// The path by which the system tells a file, also one that is not there.
pub(super) fn resolved(path: &Path) -> PathBuf {
    let folder = path.parent().and_then(|folder| fs::canonicalize(folder).ok());
    match (folder, path.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}

/// The blocks of all files below a folder, in bytes. What goes away meanwhile has none.
pub(super) fn used(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let sizes = entries.filter_map(|entry| {
        let found = entry.metadata().ok()?;
        Some(if found.is_dir() { used(&entry.path()) } else { in_blocks(found.len()) })
    });
    sizes.sum()
}

pub(super) fn in_blocks(bytes: u64) -> u64 {
    bytes.next_multiple_of(BLOCK_BYTES)
}
