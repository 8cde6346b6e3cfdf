//! The names of the files that recipes make for the catalogue.

use hven_core::name::Name;

/// What recipes write beside their tables.
pub(crate) const REPORT: &str = "report.json";

pub(crate) const SPLIT: &str = "split.json";

pub(crate) const TABLE: &str = "table.parquet";

/// Where a split puts a part.
pub(crate) fn part_path(part: &Name) -> String {
    format!("parts/{part}.parquet")
}
