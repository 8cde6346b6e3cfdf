//! Splits bytes into rows and cells.
//!
//! Hven has its own reader, because CSV libraries drop two facts about a cell that are needed: whether it was quoted (an
//! empty cell is null, a quoted empty cell is an empty text), and its position in the source.

use std::borrow::Cow;

use memchr::memchr;

use super::Dialect;

/// The position of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    start: u32,
    end: u32,
    pub style: Style,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    /// Quoted; `start` and `end` exclude the quotes.
    Quoted,
    /// Quoted, with doubled quotes inside.
    Escaped,
    /// It starts with a quote that is never closed, or continues after the closing quote. The span includes the quotes.
    Faulty,
}

impl Span {
    /// The content of the cell, without its outer quotes and with doubled quotes reduced.
    #[inline]
    pub(crate) fn bytes<'a>(&self, block: &'a [u8], quote: u8) -> Cow<'a, [u8]> {
        if self.style == Style::Escaped { self.unescaped(block, quote).into() } else { self.raw(block).into() }
    }
    #[cold]
    fn unescaped(&self, block: &[u8], quote: u8) -> Vec<u8> {
        let bytes = self.raw(block);
        let mut text = Vec::with_capacity(bytes.len());
        let mut rest = bytes;
        while let Some(at) = memchr(quote, rest) {
            text.extend_from_slice(&rest[..=at]);
            // Skip the second of two quotes; inside, quotes occur only in pairs.
            rest = rest.get(at + 2..).unwrap_or_default();
        }
        text.extend_from_slice(rest);
        text
    }
    /// The bytes of the cell in the source, without the outer quotes.
    #[inline]
    pub(crate) fn raw<'a>(&self, block: &'a [u8]) -> &'a [u8] {
        &block[self.start as usize..self.end as usize]
    }
    pub(crate) fn is_quoted(&self) -> bool {
        self.style != Style::Plain
    }
}

/// Iterates over the rows of a block.
#[derive(Debug)]
pub(crate) struct Records<'a> {
    block: &'a [u8],
    dialect: Dialect,
    at: usize,
    line: u64,
    blank_lines: u64,
    /// The position of the eight bytes that were examined last.
    eight_at: usize,
    /// The high bits of those eight bytes mark the delimiters and line ends.
    stops: u64,
}

/// A position far from any block.
const NOWHERE: usize = usize::MAX - 16;

/// A row; its cells are in the caller's list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record {
    /// The line on which it starts.
    pub line: u64,
    /// Its position in the block, without the line end.
    pub start: usize,
    pub end: usize,
}

impl<'a> Records<'a> {
    /// `line` is the number of the block's first line. A block must be shorter than 4 GiB.
    pub(crate) fn new(block: &'a [u8], dialect: Dialect, line: u64) -> Self {
        Self { block, dialect, at: 0, line, blank_lines: 0, eight_at: NOWHERE, stops: 0 }
    }
    /// The line after the last row that was read.
    pub(crate) fn line(&self) -> u64 {
        self.line
    }
    pub(crate) fn at(&self) -> usize {
        self.at
    }
    /// The number of empty lines that were skipped.
    pub(crate) fn blank_lines(&self) -> u64 {
        self.blank_lines
    }

    /// The next row. A line without bytes is a row only if `blank_is_row`: in a table of one column it is an empty cell, in
    /// wider tables it is skipped.
    pub(crate) fn next(&mut self, cells: &mut Vec<Span>, blank_is_row: bool) -> Option<Record> {
        cells.clear();
        loop {
            if self.at >= self.block.len() {
                return None;
            }
            if blank_is_row {
                break;
            }
            let crlf = self.dialect.line_end == b'\n'
                && self.block[self.at] == b'\r'
                && self.block.get(self.at + 1) == Some(&b'\n');
            if self.block[self.at] != self.dialect.line_end && !crlf {
                break;
            }
            self.at += 1 + usize::from(crlf);
            self.line += 1;
            self.blank_lines += 1;
        }
        let (line, start) = (self.line, self.at);
        let mut lines = 1;
        let end = loop {
            let (span, stop) = self.cell(&mut lines);
            cells.push(span);
            match self.block.get(stop) {
                Some(byte) if *byte == self.dialect.delimiter => self.at = stop + 1,
                Some(_) => {
                    self.at = stop + 1;
                    break stop;
                }
                None => {
                    self.at = stop;
                    break stop;
                }
            }
        };
        let end = if self.ends_with_return(start, end) { end - 1 } else { end };
        self.line += lines;
        Some(Record { line, start, end })
    }

    fn ends_with_return(&self, start: usize, end: usize) -> bool {
        self.dialect.line_end == b'\n' && end > start && self.block[end - 1] == b'\r'
    }

    /// The cell at the current position, and the position of the delimiter or line end after it.
    fn cell(&mut self, lines: &mut u64) -> (Span, usize) {
        let start = self.at;
        if self.block.get(start) == Some(&self.dialect.quote) {
            return self.quoted_cell(lines);
        }
        let stop = self.find_stop(start);
        (self.span(start, self.without_return(start, stop), Style::Plain), stop)
    }

    /// Excludes the `\r` before a line end.
    fn without_return(&self, start: usize, stop: usize) -> usize {
        let at_line_end = self.block.get(stop).is_none_or(|byte| *byte == self.dialect.line_end);
        if at_line_end && self.ends_with_return(start, stop) { stop - 1 } else { stop }
    }

