//! Runs whose work is done elsewhere and reported over the API.

pub mod add_files;
pub mod close;
pub(crate) mod only_external;
pub mod open;
pub mod report;
pub(crate) mod reporters;
pub(crate) mod sentences;
