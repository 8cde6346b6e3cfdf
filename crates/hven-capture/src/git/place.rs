//! Which files of a repository count as a run's code: each one in the run's folder, and above it what is code by its name.
//! A link brings in what it leads to. Paths are relative to the repository's root.

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use super::super::{code_names::is_code, is_any_skipped};

#[derive(Debug)]
pub(super) struct Place<'a> {
    pub(super) root: &'a Path,
    /// The run's folder.
    pub(super) prefix: &'a Path,
    /// What links that count lead to.
    pub(super) linked: BTreeSet<PathBuf>,
}

impl Place<'_> {
    /// Whether each file counts that lies there.
    pub(super) fn is_whole(&self, path: &Path) -> bool {
        path.starts_with(self.prefix) || path.ancestors().any(|above| self.linked.contains(above))
    }

    /// Whether it is no code by its name. The names of folders around the run's own say nothing.
    pub(super) fn is_skipped(&self, path: &Path) -> bool {
        is_any_skipped(path.strip_prefix(self.prefix).unwrap_or(path))
    }

    /// Whether a file that git knows counts.
    pub(super) fn counts(&self, path: &Path, is_executable: bool) -> bool {
        self.is_whole(path) || is_code(path, is_executable)
    }

    /// Whether a file that git does not know counts.
    pub(super) fn unknown_counts(&self, path: &Path) -> bool {
        self.counts(path, false) || may_be_executed(&self.root.join(path))
    }
}

/// Whether it is a file that its owner may execute.
pub(super) fn may_be_executed(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.mode() & 0o100 != 0)
}
