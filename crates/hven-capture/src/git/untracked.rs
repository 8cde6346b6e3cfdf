//! Reads the bytes of untracked files.

use std::{
    fs,
    path::{Path, PathBuf},
};

use hven_api::runs::FileRef;
use hven_client::hash_open_file;
use hven_core::file_name;

use crate::{Kept, Limits, READ_BYTES_MAX, beneath};

/// Reads the untracked files up to the limits; large files only if they are `included`.
pub(super) fn read_untracked(
    root: &Path,
    untracked: &[PathBuf],
    included: &[PathBuf],
    limits: Limits,
) -> (Vec<FileRef>, Vec<Kept>) {
    let (mut refs, mut kept, mut total) = (Vec::new(), Vec::new(), 0);
    for relative in untracked {
        let path = root.join(relative);
        let Ok(metadata) = fs::symlink_metadata(&path) else { continue };
        let readable = metadata.is_file()
            && (metadata.len() <= READ_BYTES_MAX || included.contains(relative))
            && refs.len() < limits.files_max
            && total + metadata.len() <= limits.bytes_max;
        if !readable {
            continue;
        }
        if let Ok((digest, size)) = beneath::open(root, relative).and_then(|mut file| hash_open_file(&mut file)) {
            total += size;
            let named = file_name::to_text(relative);
            refs.push(FileRef { path: named, digest: digest.clone(), size, kind: "file".to_owned() });
            kept.push(Kept { path, digest, size });
        }
    }
    (refs, kept)
}
