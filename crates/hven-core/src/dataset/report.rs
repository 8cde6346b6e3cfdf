//! The report of an import: the new table, all problems of the source, and the results of the checks.

use std::fmt;

use serde::{Deserialize, Serialize};

pub use super::encoding::Encoding;
use super::{Cell, Profile, Schema};
use crate::Digest;
use crate::name::Name;

/// The complete result of an import. It contains no time and no path: the same source and options give the same report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImportReport {
    /// The reader that made it; another reader may find more.
    pub reader: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    pub source: Source,
    pub table: Bytes,
    pub rows: u64,
    pub schema: Schema,
    /// One per column, in the order of the schema.
    pub profile: Vec<Profile>,
    pub problems: Problems,
    pub checks: Vec<CheckResult>,
    /// Decisions of the importer and other facts that a person should know, one sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

impl ImportReport {
    /// Whether every check is true: later steps may use the table.
    pub fn checks_hold(&self) -> bool {
        self.checks.iter().all(|check| check.outcome == CheckOutcome::True)
    }
}

/// Bytes, named by their digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bytes {
    pub digest: Digest,
    pub size: u64,
}

/// The file that was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Source {
    #[serde(flatten)]
    pub bytes: Bytes,
    #[serde(flatten)]
    pub format: Format,
}

/// The detected format of the source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "format", rename_all = "lowercase")]
pub enum Format {
    Csv(CsvFormat),
    Parquet(ParquetFormat),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CsvFormat {
    pub delimiter: char,
    pub quote: char,
    /// The character between whole and fraction: a point or a comma.
    pub decimal: char,
    pub encoding: Encoding,
    /// The file begins with a byte order mark.
    pub bom: bool,
    /// The first line (after the preamble) contains names.
    pub header: bool,
    pub line_end: LineEnd,
    /// Unquoted cells that mean a missing value.
    pub nulls: Vec<String>,
    /// Lines before the table that begin with `#`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub preamble: Vec<String>,
    /// Empty lines that were skipped.
    #[serde(default)]
    pub blank_lines: u64,
    /// How cells are divided, if not by the delimiter alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layout: Option<Layout>,
    /// The line that contains units or long names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub units_line: Option<u64>,
    /// Comments between rows that were left out.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub comment_lines: u64,
    /// Lines that the caller left out.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub skipped_lines: u64,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// How the cells of a text table are divided, if not by a delimiter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Layout {
    /// By one or more blanks.
    Blanks,
    /// By fixed widths; the columns start at these letters of a line, from 0.
    Fixed { starts: Vec<u64> },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ParquetFormat {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
    pub row_groups: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LineEnd {
    Lf,
    Crlf,
    Cr,
}

/// Something in the source that could not be imported exactly as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The first line of the cell's row in the source, from 1; in a Parquet source, the row from 1.
    pub line: u64,
    /// The row of the table, from 0; `None` for the header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<u64>,
    /// The column's name; `None` when the problem concerns the whole row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    pub kind: ProblemKind,
    /// The text in the source.
    pub raw: String,
    /// The problem, and the next step for the author.
    pub what: String,
}

/// Kinds of problems, for counting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemKind {
    /// The cell is not of the column's type.
    BadValue,
    /// A number or date outside the range of the type.
    OutOfRange,
    /// A number with thousands separators.
    ThousandsSeparator,
    /// A number with a comma in a file with decimal points.
    DecimalComma,
    /// A number with a unit in the cell.
    UnitInCell,
    /// The row ends before the last column.
    MissingCells,
    /// The row has more cells than the table has columns.
    ExtraCells,
    /// A quoted cell that is not closed, or continues after its closing quote.
    BadQuote,
    /// Bytes that are not text in the encoding of the file.
    BadEncoding,
    /// The value was imported with less precision than in the source.
    Rounded,
}

impl ProblemKind {
    /// As in JSON and in `problems.parquet`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BadValue => "bad_value",
            Self::OutOfRange => "out_of_range",
            Self::ThousandsSeparator => "thousands_separator",
            Self::DecimalComma => "decimal_comma",
            Self::UnitInCell => "unit_in_cell",
            Self::MissingCells => "missing_cells",
            Self::ExtraCells => "extra_cells",
            Self::BadQuote => "bad_quote",
            Self::BadEncoding => "bad_encoding",
            Self::Rounded => "rounded",
        }
    }
}

/// The counts of all problems, and the first problems. The complete list is a separate table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Problems {
    pub total: u64,
    /// How many problems of each kind each column has, the most frequent first.
    pub counts: Vec<ProblemCount>,
    /// The first ones, in the order of the lines.
    pub first: Vec<Problem>,
    /// `problems.parquet`, if there are problems.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<Bytes>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProblemCount {
    pub kind: ProblemKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    pub count: u64,
}

/// The result of a check of the table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckResult {
    /// The expression as it was written.
    pub check: String,
    pub outcome: CheckOutcome,
    /// Rows for which it is false.
    pub failing_rows: u64,
    /// Rows for which the result is unknown, because a value is not a number, for example. In reports of `hven-data/1` and
    /// `hven-data/2`, also because a value is missing.
    pub unknown_rows: u64,
    /// Rows that were not checked, because a cell that the condition reads is missing.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unchecked_rows: u64,
    /// The first rows for which it is not true.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<CheckExample>,
    /// The reason, in one sentence.
    pub explanation: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CheckOutcome {
    #[serde(rename = "true")]
    True,
    #[serde(rename = "false")]
    False,
    #[serde(rename = "cannot tell")]
    CannotTell,
}

impl fmt::Display for CheckOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::True => "true",
            Self::False => "false",
            Self::CannotTell => "cannot tell",
        })
    }
}

/// A row for which a check is not true, with the columns that the check names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckExample {
    /// From 0.
    pub row: u64,
    pub values: Vec<(String, Cell)>,
}
