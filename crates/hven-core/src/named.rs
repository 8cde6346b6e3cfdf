//! Objects as facts name them: what must be in the store, and what its bytes are.
//!
//! A noun's file says which objects its facts name; [`references`](crate::references) reads what all facts say.

use std::collections::BTreeSet;

use crate::{
    Digest,
    object::{FileKind, FileRef},
};

/// Whether an object must be in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// It may be known by its digest alone: it was not in the store when a run named it (large code files are never kept,
    /// and whoever speaks to the server directly need not bring the inputs), or nobody looked then.
    Optional,
    /// It must be there unless the publication with which it came says that it was withheld.
    UnlessWithheld,
    Required,
}

/// What the bytes of an object are, as far as other objects are named in them. Where facts say different things of the same
/// object, the last of them here counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    Bytes,
    /// The [`Listing`] of a folder that was a run's code.
    CodeListing,
    /// The [`Listing`] of a folder. Its files are needed as it is.
    Listing,
    /// What a publication from elsewhere says of itself.
    Description,
}

/// An object as one fact names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named<'a> {
    pub digest: Digest,
    pub need: Need,
    pub shape: Shape,
    /// Of the listing of a folder: files in it that were not there. The others are needed as the listing is.
    pub absent: Option<&'a BTreeSet<Digest>>,
    /// What it is, for people: a path, or words.
    pub path: &'a str,
}

impl<'a> Named<'a> {
    /// An object that names no others.
    pub fn bytes(digest: Digest, need: Need, path: &'a str) -> Self {
        Self { digest, need, shape: Shape::Bytes, absent: None, path }
    }
}

/// Names the objects of files and folders.
pub fn files<'a>(files: &'a [FileRef], need: Need, look: &mut dyn FnMut(Named<'a>)) {
    for file in files {
        look(Named { digest: file.digest, need, shape: shape_of(file), absent: None, path: &file.path });
    }
}

pub fn shape_of(file: &FileRef) -> Shape {
    match file.kind {
        FileKind::Folder => Shape::Listing,
        FileKind::File => Shape::Bytes,
    }
}
