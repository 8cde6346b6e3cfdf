//! Reads text tables in two passes: the first finds the rows and the types of the columns, the second converts cells to
//! values. Both work in parallel on [`blocks`] of whole rows; the result never depends on the number of cores.

mod column_type;
mod columns;
mod delimiter;
mod diagnosis;
mod dialect;
mod import;
mod names;
mod number_style;
mod preamble;
mod row_ends;

pub(crate) mod blocks;
pub(crate) mod census;
pub(crate) mod class;
pub(crate) mod convert;
pub(crate) mod encoding;
pub(crate) mod evidence;
pub(crate) mod header;
pub(crate) mod layout;
pub(crate) mod records;
pub(crate) mod skipped;
pub(crate) mod sniff;
pub(crate) mod source_text;

pub(crate) use dialect::Dialect;
