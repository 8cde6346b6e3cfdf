//! The patch: what differs from the commit.

use std::{
    collections::BTreeSet,
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
};

use super::{ask::git, status::Status};
use crate::Apart;

/// More changed paths than this are not named one by one to `git diff`.
pub(super) const NAMED_PATHS_MAX: usize = 200;

/// What `git diff HEAD` says, without the declared inputs and outputs and without any path that has the name of a file of
/// keys.
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
        // Git refuses to speak of what lies outside of the repository.
        others.filter(|path| path.is_relative()).map(|path| pathspec("exclude,", path)).collect()
    };
    let paths: Vec<&OsStr> = paths.iter().map(AsRef::as_ref).collect();
    git(root, &arguments, &paths)
}
