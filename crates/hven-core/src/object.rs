//! Objects: immutable bytes by digest, as facts name them.

use serde::{Deserialize, Serialize};

use crate::{Digest, Malformed, Time, limits};

macro_rules! noun {
    ($($before:tt)*) => { $crate::nouns::chain! { $($before)*
        facts {
            ObjectsCollected($crate::object::Collected) = "objects.collected" version 1, about |_| None;
        }
        nodes {}
        subjects {}
    } };
}
pub(crate) use noun;

/// A file as a run read or made it: its path and its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRef {
    /// Relative to the run's working directory, or absolute when it was outside; as [`crate::file_name`] writes it.
    pub path: String,
    pub digest: Digest,
    pub size: u64,
    /// The type of the object: the bytes of a file, or the listing of a folder.
    #[serde(default)]
    pub kind: FileKind,
}

impl FileRef {
    /// Checks that its path and its size can be recorded.
    pub fn check(&self, what: &str) -> Result<(), Malformed> {
        limits::path(what, &self.path)?;
        limits::whole(&format!("the size of {what}"), self.size, limits::WHOLE_MAX)
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FileKind {
    #[default]
    File,
    /// The object is a [`Listing`] in JSON; `size` is the sum of its files.
    Folder,
}

/// The content of a folder: its files in the order of their paths. It is stored as a separate object, so that facts stay small.
/// Paths are texts as [`crate::file_name`] writes them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    pub files: Vec<ListedFile>,
    /// Its empty folders (a folder counts as empty if nothing in it is listed), in the order of their paths. All other folders
    /// follow from the paths of their content. Older listings, and listings of code, have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub folders: Vec<String>,
    /// Symbolic links in it, as links: their targets are in `files`, or were not recorded. [`crate::links`] resolves them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<ListedLink>,
}

/// A symbolic link in a folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedLink {
    /// Relative to the folder, with `/` between parts.
    pub path: String,
    /// Its target: relative to the folder of the link when the target is within the listed folder, otherwise as the link itself
    /// has it.
    pub target: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedFile {
    /// Relative to the folder, with `/` between parts.
    pub path: String,
    pub digest: Digest,
    pub size: u64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub executable: bool,
}

impl Listing {
    /// The digest of the listing of an empty folder.
    pub fn digest_of_nothing() -> Digest {
        Digest::of(EMPTY_LISTING)
    }
}

/// The listing of an empty folder, as it is stored.
pub const EMPTY_LISTING: &[u8] = br#"{"files":[]}"#;

/// Code files larger than this are only named by their digests.
const CODE_FILE_BYTES_MAX: u64 = 1 << 20;
/// When the total size reaches this, no more code files are stored.
const CODE_BYTES_MAX: u64 = 16 << 20;

/// Which files of a run's code are stored, by their sizes in the order of the list: small ones, until their total is too large.
/// The others are known only by their digests.
pub fn kept_as_code(sizes: impl IntoIterator<Item = u64>) -> Vec<bool> {
    let mut total: u64 = 0;
    let is_kept = |size: u64| {
        if size > CODE_FILE_BYTES_MAX {
            return false;
        }
        total = total.saturating_add(size);
        total <= CODE_BYTES_MAX
    };
    sizes.into_iter().map(is_kept).collect()
}

/// Unreferenced objects were removed; their digests stay as tombstones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Collected {
    pub digests: Vec<Digest>,
    pub bytes: u64,
    /// Only objects older than this were removed.
    pub older_than: Time,
}

crate::sample::sampled! {
    FileRef { path, digest, size, kind }
    enum FileKind { File, Folder }
    Collected { digests, bytes, older_than }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_names_empty_folders_and_omits_the_field_without_any() {
        assert_eq!(serde_json::to_vec(&Listing::default()).expect("JSON"), EMPTY_LISTING);
        let listing = Listing { folders: vec!["a/b".to_owned()], ..Listing::default() };
        let text = serde_json::to_string(&listing).expect("JSON");
        assert_eq!(text, r#"{"files":[],"folders":["a/b"]}"#);
        assert_eq!(serde_json::from_str::<Listing>(&text).expect("read"), listing);
    }

    #[test]
    fn small_code_files_are_kept_until_their_sum_is_too_large() {
        assert_eq!(kept_as_code([1, (1 << 20) + 1, 1 << 20]), [true, false, true]);
        let many = kept_as_code([1 << 20; 18]);
        assert_eq!(many.iter().filter(|is_kept| **is_kept).count(), 16);
        assert_eq!(kept_as_code([1 << 20; 17].into_iter().chain([0])).pop(), Some(false), "none after the sum");
    }
}
