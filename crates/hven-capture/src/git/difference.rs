//! The patch: the difference from the commit.

use std::{
    collections::BTreeSet,
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
};

use super::{git_process::git, status::Status};
use crate::Apart;

/// At most so many changed paths are passed to `git diff` one by one.
pub(super) const NAMED_PATHS_MAX: usize = 200;

/// The output of `git diff HEAD`, without declared inputs and outputs, and without paths that have the name of a key file.
pub(super) fn difference(
    root: &Path,
    status: &Status,
    apart: &Apart,
    left_out: &[PathBuf],
    unshown: &BTreeSet<PathBuf>,
) -> anyhow::Result<Vec<u8>> {
    let arguments = [
        "diff",
        "HEAD",
        "--binary",
        "--no-color",
        "--no-ext-diff",
        "--no-textconv",
        "--no-renames",
        "--ignore-submodules=all",
        "--",
    ];
    let pathspec = |magic: &str, path: &Path| {
        let mut text = OsString::from(format!(":({magic}top,literal)"));
        text.push(path);
        text
    };
    let paths: Vec<OsString> = if status.changed.len() - unshown.len() <= NAMED_PATHS_MAX {
        let shown = status.changed.keys().filter(|path| !unshown.contains(*path));
        shown.map(|path| pathspec("", path)).collect()
    } else {
        let others = apart.declared.iter().chain(&apart.included).chain(left_out).chain(unshown);
        // Git rejects paths outside of the repository.
        others.filter(|path| path.is_relative()).map(|path| pathspec("exclude,", path)).collect()
    };
    let paths: Vec<&OsStr> = paths.iter().map(AsRef::as_ref).collect();
    git(root, &arguments, &paths)
}
