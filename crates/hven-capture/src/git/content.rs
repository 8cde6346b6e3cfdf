//! What lies in the working tree, named as git would name it: the mode and the name of the content. Files that are too large
//! to be code count with their size and the times of their changes.

use std::{
    collections::BTreeMap,
    fs::{self, Metadata},
    os::unix::{ffi::OsStrExt as _, fs::MetadataExt as _},
    path::{Path, PathBuf},
};

use anyhow::Context as _;

use super::{
    super::{Limits, READ_BYTES_MAX},
    ask::git_with_input,
    known::LINK_MODE,
};

/// As git would store it, through the filters that the repository's owner has set.
pub(super) fn as_git_stores<'a>(
    root: &Path,
    paths: impl Iterator<Item = &'a PathBuf>,
) -> anyhow::Result<BTreeMap<PathBuf, String>> {
    named(root, paths, &["hash-object", "--stdin-paths"])
}

/// As it lies there.
pub(super) fn as_it_lies<'a>(
    root: &Path,
    paths: impl Iterator<Item = &'a PathBuf>,
) -> anyhow::Result<BTreeMap<PathBuf, String>> {
    named(root, paths, &["hash-object", "--no-filters", "--stdin-paths"])
}

/// How the content of a file is named that is not read.
pub(super) const BY_SIZE: &str = "large ";

/// What counts of a file that is not read.
pub(super) fn by_size(metadata: &Metadata) -> String {
    let (size, executable) = (metadata.len(), metadata.mode() & 0o100);
    let (mtime, ctime) = ((metadata.mtime(), metadata.mtime_nsec()), (metadata.ctime(), metadata.ctime_nsec()));
    format!("{BY_SIZE}{size} {executable} {}.{} {}.{}", mtime.0, mtime.1, ctime.0, ctime.1)
}

/// Takes out of `listed` what is more than is read; answers it: each of these files counts by its size and the times of its
/// changes. Those that are `included` by word stay.
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
        // A large file is not read anyway, and a link costs nothing.
        if !metadata.is_file() || metadata.len() > READ_BYTES_MAX || included.contains(path) {
            return true;
        }
        let left = files_left.checked_sub(1).zip(bytes_left.checked_sub(metadata.len()));
        if let Some(left) = left {
            (files_left, bytes_left) = left;
        } else {
            unread.insert(path.clone(), by_size(&metadata));
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
        // Deleted: its absence is what counts.
        let Ok(metadata) = fs::symlink_metadata(root.join(path)) else { continue };
        if metadata.is_symlink() {
            links.push((path, fs::read_link(root.join(path))?));
            continue;
        }
        // Something that has no bytes.
        if !metadata.is_file() {
            continue;
        }
        if metadata.len() > READ_BYTES_MAX || !can_be_listed(path) {
            named.insert(path.clone(), by_size(&metadata));
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

/// Whether git reads the name out of a list of names as it is: a line end would end it, and a quote at its beginning would
/// make it another.
fn can_be_listed(path: &Path) -> bool {
    let name = path.as_os_str().as_bytes();
    !name.contains(&b'\n') && name.first() != Some(&b'"')
}

/// Names links as git does: what counts is where they lead, and not what is there.
fn name_links(
    root: &Path,
    links: Vec<(&PathBuf, PathBuf)>,
    named: &mut BTreeMap<PathBuf, String>,
) -> anyhow::Result<()> {
    if links.is_empty() {
        return Ok(());
    }
    // Git hashes a link's text as a file's bytes, so for a moment there are such files.
    let place = tempfile::tempdir().context("no folder for the texts of links can be made")?;
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
