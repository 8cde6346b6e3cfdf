//! Claims with all they rest on, as a folder that needs no Hven.
//!
//! [`write()`] takes a [`Publication`] and a way to read objects, and makes a folder and a zip: an RO-Crate, a page that opens
//! from disk, provenance, citation, and a list of all digests. [`verify()`] says whether a folder or a zip is still what was
//! written, and [`Archive`] gives the description and the objects back, for import into another home. Nothing here knows a
//! record, a server or a clock: the same publication gives the same bytes.
//!
//! Folders and zips from elsewhere are not trusted: see [`Archive`].

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

pub use archive::{Archive, Changed, Limits, Verification, verify};
pub use error::{Error, Result};
pub use hven_core::publication::description::Publication;
/// What a publication says; the words are those of the core, since use cases fill them in.
pub use hven_core::publication::{description as publication, evidence};
pub use layout::{Layout, layout};
pub use objects::Objects;
pub use write::{PUBLICATION_FILE, Written, partial, preview, write};
