//! Objects: immutable bytes by digest, as the facts speak of them.

use serde::{Deserialize, Serialize};

use crate::{Digest, Time};

/// A file as a run saw or made it: where it lay, and which bytes it had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRef {
    /// Relative to the run's working directory, or absolute when it lay outside.
    pub path: String,
    pub digest: Digest,
    pub size: u64,
    /// The name of what `digest` holds: a file's bytes, or the listing of a folder.
    #[serde(default)]
    pub kind: FileKind,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FileKind {
    #[default]
    File,
    /// The object is a [`Listing`] in JSON; `size` is the sum of its files.
    Folder,
}

/// What a folder held: its files in the order of their paths. Kept as an object of its own, so that facts stay small.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    pub files: Vec<ListedFile>,
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

/// Objects that nothing referred to were removed; their digests stay as tombstones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Collected {
    pub digests: Vec<Digest>,
    pub bytes: u64,
    /// Only objects older than this were taken.
    pub older_than: Time,
}
