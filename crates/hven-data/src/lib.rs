//! Imports and exports tables: CSV and Parquet become immutable Parquet files, with a list of all problems, a profile of
//! every column, checks, and splits.
//!
//! No cell is silently dropped: a cell that does not have its column's type is null in the table and a [`Problem`] in the
//! report, with its line and its text. The same bytes and options give the same table and the same report, bit for bit, on
//! any machine and with any number of cores. Memory stays bounded for sources of any size. Foreign files are not trusted:
//! any content gives a table or an [`Error`].
//!
//! - [`look`] shows how a source would be read.
//! - [`import`] reads a source; [`ImportOptions`] override what the importer would guess.
//! - [`Table`] reads an imported table; [`export`] writes it for other programs.
//! - [`write_columns`] writes other values, such as a list of runs, as Parquet.
//! - [`compare`] measures how similar files are to earlier versions.
//! - [`make_split`] divides a table into parts, [`read_part`] reads one part.
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
mod kelvin;
mod look;
mod nulls;
mod option_faults;
mod options;
mod page_headers;
mod parallel;
mod parquet_source;
mod parquet_values;
mod parse;
mod problems;
mod profile;
mod remarks;
mod schema;
mod split;
mod split_tables;
mod table;
mod table_read;
mod table_writer;
mod units;
mod value_columns;

pub mod bench;

pub use error::{Error, Result};
pub use export::{ExportFormat, export, reimport_options};
pub use import::import;
pub use look::{DoubtfulCell, LOOK_BYTES, LookReport, LookSetting, is_parquet, look};
pub use nulls::DEFAULT_NULLS;
pub use options::{ImportOptions, Limits, SourceFormat};
pub use remarks::{CellAt, Remark};
pub use split::{make_split, read_part};
pub use split_tables::write_parts;
pub use table::{NumberColumn, Table};
pub use table_read::{PROBLEMS_FILE, Progress, READER, REPORT_FILE, Stage, TABLE_FILE};
pub use value_columns::{ValueColumn, write_columns};
