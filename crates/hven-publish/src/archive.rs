//! A foreign publication: a folder or a zip from another person.
//!
//! Nothing in it is trusted. Before any file is read, these are refused: names that lead out of the folder, symbolic links,
//! more files or bytes than [`Limits`] allow, and zips that unpack to many times their size. The reader reads no more bytes
//! of a file than the manifest names. It returns an object only if the bytes have the requested digest.

mod checks;
mod contents;
mod limits;
mod source;
mod verify;

pub use contents::Archive;
pub use limits::Limits;
pub use verify::{FileMismatch, Verification, verify};
