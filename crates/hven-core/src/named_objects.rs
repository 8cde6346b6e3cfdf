//! Objects named by facts: whether each must be in the store, and the type of its bytes.
//!
//! A noun's file lists the objects that its facts name; [`references`](crate::references) collects those of all facts.

use std::collections::BTreeSet;

use crate::{
    Digest,
    object::{FileKind, FileRef},
};

/// Whether an object must be in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// It may be known only by its digest: it was not in the store when a run named it (large code files are never stored, and
    /// a direct client of the server need not upload the inputs), or its presence was not checked.
    Optional,
    /// It must be in the store unless its publication declares that it was withheld.
    UnlessWithheld,
    Required,
}

/// The type of an object's bytes, as far as they name other objects. If facts give different types for one object, the last of
/// them in this list is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    Bytes,
    /// The [`Listing`] of a folder that was a run's code.
    CodeListing,
    /// The [`Listing`] of a folder. Its files have the same need as the listing itself.
    Listing,
    /// The description of a publication from another home.
    Description,
}

/// An object as one fact names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamedObject<'a> {
    pub digest: Digest,
    pub need: Need,
    pub shape: Shape,
    /// For the listing of a folder: its files that were not in the store. All others have the need of the listing.
    pub absent: Option<&'a BTreeSet<Digest>>,
    /// A description for people: a path, or words.
    pub path: &'a str,
}

impl<'a> NamedObject<'a> {
    /// An object that names no other objects.
    pub fn bytes(digest: Digest, need: Need, path: &'a str) -> Self {
        Self { digest, need, shape: Shape::Bytes, absent: None, path }
    }
}

/// Lists the objects of files and folders.
pub fn files<'a>(files: &'a [FileRef], need: Need, look: &mut dyn FnMut(NamedObject<'a>)) {
    for file in files {
        look(NamedObject { digest: file.digest, need, shape: shape_of(file), absent: None, path: &file.path });
    }
}

pub fn shape_of(file: &FileRef) -> Shape {
    match file.kind {
        FileKind::Folder => Shape::Listing,
        FileKind::File => Shape::Bytes,
    }
}
