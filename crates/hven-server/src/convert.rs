//! From the domain's types to the wire's and back, by hand: one file per noun. What an answer names comes with it
//! ([`hven_app::labelled`]): nothing is asked here.

pub(crate) mod added;
mod attempts;
pub(crate) mod audit;
mod capture_notes;
pub(crate) mod claims;
pub(crate) mod code;
pub(crate) mod datasets;
pub(crate) mod facts;
pub(crate) mod files;
pub(crate) mod graph;
pub(crate) mod home;
pub(crate) mod labels;
pub(crate) mod lineage;
pub(crate) mod metrics;
mod origins;
pub(crate) mod people;
pub(crate) mod process;
pub(crate) mod publication_rows;
pub(crate) mod publications;
pub(crate) mod recipes;
pub(crate) mod repairs;
pub(crate) mod reproductions;
pub(crate) mod runs;
mod said;
pub(crate) mod soundness;
mod spec;
pub(crate) mod submissions;
mod text;
pub(crate) mod tools;

pub(crate) use said::{actor, run_name, sentence, told};
pub(crate) use text::{parsed, project, text};
