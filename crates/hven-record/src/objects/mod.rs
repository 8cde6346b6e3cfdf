//! Objects: immutable bytes in files that are named by their digest, `objects/ab/cdef…`.
//!
//! An object is written under another name, flushed and then renamed, so a file in its place is always whole. Its time
//! of change says when somebody last asked for it to be kept: that is the lease which garbage collection respects.
//!
//! Disks damage files. An object that is found damaged is moved to `objects/damaged/<digest>`: it is no longer served, and
//! the same bytes are taken when they come again.

mod check;
mod checked;
mod garbage;
mod hashing;
mod port;
mod store;
mod upload;

pub(crate) use check::{LISTING_BYTES_MAX, Look, damaged};
pub(crate) use hashing::{READ_BYTES, hash, sync_all_below};
pub(crate) use port::Removal;
pub(crate) use store::ObjectStore;
