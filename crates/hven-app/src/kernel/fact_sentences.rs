//! The sentences of facts, noun by noun: each payload is described by
//! [`DescribeFact`](super::describe_fact::DescribeFact). The sentences of a noun with a file of its own on another
//! floor are in that file.

pub mod claims;
pub mod datasets;
pub mod home;
pub mod people;
pub mod publications;
pub mod repairs;
pub mod runners;
pub mod runs;
pub mod soundness;

pub use runs::command_line;
