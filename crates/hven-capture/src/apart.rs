//! What of a folder is no code because of how the run was declared.

use std::path::{Path, PathBuf};

use hven_core::key_file::is_key_file;

use crate::key_files;

/// What of a folder is no code, or is code although it looks like something else; paths relative to the folder in which
/// the run works.
#[derive(Clone, Debug, Default)]
pub struct Apart {
    /// Declared inputs and outputs, and what belongs to Hven itself.
    pub declared: Vec<PathBuf>,
    /// Files of keys that somebody said are code: files, and not behind a link.
    pub included: Vec<PathBuf>,
}

impl Apart {
    /// The same for the folder `root`, in which the run's folder lies at `prefix`.
    pub(crate) fn seen_from(&self, root: &Path, prefix: &Path) -> Self {
        let seen = |path: &PathBuf| path.strip_prefix(root).map_or_else(|_| prefix.join(path), Path::to_owned);
        Self { declared: self.declared.iter().map(seen).collect(), included: self.included.iter().map(seen).collect() }
    }

    pub(crate) fn is_key_file(&self, relative: &Path) -> bool {
        is_key_file(&relative.to_string_lossy()) && !self.is_included(relative)
    }

    /// The same for a file that begins as a private key does, whatever its name.
    pub(crate) fn is_private_key(&self, root: &Path, relative: &Path) -> bool {
        !self.is_included(relative) && key_files::is_private_key(root, relative)
    }

    fn is_included(&self, relative: &Path) -> bool {
        self.included.iter().any(|path| path == relative)
    }

    /// Whether a path is declared, or lies in what is.
    pub(crate) fn is_declared(&self, relative: &Path) -> bool {
        self.declared.iter().any(|path| relative.starts_with(path))
    }

    /// Whether what is declared lies behind this path: whoever named it meant what the link leads to.
    pub(crate) fn leads_to_declared(&self, relative: &Path) -> bool {
        self.declared.iter().any(|path| path.starts_with(relative))
    }
}
