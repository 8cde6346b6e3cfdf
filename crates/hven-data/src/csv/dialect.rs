//! The dialect of a CSV file.

/// The special bytes of a text table. All are ASCII, so they never occur inside a UTF-8 letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dialect {
    pub delimiter: u8,
    pub quote: u8,
    /// The end of a line: `\n` (with an optional `\r` before it), or `\r` alone.
    pub line_end: u8,
    /// The decimal separator.
    pub decimal: u8,
}

impl Default for Dialect {
    fn default() -> Self {
        Self { delimiter: b',', quote: b'"', line_end: b'\n', decimal: b'.' }
    }
}
