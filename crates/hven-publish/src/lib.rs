//! Writes claims with all their evidence into a folder that can be used without Hven.
//!
//! [`write()`] takes a [`Publication`] and a reader of objects, and makes a folder and a zip: an RO-Crate, a page that opens
//! from disk, provenance, citation, and a list of all digests. [`verify()`] checks whether a folder or a zip still holds the
//! written bytes. [`Archive`] reads the description and the objects back, for import into another home. This crate knows no
//! record, no server and no clock: the same publication gives the same bytes.
//!
//! Foreign folders and zips are not trusted: see [`Archive`].

mod archive;
mod citation;
mod error;
pub mod graph;
mod law_check;
pub mod layout;
pub mod licence;
pub mod lineage;
pub mod manifest;
mod names;
mod objects;
mod page;
mod plot;
mod rerun;
mod ro_crate;
mod software;
mod text;
mod write;

pub use archive::{Archive, FileMismatch, Limits, Verification, verify};
pub use error::{Error, Result};
pub use hven_core::publication::description::Publication;
/// The contents of a publication. The types are in the core, since use cases fill them in.
pub use hven_core::publication::{description as publication, evidence};
pub use layout::{Layout, layout};
pub use objects::Objects;
pub use write::{PUBLICATION_FILE, WrittenPublication, partial, preview, write};
