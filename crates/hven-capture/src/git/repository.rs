//! Finds the repository of a folder.

use std::path::{Path, PathBuf};

/// The repository of a folder: the nearest folder upwards that has a `.git`.
pub fn find(cwd: &Path) -> Option<PathBuf> {
    cwd.ancestors().find(|folder| folder.join(".git").exists()).map(Path::to_owned)
}
