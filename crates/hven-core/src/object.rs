//! Objects: immutable bytes by digest, as the facts speak of them.

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

/// A file as a run saw or made it: where it lay, and which bytes it had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRef {
    /// Relative to the run's working directory, or absolute when it lay outside; as [`crate::file_name`] writes it.
    pub path: String,
    pub digest: Digest,
    pub size: u64,
    /// The name of what `digest` holds: a file's bytes, or the listing of a folder.
    #[serde(default)]
    pub kind: FileKind,
}

impl FileRef {
    /// Says why its path or its size is none that can be recorded.
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

/// What a folder held: its files in the order of their paths. Kept as an object of its own, so that facts stay small.
/// Paths are texts as [`crate::file_name`] writes them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    pub files: Vec<ListedFile>,
    /// Folders in it that were empty, but for what is not listed, in the order of their paths. All others are known by
    /// what lies in them. Older listings, and those of code, name none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub folders: Vec<String>,
    /// Symbolic links that were found in it, as links: what they lead to is in `files`, or was not recorded.
    /// [`crate::links`] says where they lead.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<ListedLink>,
}

/// A symbolic link that was found in a folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedLink {
    /// Relative to the folder, with `/` between parts.
    pub path: String,
    /// Where it leads: relative to the folder that it lies in when that is within, else as the link says it.
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
    /// The digest of the listing of a folder in which there is nothing.
    pub fn digest_of_nothing() -> Digest {
        Digest::of(EMPTY_LISTING)
    }
}

/// The listing of a folder in which there is nothing, as it is kept.
pub const EMPTY_LISTING: &[u8] = br#"{"files":[]}"#;

/// Code files larger than this are named by digest only.
const CODE_FILE_BYTES_MAX: u64 = 1 << 20;
/// The sum above which no more code files are kept.
const CODE_BYTES_MAX: u64 = 16 << 20;

/// Which files of a run's code are kept, by their sizes in the order of the list: small ones, until their sum is too large.
/// The others are known by their digests alone.
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

/// Objects that nothing referred to were removed; their digests stay as tombstones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Collected {
    pub digests: Vec<Digest>,
    pub bytes: u64,
    /// Only objects older than this were taken.
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
    fn a_listing_names_empty_folders_and_is_written_as_before_where_there_is_none() {
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
