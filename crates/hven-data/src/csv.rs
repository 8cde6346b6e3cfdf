//! Reading text tables, in two passes: the first finds where rows begin and what every column holds, the second turns
//! cells into values. Both work on [`blocks`] of whole rows, side by side on all cores; the result never depends on how
//! many there are.

pub(crate) mod blocks;
pub(crate) mod census;
pub(crate) mod convert;
pub(crate) mod encoding;
pub(crate) mod header;
pub(crate) mod import;
pub(crate) mod records;
pub(crate) mod sniff;

/// Which bytes mean what in a text table. All of them are ASCII, so they never lie within a letter of UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dialect {
    pub delimiter: u8,
    pub quote: u8,
    /// What ends a line: `\n` (a `\r` before it belongs to it), or `\r` alone.
    pub line_end: u8,
    /// Between whole and fraction of a number.
    pub decimal: u8,
}

impl Default for Dialect {
    fn default() -> Self {
        Self { delimiter: b',', quote: b'"', line_end: b'\n', decimal: b'.' }
    }
}
