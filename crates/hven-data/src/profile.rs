//! Profiles: a summary of every column of a table.
//!
//! Columns are read one by one from the written table, so that all sources are profiled in the same way. A profile is exact
//! for up to 16 million numbers or 130 thousand different texts. Beyond that, distinct counts and quantiles are estimates
//! and marked as such.

mod columns;
mod distinct_count;
mod extremes;
mod histogram;
mod numbers;
mod sketch;
mod texts;

pub(crate) use columns::profiles;
