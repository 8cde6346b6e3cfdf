//! Errors of reading and writing tables. A bad cell is not an error but a problem in the report.

use std::path::PathBuf;

use hven_core::Malformed;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: std::io::Error },
    /// The bytes are in another format.
    #[error("this is {what}, not a table; {hint}")]
    NotATable { what: String, hint: String },
    #[error("the file is empty: there is no table in it")]
    Empty,
    #[error(
        "the row that begins on line {line} is longer than {bytes_max} bytes: a quoted cell that is never closed, or not a table"
    )]
    RowTooLong { line: u64, bytes_max: u64 },
    #[error("there are {columns} columns; at most {columns_max} are read")]
    TooManyColumns { columns: usize, columns_max: usize },
    /// The caller gave a name that no column has.
    #[error("{what} names the column {name:?}, which the table does not have{}", .help.as_ref().map_or(String::new(), |help| format!("; {help}")))]
    NoSuchColumn { what: &'static str, name: String, help: Option<String> },
    #[error("the unit of {column:?}: {why}")]
    Unit { column: String, why: String },
    #[error("the option {option}: {why}")]
    BadOption { option: &'static str, why: String },
    /// The check cannot be evaluated for this table; `why` marks the place with carets.
    #[error("the check {check:?} cannot be asked: {why}")]
    Check { check: String, why: String },
    /// The Parquet file is damaged or contradicts its footer.
    #[error("the Parquet file cannot be read: {why}; it is damaged, or was not copied whole")]
    Damaged { why: String },
    #[error("the column {column:?} holds {what}, which a table of single values cannot; {hint}")]
    ColumnKind { column: String, what: String, hint: String },
    #[error("the table could not be written: {why}")]
    Write { why: String },
    #[error(transparent)]
    Malformed(#[from] Malformed),
    #[error("the split {split:?} cannot be made: {why}")]
    Split { split: String, why: String },
    #[error("the split {split:?} was made of another table")]
    OtherTable { split: String },
    #[error("the split {split:?} has no part {part:?}; its parts are {parts}")]
    NoSuchPart { split: String, part: String, parts: String },
    #[error("the measurement did not work: {why}")]
    Bench { why: String },
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Adds the path to an I/O error.
pub(crate) trait AtPath<T> {
    fn at(self, path: &std::path::Path) -> Result<T>;
}
impl<T> AtPath<T> for std::io::Result<T> {
    fn at(self, path: &std::path::Path) -> Result<T> {
        self.map_err(|source| Error::Io { path: path.to_owned(), source })
    }
}
