//! Profiles: what every column of a table holds, at a glance.
//!
//! Columns are read one by one from the written table, so that there is one way to profile whatever the table was made
//! of. Up to 16 million numbers or 130 thousand different texts a profile is exact; beyond, distinct counts and quantiles
//! are estimates, and say so.

mod columns;
mod extremes;
mod histogram;
mod hyperloglog;
mod numbers;
mod sketch;
mod texts;

pub(crate) use columns::profiles;