    fn span(&self, start: usize, end: usize, style: Style) -> Span {
        debug_assert!(u32::try_from(self.block.len()).is_ok());
        Span { start: start as u32, end: end as u32, style }
    }

    fn quoted_cell(&mut self, lines: &mut u64) -> (Span, usize) {
        let (block, quote) = (self.block, self.dialect.quote);
        let start = self.at + 1;
        let mut at = start;
        let mut style = Style::Quoted;
        loop {
            let Some(found) = memchr(quote, &block[at..]) else {
                *lines += count(self.dialect.line_end, &block[start..]);
                // A line end at the end of the block starts no further line.
                if block.last() == Some(&self.dialect.line_end) {
                    *lines -= 1;
                }
                return (self.span(self.at, block.len(), Style::Faulty), block.len());
            };
            let close = at + found;
            if block.get(close + 1) == Some(&quote) {
                style = Style::Escaped;
                at = close + 2;
                continue;
            }
            *lines += count(self.dialect.line_end, &block[start..close]);
            let stop = self.find_stop(close + 1);
            let after = &block[close + 1..self.without_return(close + 1, stop)];
            if after.iter().all(|byte| *byte == b' ') {
                return (self.span(start, close, style), stop);
            }
            return (self.span(self.at, self.without_return(self.at, stop), Style::Faulty), stop);
        }
    }

    /// The next delimiter or line end, or the end of the block. Examines eight bytes at a time, which often contain several cells.
    #[inline]
    fn find_stop(&mut self, start: usize) -> usize {
        let mut at = start;
        let within = start.wrapping_sub(self.eight_at);
        if within < 8 {
            let stops = self.stops & (u64::MAX << (within * 8));
            if stops != 0 {
                return self.eight_at + (stops.trailing_zeros() / 8) as usize;
            }
            at = self.eight_at + 8;
        }
        while let Some(Ok(eight)) = self.block.get(at..at + 8).map(<[u8; 8]>::try_from) {
            let eight = u64::from_le_bytes(eight);
            let stops = equal(eight, self.dialect.delimiter) | equal(eight, self.dialect.line_end);
            if stops != 0 {
                (self.eight_at, self.stops) = (at, stops);
                return at + (stops.trailing_zeros() / 8) as usize;
            }
            at += 8;
        }
        let rest = &self.block[at.min(self.block.len())..];
        let found = rest.iter().position(|byte| *byte == self.dialect.delimiter || *byte == self.dialect.line_end);
        found.map_or(self.block.len(), |found| at + found)
    }
}

/// Sets the high bit of each of eight bytes that equals `byte`.
#[inline]
fn equal(eight: u64, byte: u8) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const LOWS: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let other = eight ^ (ONES * u64::from(byte));
    // A byte is zero when its high bit is not set and adding to its low bits does not carry into the high bit.
    !(((other & LOWS) + LOWS) | other | LOWS)
}

fn count(needle: u8, bytes: &[u8]) -> u64 {
    memchr::memchr_iter(needle, bytes).count() as u64
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Rows as text with their lines and cells; quoted cells are shown in quotes.
    pub(crate) fn rows(text: &str, dialect: Dialect, blank_is_row: bool) -> Vec<String> {
        let mut records = Records::new(text.as_bytes(), dialect, 1);
        let mut cells = Vec::new();
        let mut rows = Vec::new();
        while let Some(record) = records.next(&mut cells, blank_is_row) {
            let shown: Vec<String> = cells
                .iter()
                .map(|cell| {
                    let text = crate::parse::shown(&cell.bytes(text.as_bytes(), dialect.quote));
                    match cell.style {
                        Style::Plain => text,
                        Style::Quoted | Style::Escaped => format!("\"{text}\""),
                        Style::Faulty => format!("!{text}"),
                    }
                })
                .collect();
            rows.push(format!("{}: {}", record.line, shown.join(" | ")));
        }
        rows
    }

    #[test]
    fn rows_and_cells() {
        let check = |text: &str, expect: &[&str]| assert_eq!(rows(text, Dialect::default(), false), expect, "{text:?}");
        check("a,b\n1,2\n", &["1: a | b", "2: 1 | 2"]);
        check("a,b\r\n1,2", &["1: a | b", "2: 1 | 2"]);
        check("a,,\n", &["1: a |  | "]);
        check("\n\r\n1\n\n2\n\n", &["3: 1", "5: 2"]);
        check("\"\",\"a,b\",\"c\"\"d\"\n", &["1: \"\" | \"a,b\" | \"c\"d\""]);
        check("\"x\ny\",1\r\nz,2\n", &["1: \"x\ny\" | 1", "3: z | 2"]);
        check("\"x\" ,1\n", &["1: \"x\" | 1"]);
        check("\"x\"y,1\n2,3\n", &["1: !\"x\"y | 1", "2: 2 | 3"]);
        check("5\" pipe,1\n", &["1: 5\" pipe | 1"]);
        check("1,\"never\nclosed\n", &["1: 1 | !\"never\nclosed\n"]);
        check(
            "long cell beyond eight bytes,another long one\n",
            &["1: long cell beyond eight bytes | another long one"],
        );
        check("", &[]);
        assert_eq!(rows("a\n\n\"\"\n", Dialect::default(), true), ["1: a", "2: ", "3: \"\""]);
        let old_mac = Dialect { line_end: b'\r', ..Dialect::default() };
        assert_eq!(rows("a,b\r1,2\r", old_mac, false), ["1: a | b", "2: 1 | 2"]);
    }
}
