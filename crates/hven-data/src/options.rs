//! The options of an import. Each has a default that suits most tables; the report lists every guess.

use std::collections::BTreeMap;

use hven_core::{dataset::ColumnType, name::Name};
use serde::{Deserialize, Serialize};

/// How a source is read. Columns have the names that the report gives them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ImportOptions {
    pub name: Option<Name>,
    /// An SPDX expression such as `CC0-1.0`.
    pub license: Option<String>,
    /// Types that override the guessed ones.
    pub types: BTreeMap<String, ColumnType>,
    pub units: BTreeMap<String, String>,
    pub descriptions: BTreeMap<String, String>,
    /// Expressions about rows (`period > 0`) or the whole table (`unique(name)`).
    pub checks: Vec<String>,
    /// Further cells that mean "no value", in addition to [`DEFAULT_NULLS`](crate::DEFAULT_NULLS); numbers are compared by their
    /// value. A list with the empty text in it stands instead of the usual words.
    pub nulls: Option<Vec<String>>,
    pub format: Option<SourceFormat>,
    /// The widths of the columns in letters, for [`SourceFormat::Fixed`]; without them, the columns are found.
    pub widths: Option<Vec<u32>>,
    pub delimiter: Option<char>,
    pub quote: Option<char>,
    /// Whether the first line contains names.
    pub header: Option<bool>,
    /// Whether the line below the names contains units or long names.
    pub units_line: Option<bool>,
    /// A label of the WHATWG's standard, such as `gb18030`, or `latin-1`.
    pub encoding: Option<String>,
    /// The decimal separator: a point or a comma.
    pub decimal: Option<char>,
    /// The separator between thousands, or `none`.
    pub thousands: Option<String>,
    /// Lines that begin with this are left out.
    pub comment: Option<String>,
    /// Lines that are left out: numbers such as `3` and ranges such as `10-14`.
    pub skip_lines: Option<Vec<String>>,
    pub limits: Limits,
    /// The number of threads; `None` means all cores. The result does not depend on it.
    #[serde(skip)]
    pub threads: Option<usize>,
}

/// The format of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceFormat {
    /// Cells with a delimiter between them.
    Csv,
    /// Cells with tabs between them.
    Tsv,
    /// Cells with one or more blanks between them.
    Blanks,
    /// Cells of fixed widths.
    Fixed,
    Parquet,
}

impl SourceFormat {
    /// As in JSON and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Blanks => "blanks",
            Self::Fixed => "fixed",
            Self::Parquet => "parquet",
        }
    }
}

/// Limits of an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// A longer row has a quote that was never closed, or is not part of a table.
    pub row_bytes_max: usize,
    pub columns_max: usize,
    /// How many problems the report itself lists.
    pub problems_listed: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { row_bytes_max: 16 << 20, columns_max: 200_000, problems_listed: 100 }
    }
}
