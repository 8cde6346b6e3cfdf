//! Decides which files of a repository are part of a run's code: all files in the run's folder, and code files above it. The
//! target of a link is part of it, too. Paths are relative to the repository's root.

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use super::super::{code_names::is_code, is_any_skipped};

#[derive(Debug)]
pub(super) struct CodeScope<'a> {
    pub(super) root: &'a Path,
    /// The run's folder.
    pub(super) prefix: &'a Path,
    /// The targets of links that are part of the code.
    pub(super) linked: BTreeSet<PathBuf>,
}

impl CodeScope<'_> {
    /// Whether all files at this path are part of the code.
    pub(super) fn includes_all(&self, path: &Path) -> bool {
        path.starts_with(self.prefix) || path.ancestors().any(|above| self.linked.contains(above))
    }

    /// Whether the path is skipped by its name. The names of folders above the run's folder do not matter.
    pub(super) fn is_skipped(&self, path: &Path) -> bool {
        is_any_skipped(path.strip_prefix(self.prefix).unwrap_or(path))
    }

    /// Whether a tracked file is part of the code.
    pub(super) fn includes(&self, path: &Path, is_executable: bool) -> bool {
        self.includes_all(path) || is_code(path, is_executable)
    }

    /// Whether an untracked file is part of the code.
    pub(super) fn includes_untracked(&self, path: &Path) -> bool {
        self.includes(path, false) || may_be_executed(&self.root.join(path))
    }
}

/// Whether the path is a file that its owner may execute.
pub(super) fn may_be_executed(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.mode() & 0o100 != 0)
}
