//! Imports publications of other homes: their content becomes part of this record, as ordinary facts and one fact about
//! their origin.
//!
//! Runs, datasets and claims keep their ids, so existing ones are recognised and never overwritten. The persons and
//! times of the original work stay in the publication's description, which is kept as an object. In this record, the
//! importer did the work. The objects are uploaded before. Of these, only the description is read here, which the
//! manifest names by its digest.

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
