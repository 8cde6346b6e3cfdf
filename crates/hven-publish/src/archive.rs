//! A publication from elsewhere: a folder or a zip that somebody sent.
//!
//! Nothing in it is trusted. Names that lead out of it, symbolic links, more files or bytes than [`Limits`] allow and zips that
//! unpack to many times their size are refused before anything is read; no more of a file is read than the manifest names;
//! and no byte is handed on as an object whose digest is not the one that was asked for.

mod checks;
mod limits;
mod opened;
mod source;
mod verify;

pub use limits::Limits;
pub use opened::Archive;
pub use verify::{Changed, Verification, verify};
