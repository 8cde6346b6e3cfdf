//! Publications: claims that were frozen with all they rest on, and publications of elsewhere that were brought in.
//!
//! What a publication says is in [`description`] and [`evidence`]; the facts here say that one was made, and which bytes
//! it is.

mod facts;
mod reference;

pub mod description;
pub mod evidence;

mod person;
mod plot;

pub use facts::{Imported, ImportedNode, Made, WithheldFile};
pub(crate) use facts::{noun, objects_of_imported, objects_of_made, trace_of_made};
pub use reference::PublicationRef;
