//! Datasets: tables with a schema, units and a history, as facts, wire types and pages use them.
//!
//! A dataset version is immutable: a Parquet object, and the [`report`] of its import. This file has names, types and cells;
//! [`profile`] has the statistics of a table, [`report`] its problems, and [`split`] its division into parts.

mod encoding;
mod table;

pub mod profile;
pub mod report;
pub mod split;

pub use profile::Profile;
pub use report::{CheckOutcome, CheckResult, ImportReport, Problem, ProblemKind};
pub use split::Split;
pub use table::{Cell, Column, ColumnType, DECIMAL_DIGITS_MAX, Schema};
