//! Exclusions from a folder's code, and explicit inclusions, as the run declares them.

use std::path::{Path, PathBuf};

use hven_core::key_file::is_key_file;

use crate::key_files;

/// Paths that are not code, and key files that are code because the user includes them. Paths are relative to the run's
/// folder.
#[derive(Clone, Debug, Default)]
pub struct Apart {
    /// Declared inputs and outputs, and files of Hven itself.
    pub declared: Vec<PathBuf>,
    /// Key files that the user includes as code. They are regular files, and no part of their path is a link.
    pub included: Vec<PathBuf>,
}

impl Apart {
    /// The same, relative to the folder `root`; the run's folder is at `prefix` in it.
    pub(crate) fn relative_to(&self, root: &Path, prefix: &Path) -> Self {
        let seen = |path: &PathBuf| path.strip_prefix(root).map_or_else(|_| prefix.join(path), Path::to_owned);
        Self { declared: self.declared.iter().map(seen).collect(), included: self.included.iter().map(seen).collect() }
    }

    pub(crate) fn is_key_file(&self, relative: &Path) -> bool {
        is_key_file(&relative.to_string_lossy()) && !self.is_included(relative)
    }

    /// Whether a file begins like a private key and is not included. The name does not matter.
    pub(crate) fn is_private_key(&self, root: &Path, relative: &Path) -> bool {
        !self.is_included(relative) && key_files::is_private_key(root, relative)
    }

    fn is_included(&self, relative: &Path) -> bool {
        self.included.iter().any(|path| path == relative)
    }

    /// Whether a path is declared, or below a declared path.
    pub(crate) fn is_declared(&self, relative: &Path) -> bool {
        self.declared.iter().any(|path| relative.starts_with(path))
    }

    /// Whether a declared path is below this path. A link on the way to a declared path was named on purpose.
    pub(crate) fn leads_to_declared(&self, relative: &Path) -> bool {
        self.declared.iter().any(|path| path.starts_with(relative))
    }
}
