//! Where bytes come from: whoever publishes hands in a way to read objects by digest.

use std::io::{self, Read};

use hven_core::Digest;

/// Reads objects. A closure will do.
pub trait Objects {
    /// Opens an object; one that the store does not have is [`io::ErrorKind::NotFound`].
    fn open(&self, digest: Digest) -> io::Result<Box<dyn Read + '_>>;
}

impl<F: Fn(Digest) -> io::Result<Box<dyn Read>>> Objects for F {
    fn open(&self, digest: Digest) -> io::Result<Box<dyn Read + '_>> {
        self(digest)
    }
}
