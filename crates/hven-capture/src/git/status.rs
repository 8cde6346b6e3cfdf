//! The parsed output of `git status`. Paths are relative to the repository's root.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
};

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Status {
    /// `None` in a repository without a commit.
    pub(super) commit: Option<String>,
    pub(super) branch: Option<String>,
    /// Paths that differ from the commit.
    pub(super) changed: BTreeMap<PathBuf, Change>,
    pub(super) untracked: Vec<PathBuf>,
    /// Untracked folders that are repositories themselves.
    pub(super) repositories: Vec<PathBuf>,
    /// Files in folders that are not ignored themselves.
    pub(super) ignored: Vec<PathBuf>,
    pub(super) ignored_folders: Vec<PathBuf>,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Change {
    /// Whether the working tree differs from the index.
    pub(super) differs: bool,
    /// Mode and object name in the commit.
    pub(super) committed: Option<String>,
}

impl Status {
    /// Reads the output of `--porcelain=v2 --branch -z --no-renames`.
    pub(super) fn parse(bytes: &[u8]) -> Self {
        let mut status = Self::default();
        for entry in bytes.split(|&b| b == 0) {
            match entry.first() {
                Some(b'#') => status.add_header(&String::from_utf8_lossy(entry)),
                // Git lists an untracked folder without its files only if it is a repository.
                Some(b'?') => match folder_or_file(entry) {
                    (path, true) => status.repositories.push(path),
                    (path, false) => status.untracked.push(path),
                },
                Some(b'!') => match folder_or_file(entry) {
                    (path, true) => status.ignored_folders.push(path),
                    (path, false) => status.ignored.push(path),
                },
                // A changed path follows eight fields, a conflict ten.
                Some(b'1') => status.add_change(entry, 8, Some((3, 6))),
                Some(b'u') => status.add_change(entry, 10, None),
                _ => {}
            }
        }
        status
    }

    fn add_header(&mut self, text: &str) {
        if let Some(commit) = text.strip_prefix("# branch.oid ") {
            self.commit = Some(commit.to_owned()).filter(|commit| commit != "(initial)");
        } else if let Some(branch) = text.strip_prefix("# branch.head ") {
            self.branch = Some(branch.to_owned()).filter(|branch| branch != "(detached)");
        }
    }

    /// `committed`: the field numbers of mode and object name in the commit.
    fn add_change(&mut self, entry: &[u8], place: usize, committed: Option<(usize, usize)>) {
        let fields: Vec<&[u8]> = entry.splitn(place + 1, |&b| b == b' ').collect();
        let (Some(states), Some(path)) = (fields.get(1), fields.get(place)) else { return };
        let text = |place: usize| fields.get(place).map(|field| String::from_utf8_lossy(field));
        let committed = committed.and_then(|(mode, name)| Some((text(mode)?, text(name)?)));
        let committed = committed.filter(|(mode, _)| mode != "000000").map(|(mode, name)| format!("{mode} {name}"));
        let change = Change { differs: states.get(1) != Some(&b'.'), committed };
        self.changed.insert(OsStr::from_bytes(path).into(), change);
    }

    /// The same with paths relative to an outer folder, in which this repository is at `place`.
    pub(super) fn relative_to_outer(self, place: &Path) -> Self {
        let all = |paths: Vec<PathBuf>| paths.into_iter().map(|path| place.join(path)).collect();
        Self {
            commit: self.commit,
            branch: self.branch,
            changed: self.changed.into_iter().map(|(path, change)| (place.join(path), change)).collect(),
            untracked: all(self.untracked),
            repositories: all(self.repositories),
            ignored: all(self.ignored),
            ignored_folders: all(self.ignored_folders),
        }
    }
}

/// The path after the mark of an entry, and whether it is a folder.
fn folder_or_file(entry: &[u8]) -> (PathBuf, bool) {
    let path = entry.get(2..).unwrap_or_default();
    let folder = path.strip_suffix(b"/");
    (OsStr::from_bytes(folder.unwrap_or(path)).into(), folder.is_some())
}
