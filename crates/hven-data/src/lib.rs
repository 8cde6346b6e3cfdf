//! Tables in, tables out: CSV and Parquet become immutable Parquet files, with every problem listed, a profile of every
//! column, checks that gate what follows, and splits.
//!
//! Nothing is silently dropped: a cell that is not of its column's type is null in the table and a [`Problem`] in
//! the report, with its line and its text. The same bytes and options give the same table and the same report, bit for bit,
//! on any machine and any number of cores. Memory stays bounded however large the source is. Files from elsewhere are not
//! trusted: whatever they hold, the answer is a table or an [`Error`].
//!
//! - [`import`] reads a source; [`ImportOptions`] say what is known better than by looking.
//! - [`Table`] reads back what was imported; [`export`] writes it for others.
//! - [`compare`] says how alike files are to what they were before.
//! - [`make_split`] divides a table into parts, [`read_part`] reads one.
//!
//! [`Problem`]: hven_core::dataset::Problem

mod checks;

pub mod compare;

mod csv;
mod detect;
mod error;
mod export;
mod guard;
mod import;
mod options;
mod page_headers;
mod parallel;
mod parquet_source;
mod parse;
mod problems;
mod profile;
mod schema;
mod split;
mod split_tables;
mod table;
mod table_read;
mod table_writer;
mod units;

pub mod bench;

pub use error::{Error, Result};
pub use export::{ExportFormat, export, reimport_options};
pub use import::import;
pub use options::{DEFAULT_NULLS, ImportOptions, Limits};
pub use split::{make_split, read_part};
pub use split_tables::write_parts;
pub use table::{NumberColumn, Table};
pub use table_read::{PROBLEMS_FILE, Progress, READER, REPORT_FILE, Stage, TABLE_FILE};
