//! The sentences of facts, noun by noun: each payload says what happened ([`DescribeFact`](super::describe_fact::DescribeFact)). A noun that has a file
//! of its own elsewhere says it there.

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
