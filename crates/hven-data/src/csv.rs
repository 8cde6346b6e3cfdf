//! Reads text tables in two passes: the first finds the rows and the types of the columns, the second converts cells to
//! values. Both work in parallel on [`blocks`] of whole rows; the result never depends on the number of cores.

mod dialect;

pub(crate) mod blocks;
pub(crate) mod census;
pub(crate) mod convert;
pub(crate) mod encoding;
pub(crate) mod header;
pub(crate) mod import;
pub(crate) mod records;
pub(crate) mod skipped;
pub(crate) mod sniff;

pub(crate) use dialect::Dialect;
