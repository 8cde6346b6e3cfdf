//! Where the repository of a folder is.

use std::path::{Path, PathBuf};

/// The repository in which a folder lies: the nearest folder above that has a `.git`.
pub fn find(cwd: &Path) -> Option<PathBuf> {
    cwd.ancestors().find(|folder| folder.join(".git").exists()).map(Path::to_owned)
}
