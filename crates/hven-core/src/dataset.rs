//! Datasets: tables with a schema, units and a history, as the facts, the wire and the pages speak of them.
//!
//! A dataset version is immutable: a Parquet object, and beside it the [`report`] that says how it came about. This file
//! holds names, types and cells; what was found in a table is in [`profile`], what was wrong with it in [`report`], and
//! how it is divided into parts in [`split`].

mod table;

pub mod profile;
pub mod report;
pub mod split;

pub use profile::Profile;
pub use report::{CheckOutcome, CheckResult, ImportReport, Problem, ProblemKind};
pub use split::Split;
pub use table::{Cell, Column, ColumnType, DECIMAL_DIGITS_MAX, Schema};
