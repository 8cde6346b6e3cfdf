//! The contents of the working tree, by mode and object name as in git. Files that are too large to be code are represented
//! by their size and times of change.

use std::{
    collections::BTreeMap,
    fs::{self, Metadata},
    os::unix::{ffi::OsStrExt as _, fs::MetadataExt as _},
    path::{Path, PathBuf},
};

use anyhow::Context as _;

use super::{
    super::{Limits, READ_BYTES_MAX},
    git_process::git_with_input,
    tracked::LINK_MODE,
};

/// The object names under which git would store the files, with the filters of the repository's owner.
pub(super) fn stored_names<'a>(
    root: &Path,
    paths: impl Iterator<Item = &'a PathBuf>,
) -> anyhow::Result<BTreeMap<PathBuf, String>> {
    named(root, paths, &["hash-object", "--stdin-paths"])
}

/// The object names of the files as they are, without filters.
pub(super) fn raw_names<'a>(
    root: &Path,
    paths: impl Iterator<Item = &'a PathBuf>,
) -> anyhow::Result<BTreeMap<PathBuf, String>> {
    named(root, paths, &["hash-object", "--no-filters", "--stdin-paths"])
}

/// The prefix of the representation of a file that is not read.
pub(super) const SIZE_AND_TIMES: &str = "large ";

/// The representation of a file that is not read.
pub(super) fn size_and_times(metadata: &Metadata) -> String {
    let (size, executable) = (metadata.len(), metadata.mode() & 0o100);
    let (mtime, ctime) = ((metadata.mtime(), metadata.mtime_nsec()), (metadata.ctime(), metadata.ctime_nsec()));
    format!("{SIZE_AND_TIMES}{size} {executable} {}.{} {}.{}", mtime.0, mtime.1, ctime.0, ctime.1)
}

/// Removes files above the limits from `listed`, and returns their representations by size and times of change. Files that
/// the user includes (`included`) stay.
pub(super) fn leave_unread(
    root: &Path,
    listed: &mut Vec<PathBuf>,
    included: &[PathBuf],
    limits: Limits,
) -> BTreeMap<PathBuf, String> {
    let (mut files_left, mut bytes_left) = (limits.files_max, limits.bytes_max);
    let mut unread = BTreeMap::new();
    listed.retain(|path| {
        let Ok(metadata) = fs::symlink_metadata(root.join(path)) else { return true };
        // A large file is not read in any case, and a link costs nothing.
        if !metadata.is_file() || metadata.len() > READ_BYTES_MAX || included.contains(path) {
            return true;
        }
        let left = files_left.checked_sub(1).zip(bytes_left.checked_sub(metadata.len()));
        if let Some(left) = left {
            (files_left, bytes_left) = left;
        } else {
            unread.insert(path.clone(), size_and_times(&metadata));
        }
        left.is_some()
    });
    unread
}

fn named<'a>(
    root: &Path,
    paths: impl Iterator<Item = &'a PathBuf>,
    arguments: &[&str],
) -> anyhow::Result<BTreeMap<PathBuf, String>> {
    let (mut modes, mut links) = (Vec::new(), Vec::new());
    let mut named = BTreeMap::new();
    for path in paths {
        // Deleted files are left out of the result; their absence changes the digest.
        let Ok(metadata) = fs::symlink_metadata(root.join(path)) else { continue };
        if metadata.is_symlink() {
            links.push((path, fs::read_link(root.join(path))?));
            continue;
        }
        // A special file has no bytes.
        if !metadata.is_file() {
            continue;
        }
        if metadata.len() > READ_BYTES_MAX || !git_can_list(path) {
            named.insert(path.clone(), size_and_times(&metadata));
            continue;
        }
        let mode = if metadata.mode() & 0o100 == 0 { "100644" } else { "100755" };
        modes.push((path, mode));
    }
    name_links(root, links, &mut named)?;
    if modes.is_empty() {
        return Ok(named);
    }
    let mut list = Vec::new();
    for (path, _) in &modes {
        list.extend_from_slice(path.as_os_str().as_bytes());
        list.push(b'\n');
    }
    let objects = git_with_input(root, arguments, &list)?;
    let objects = String::from_utf8_lossy(&objects);
    for ((path, mode), object) in modes.into_iter().zip(objects.lines()) {
        named.insert(path.clone(), format!("{mode} {object}"));
    }
    Ok(named)
}

/// Whether git can read the name from a list of names: a line break would end it, and a quote at its start would change it.
fn git_can_list(path: &Path) -> bool {
    let name = path.as_os_str().as_bytes();
    !name.contains(&b'\n') && name.first() != Some(&b'"')
}

/// Names links as git does: by the text of the target, not by the target's content.
fn name_links(
    root: &Path,
    links: Vec<(&PathBuf, PathBuf)>,
    named: &mut BTreeMap<PathBuf, String>,
) -> anyhow::Result<()> {
    if links.is_empty() {
        return Ok(());
    }
    // Git hashes the text of a link like the bytes of a file, so the texts are written to temporary files.
    let place = tempfile::tempdir().context("a folder for the texts of links cannot be created")?;
    let mut list = Vec::new();
    for (number, (_, target)) in links.iter().enumerate() {
        let path = place.path().join(number.to_string());
        fs::write(&path, target.as_os_str().as_bytes()).context("the text of a link cannot be written")?;
        list.extend_from_slice(path.as_os_str().as_bytes());
        list.push(b'\n');
    }
    let objects = git_with_input(root, &["hash-object", "--no-filters", "--stdin-paths"], &list)?;
    let objects = String::from_utf8_lossy(&objects);
    for ((path, _), object) in links.into_iter().zip(objects.lines()) {
        named.insert(path.clone(), format!("{LINK_MODE}{object}"));
    }
    Ok(())
}
