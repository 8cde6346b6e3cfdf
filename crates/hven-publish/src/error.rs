//! Reasons why a publication cannot be written, or why a foreign folder or zip is refused.

use std::{
    io,
    path::{Path, PathBuf},
};

use hven_core::Digest;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error("{path} already exists; choose another path, or remove it first")]
    Exists { path: PathBuf },
    /// The store does not have an object; `needed_by` names the nodes that need it.
    #[error("the object {digest} ({path}) is missing from the store; it is needed by {needed_by}")]
    ObjectMissing { digest: Digest, path: String, needed_by: String },
    #[error("the object {digest} ({path}) cannot be read from the store: {source}")]
    ObjectUnreadable { digest: Digest, path: String, source: io::Error },
    /// The store returned other bytes than the digest names.
    #[error("the object {digest} ({path}) is damaged in the store: its bytes have the digest {found}")]
    ObjectDamaged { digest: Digest, path: String, found: Digest },
    #[error("the listing {digest} of the folder {path} cannot be read: {why}")]
    Listing { digest: Digest, path: String, why: String },
    #[error("the publication cannot be written: {why}")]
    Invalid { why: String },

    // The following errors are about foreign folders and zips.
    #[error("{path} is not a publication of Hven: {why}")]
    NotAPublication { path: PathBuf, why: String },
    #[error("{path} has the format {found:?}, and this Hven reads {known:?}: a newer Hven is needed to read it")]
    UnknownFormat { path: PathBuf, found: String, known: &'static str },
    #[error("the name {name:?} in it is refused: it {why}")]
    UnsafeName { name: String, why: &'static str },
    #[error("{path} is refused: {what}")]
    TooMuch { path: PathBuf, what: String },
    #[error("the zip cannot be read: {why}; it is damaged, or was not copied whole")]
    Zip { why: String },
    /// A file differs from its entry in the manifest.
    #[error("{name} is not what the manifest says: {why}")]
    Tampered { name: String, why: String },
    #[error("the publication has no object {digest}")]
    NotIncluded { digest: Digest },
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Adds the path to an I/O error.
pub(crate) trait AtPath<T> {
    fn at(self, path: &Path) -> Result<T>;
}
impl<T> AtPath<T> for io::Result<T> {
    fn at(self, path: &Path) -> Result<T> {
        self.map_err(|source| Error::Io { path: path.to_owned(), source })
    }
}
