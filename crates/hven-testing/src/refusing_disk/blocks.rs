//! The space of a disk, in blocks.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Files occupy whole blocks.
pub(super) const BLOCK_BYTES: u64 = 4096;

/// The writes that a disk allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disk {
    Writable,
    /// The disk became read-only while files on it were open.
    ReadOnly,
    /// The limit for the total size of all files.
    Quota {
        bytes: u64,
    },
}

/// The canonical path of a file that may not exist.
pub(super) fn resolved(path: &Path) -> PathBuf {
    let folder = path.parent().and_then(|folder| fs::canonicalize(folder).ok());
    match (folder, path.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}

/// The size of all files below a folder in whole blocks, in bytes. A file that disappears meanwhile counts as empty.
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
