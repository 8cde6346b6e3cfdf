//! Reading text tables, in two passes: the first finds where rows begin and what every column holds, the second turns
//! cells into values. Both work on [`blocks`] of whole rows, side by side on all cores; the result never depends on how
//! many there are.

mod dialect;

pub(crate) mod blocks;
pub(crate) mod census;
pub(crate) mod convert;
pub(crate) mod encoding;
pub(crate) mod header;
pub(crate) mod import;
pub(crate) mod records;
pub(crate) mod sniff;

pub(crate) use dialect::Dialect;
