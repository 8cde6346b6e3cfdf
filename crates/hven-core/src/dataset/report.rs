//! What an import found: the table it made, everything that was wrong with the source, and what the checks say.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Cell, Profile, Schema};
use crate::Digest;
use crate::name::Name;

/// All that an import found. It holds no time and no path: the same source and options give the same report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImportReport {
    /// Which reader made it; another reader may see more.
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
    /// What was decided and what a person should know, one sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

impl ImportReport {
    /// Whether every check is true: what comes after may rest on the table.
    pub fn checks_hold(&self) -> bool {
        self.checks.iter().all(|check| check.outcome == CheckOutcome::True)
    }
}

/// Some bytes by their digest.
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

/// What the source turned out to be.
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
    /// What stands between whole and fraction: a point, or a comma.
    pub decimal: char,
    pub encoding: Encoding,
    /// The file begins with a byte order mark.
    pub bom: bool,
    /// The first line (after the preamble) holds names.
    pub header: bool,
    pub line_end: LineEnd,
    /// Unquoted cells that mean: no value.
    pub nulls: Vec<String>,
    /// Lines before the table that begin with `#`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub preamble: Vec<String>,
    /// Empty lines that were passed over.
    #[serde(default)]
    pub blank_lines: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ParquetFormat {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
    pub row_groups: u64,
}

/// How text is written in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Encoding {
    #[serde(rename = "utf-8")]
    Utf8,
    #[serde(rename = "utf-16le")]
    Utf16Le,
    #[serde(rename = "utf-16be")]
    Utf16Be,
    /// Windows-1252, which has Latin-1 in it.
    #[serde(rename = "latin-1")]
    Latin1,
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16 (little endian)",
            Self::Utf16Be => "UTF-16 (big endian)",
            Self::Latin1 => "Latin-1",
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LineEnd {
    Lf,
    Crlf,
    Cr,
}

/// Something in the source that did not become a value as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The line of the source that the cell's row begins on, from 1; in a Parquet source, the row from 1.
    pub line: u64,
    /// The row of the table, from 0; none when it is about the header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<u64>,
    /// The column's name; none when it is about the whole row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    pub kind: ProblemKind,
    /// The text as it stands in the source.
    pub raw: String,
    /// What is wrong with it, and what to do.
    pub what: String,
}

/// Kinds of problems, to be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemKind {
    /// The cell is not of the column's type.
    BadValue,
    /// A number or date beyond what the type can hold.
    OutOfRange,
    /// A number with separators between thousands.
    ThousandsSeparator,
    /// A number with a comma where this file has points.
    DecimalComma,
    /// A number with a unit in the cell.
    UnitInCell,
    /// The row ends before the last column.
    MissingCells,
    /// The row has more cells than the table has columns.
    ExtraCells,
    /// A quoted cell that is not closed, or goes on after its closing quote.
    BadQuote,
    /// Bytes that are not text in the encoding of the file.
    BadEncoding,
    /// The value was kept, less exactly than it was written.
    Rounded,
}

impl ProblemKind {
    /// As it stands in JSON and in `problems.parquet`.
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

/// All problems, counted, and the first of them. The whole list is a table of its own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Problems {
    pub total: u64,
    /// How many of each kind in each column, the most first.
    pub counts: Vec<ProblemCount>,
    /// The first ones, in the order of the lines.
    pub first: Vec<Problem>,
    /// `problems.parquet`, when there is any problem.
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

/// What a check says about the table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckResult {
    /// The expression as it was written.
    pub check: String,
    pub outcome: CheckOutcome,
    /// Rows for which it is false.
    pub failing_rows: u64,
    /// Rows for which it cannot be told, because a value is missing or not a number.
    pub unknown_rows: u64,
    /// The first rows that are not true.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<CheckExample>,
    /// Why, in one sentence.
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

/// A row that a check does not hold for, with the columns that the check names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckExample {
    /// From 0.
    pub row: u64,
    pub values: Vec<(String, Cell)>,
}
