//! The source of bytes: the caller passes a reader of objects by digest.

use std::io::{self, Read};

use hven_core::Digest;

/// Reads objects. A closure implements it.
pub trait Objects {
    /// Opens an object. A missing object is [`io::ErrorKind::NotFound`].
    fn open(&self, digest: Digest) -> io::Result<Box<dyn Read + '_>>;
}

impl<F: Fn(Digest) -> io::Result<Box<dyn Read>>> Objects for F {
    fn open(&self, digest: Digest) -> io::Result<Box<dyn Read + '_>> {
        self(digest)
    }
}
