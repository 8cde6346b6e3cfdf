//! Views: tables derived from facts, one noun per file.
//!
//! A view says which kinds of facts it reads, which tables it has, and what one fact changes in them. It never reads a
//! clock, a row id, another view or the order of a map, so the same facts always give the same tables. When a view's
//! version changes, that view alone is built anew. A fact whose payload was erased is shown to a view without it: what
//! the header says stays, the rest becomes a tombstone.

mod all;
mod conditions;
mod gathered;
mod read_back;
mod run_state;
mod standing;
mod view;

pub(crate) mod access;
pub(crate) mod additions;
pub(crate) mod capture_notes;
pub(crate) mod claims;
pub(crate) mod datasets;
pub(crate) mod files;
pub(crate) mod labels;
pub(crate) mod lineage;
pub(crate) mod objects;
pub(crate) mod params;
pub(crate) mod projects;
pub(crate) mod publications;
pub(crate) mod queries;
pub(crate) mod reproductions;
pub(crate) mod run_rows;
pub(crate) mod run_views;
pub(crate) mod runners;
pub(crate) mod runs;
pub(crate) mod soundness;
pub(crate) mod users;

pub(crate) use all::{ALL, apply};
pub(crate) use objects::{Referenced, erased_objects, referenced, sealed_to, to_be_gone};
pub(crate) use standing::Standing;
pub(crate) use view::{Changes, Partition, Place, Seen, Table, View, create_tables, drop_tables};
