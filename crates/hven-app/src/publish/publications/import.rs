//! Bringing in a publication from elsewhere: what it says becomes the record of this home, by the ordinary facts and one
//! that says where they came from.
//!
//! Runs, datasets and claims keep their ids, so what is here already is known again and never written over. Who did it there
//! and when stays in the publication's own description, which is kept as an object; here it was done by whoever brought it in.
//! Its objects are sent before: nothing of it is read here but that description, which the manifest names by its digest.

pub mod claims;
pub mod data;
pub mod description;
pub mod import_plan;
pub mod object_rights;
pub mod record;
pub mod request;
pub mod run;

pub use record::import;
pub use request::{ImportRequest, ImportResult};
