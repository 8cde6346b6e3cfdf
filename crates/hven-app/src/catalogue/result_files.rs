//! The names of the files that recipes make for the catalogue.

use hven_core::name::Name;

/// The files that recipes write next to their tables.
pub(crate) const REPORT: &str = "report.json";

pub(crate) const SPLIT: &str = "split.json";

pub(crate) const TABLE: &str = "table.parquet";

/// The path of a part in the results of a split.
pub(crate) fn part_path(part: &Name) -> String {
    format!("parts/{part}.parquet")
}
