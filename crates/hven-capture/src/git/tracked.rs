//! The tracked files of a repository, their contents in the working tree, and the digest of all.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
};

/// The mode of a link in git.
pub(super) const LINK_MODE: &str = "120000 ";
/// The mode of an inner repository in git.
pub(super) const REPOSITORY_MODE: &str = "160000 ";
/// The mode of an executable file in git.
const EXECUTABLE_MODE: &str = "100755 ";

pub(super) fn is_executable(content: &str) -> bool {
    content.starts_with(EXECUTABLE_MODE)
}

/// Files by their paths from the repository's root: mode and object name. A commit of the current contents does not change
/// it.
#[derive(Debug)]
pub(super) struct TrackedFiles {
    pub(super) files: BTreeMap<PathBuf, String>,
    /// Files that the user told git not to watch for changes.
    pub(super) unwatched: Vec<PathBuf>,
}

impl TrackedFiles {
    /// Reads the output of `ls-files --stage -v -z`.
    pub(super) fn parse(bytes: &[u8]) -> Self {
        let (mut files, mut unwatched) = (Vec::new(), Vec::new());
        for entry in bytes.split(|&b| b == 0) {
            let Some(tab) = entry.iter().position(|&b| b == b'\t') else { continue };
            let fields = String::from_utf8_lossy(&entry[..tab]);
            let mut fields = fields.split(' ');
            let (Some(tag), Some(mode), Some(name)) = (fields.next(), fields.next(), fields.next()) else { continue };
            let path = PathBuf::from(OsStr::from_bytes(&entry[tab + 1..]));
            if tag == "S" || tag.starts_with(|c: char| c.is_ascii_lowercase()) {
                unwatched.push(path.clone());
            }
            files.push((path, format!("{mode} {name}")));
        }
        // The entries are nearly sorted: building the map at once needs few comparisons.
        Self { files: files.into_iter().collect(), unwatched }
    }

    /// Whether the path is a file, or a folder that contains one.
    pub(super) fn has(&self, path: &Path) -> bool {
        self.files.range(path.to_owned()..).next().is_some_and(|(first, _)| first.starts_with(path))
    }

    /// A digest of all files. The path of the run's folder is part of it only if there are files outside of the folder.
    pub(super) fn digest(&self, prefix: &Path) -> String {
        let mut hasher = blake3::Hasher::new();
        let mut take = |path: &Path, content: &str| {
            hasher.update(path.as_os_str().as_bytes()).update(&[0]).update(content.as_bytes()).update(&[0]);
        };
        let mut outside = Vec::new();
        for (path, content) in &self.files {
            match path.strip_prefix(prefix) {
                Ok(relative) => take(relative, content),
                Err(_) => outside.push((path, content)),
            }
        }
        if !outside.is_empty() {
            // No path of a file begins like this.
            take(&Path::new("/").join(prefix), "");
        }
        for (path, content) in outside {
            take(path, content);
        }
        hasher.finalize().to_hex().to_string()
    }
}
