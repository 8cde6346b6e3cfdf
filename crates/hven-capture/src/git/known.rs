//! What git knows of the files of a repository, what in its place lies in the working tree, and the digest of it all.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
};

/// How git says that something is a link.
pub(super) const LINK_MODE: &str = "120000 ";
/// How git says that something is a repository within.
pub(super) const REPOSITORY_MODE: &str = "160000 ";
/// How git says that something may be executed.
const EXECUTABLE_MODE: &str = "100755 ";

pub(super) fn is_executable(content: &str) -> bool {
    content.starts_with(EXECUTABLE_MODE)
}

/// Files by their paths from the repository's root: mode and git's name for the content. A commit of what lies there already
/// changes nothing in it.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) files: BTreeMap<PathBuf, String>,
    /// Files for whose changes git does not look, because somebody told it so.
    pub(super) unwatched: Vec<PathBuf>,
}

impl Known {
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
        // They come nearly in order: made at once, the map compares each with few others.
        Self { files: files.into_iter().collect(), unwatched }
    }

    /// Whether a path is that of a file, or of a folder with one.
    pub(super) fn has(&self, path: &Path) -> bool {
        self.files.range(path.to_owned()..).next().is_some_and(|(first, _)| first.starts_with(path))
    }

    /// Changes with every file. Where the run's folder lies counts only when something outside of it does.
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
            // No path of a file begins so.
            take(&Path::new("/").join(prefix), "");
        }
        for (path, content) in outside {
            take(path, content);
        }
        hasher.finalize().to_hex().to_string()
    }
}
