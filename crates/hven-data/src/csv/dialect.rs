//! How a CSV file is written.

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
