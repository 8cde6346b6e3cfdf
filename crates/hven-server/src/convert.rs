//! Conversions between the domain's types and the wire types, written by hand, one file per noun. All names that an
//! answer needs come with its data ([`hven_app::labelled`]); a conversion reads no store.

pub(crate) mod additions;
pub(crate) mod arrays;
mod attempts;
pub(crate) mod audit;
mod capture_notes;
pub(crate) mod claims;
pub(crate) mod code;
pub(crate) mod compared_runs;
pub(crate) mod datasets;
pub(crate) mod external;
pub(crate) mod facts;
pub(crate) mod files;
mod forecasts;
pub(crate) mod graph;
pub(crate) mod home;
pub(crate) mod labels;
pub(crate) mod lineage;
pub(crate) mod machine;
pub(crate) mod metrics;
mod names;
mod origins;
pub(crate) mod people;
pub(crate) mod process;
pub(crate) mod publication_rows;
pub(crate) mod publications;
pub(crate) mod queueing;
pub(crate) mod recipes;
pub(crate) mod repairs;
pub(crate) mod reproductions;
pub(crate) mod runs;
pub(crate) mod saved_views;
mod sentences;
pub(crate) mod soundness;
mod spec;
pub(crate) mod submissions;
mod text;
pub(crate) mod tools;

pub(crate) use forecasts::time_left;
pub(crate) use names::{actor, run_name};
pub(crate) use sentences::{recorded_sentence, sentence};
pub(crate) use text::{parsed, project, text};
