//! Publications: frozen claims with everything they rest on, and publications imported from other homes.
//!
//! The content of a publication is in [`description`] and [`evidence`]; the facts here record its creation or import, and its
//! digests.

mod facts;
mod reference;

pub mod description;
pub mod evidence;

mod person;
mod plot;

pub use facts::{Imported, ImportedNode, PublicationMade, WithheldFile};
pub(crate) use facts::{noun, objects_of_imported, objects_of_made, trace_of_made};
pub use reference::PublicationRef;
