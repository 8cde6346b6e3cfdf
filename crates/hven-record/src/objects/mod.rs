//! Objects: immutable bytes in files that are named by their digest, `objects/ab/cdef…`.
//!
//! An object is written under another name, flushed and then renamed, so a file in its place is always complete. Its time
//! of change is the time of the last request to keep it; garbage collection respects this lease.
//!
//! Disks damage files. A damaged object is moved to `objects/damaged/<digest>`: it is no longer served, and an upload of the
//! same bytes can replace it.

mod check;
mod checked;
mod garbage;
mod hashing;
mod port;
mod store;
mod upload;

pub(crate) use check::{LISTING_BYTES_MAX, ObjectState, damaged};
pub(crate) use hashing::{READ_BYTES, hash, sync_all_below};
pub(crate) use port::Removal;
pub(crate) use store::ObjectStore;
