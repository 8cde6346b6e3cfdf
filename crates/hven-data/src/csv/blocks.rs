//! Cuts a text table into blocks of whole rows, without reading it into memory.
//!
//! Only a line end outside quotes ends a row, so a cut depends on quotes. Most blocks contain none, and there the cut is the
//! last line end. The cuts depend only on the file.

use std::io::Read;

use memchr::{memchr, memrchr};

use super::Dialect;
use crate::error::{Error, Result};

/// How much is read at a time, and about the length of a block.
pub(crate) const BLOCK_BYTES: usize = 4 << 20;

/// A part of the file with whole rows.
#[derive(Debug)]
pub(crate) struct Block {
    /// From the start of the file.
    pub offset: u64,
    pub bytes: Vec<u8>,
}

/// Reads blocks one after the other.
#[derive(Debug)]
pub(crate) struct Blocks<R> {
    source: R,
    dialect: Dialect,
    block_bytes: usize,
    row_bytes_max: usize,
    /// Bytes that were read but not returned yet.
    rest: Vec<u8>,
    offset: u64,
    at_end: bool,
    /// The first line of the next block, for messages.
    line: u64,
}

impl<R: Read> Blocks<R> {
    /// `offset` is the position of `source` in its file, and `line` the number of the line there.
    pub(crate) fn new(source: R, dialect: Dialect, row_bytes_max: usize, offset: u64, line: u64) -> Self {
        let block_bytes = BLOCK_BYTES.min(row_bytes_max);
        Self { source, dialect, block_bytes, row_bytes_max, rest: Vec::new(), offset, at_end: false, line }
    }

    #[cfg(test)]
    pub(crate) fn with_block_bytes(mut self, block_bytes: usize) -> Self {
        self.block_bytes = block_bytes;
        self
    }

    /// The next block; `None` at the end of the file.
    pub(crate) fn next(&mut self) -> Result<Option<Block>, BlockError> {
        let mut bytes = std::mem::take(&mut self.rest);
        let mut wanted = self.block_bytes;
        loop {
            self.fill(&mut bytes, wanted)?;
            if bytes.is_empty() {
                return Ok(None);
            }
            let end = if self.at_end { Some(bytes.len()) } else { last_row_end(&bytes, self.dialect) };
            match end {
                Some(end) => {
                    self.rest = bytes[end..].to_vec();
                    bytes.truncate(end);
                    let offset = self.offset;
                    self.offset += end as u64;
                    self.line += memchr::memchr_iter(self.dialect.line_end, &bytes).count() as u64;
                    return Ok(Some(Block { offset, bytes }));
                }
                None if bytes.len() > self.row_bytes_max => return Err(BlockError::RowTooLong { line: self.line }),
                None => wanted = (wanted * 2).min(self.row_bytes_max + 1),
            }
        }
    }

    /// Reads until `bytes` has `wanted` bytes, or to the end of the file.
    fn fill(&mut self, bytes: &mut Vec<u8>, wanted: usize) -> std::io::Result<()> {
        let missing = wanted.saturating_sub(bytes.len());
        if missing > 0 && !self.at_end {
            bytes.reserve_exact(missing);
            let read = (&mut self.source).take(missing as u64).read_to_end(bytes)?;
            self.at_end = read < missing;
        }
        Ok(())
    }
}

#[derive(Debug)]
pub(crate) enum BlockError {
    Io(std::io::Error),
    RowTooLong { line: u64 },
}
impl From<std::io::Error> for BlockError {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}
impl BlockError {
    pub(crate) fn at(self, path: &std::path::Path, row_bytes_max: usize) -> Error {
        match self {
            Self::Io(source) => Error::Io { path: path.to_owned(), source },
            Self::RowTooLong { line } => Error::RowTooLong { line, bytes_max: row_bytes_max as u64 },
        }
    }
}

/// The position after the last line end that ends a row; `bytes` start with a row. `None` if no row ends here.
fn last_row_end(bytes: &[u8], dialect: Dialect) -> Option<usize> {
    let Dialect { delimiter, quote, line_end, .. } = dialect;
    let mut cut = None;
    // Everything before this position is done, and the position is outside quotes.
    let mut outside = 0;
    let mut from = 0;
    while let Some(found) = memchr(quote, &bytes[from..]) {
        let open = from + found;
        let before = open.checked_sub(1).map(|at| bytes[at]);
        if before.is_some_and(|byte| byte != delimiter && byte != line_end) {
            // A quote inside an unquoted cell is an ordinary character.
            from = open + 1;
            continue;
        }
        cut = memrchr(line_end, &bytes[outside..open]).map(|at| outside + at + 1).or(cut);
        let mut at = open + 1;
        loop {
            let Some(found) = memchr(quote, &bytes[at..]) else { return cut };
            let close = at + found;
            match bytes.get(close + 1) {
                Some(byte) if *byte == quote => at = close + 2,
                Some(_) => {
                    outside = close + 1;
                    from = outside;
                    break;
                }
                // The next byte decides whether the quote closes the cell or is the first of two.
                None => return cut,
            }
        }
    }
    memrchr(line_end, &bytes[outside..]).map(|at| outside + at + 1).or(cut)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::csv::records::tests::rows;

    fn cut(text: &str, block_bytes: usize, row_bytes_max: usize) -> Result<Vec<String>, BlockError> {
        let mut blocks =
            Blocks::new(text.as_bytes(), Dialect::default(), row_bytes_max, 0, 1).with_block_bytes(block_bytes);
        let mut all = Vec::new();
        while let Some(block) = blocks.next()? {
            assert_eq!(block.bytes, &text.as_bytes()[block.offset as usize..][..block.bytes.len()]);
            all.push(String::from_utf8(block.bytes).expect("cut between letters"));
        }
        Ok(all)
    }

    #[test]
    fn blocks_end_where_rows_end() {
        let check =
            |text: &str, expect: &[&str]| assert_eq!(cut(text, 8, 100).expect("no long row"), expect, "{text:?}");
        check("a,b\n1,2\n3,4\n5", &["a,b\n1,2\n", "3,4\n5"]);
        check("a\n\"x\ny\nz\"\nb\n", &["a\n", "\"x\ny\nz\"\n", "b\n"]);
        check("5\" x\nb\nccccc\n", &["5\" x\nb\n", "ccccc\n"]);
        check("\"aaaaa\"\"\nb\"\nc\ndddd\n", &["\"aaaaa\"\"\nb\"\nc\n", "dddd\n"]);
        check("", &[]);
    }

    #[test]
    fn a_row_that_is_too_long_is_refused_with_its_line() {
        let check = |text: &str, line: u64| match cut(text, 4, 10) {
            Err(BlockError::RowTooLong { line: found }) => assert_eq!(found, line, "{text}"),
            other => panic!("{text}: {other:?}"),
        };
        check(&"x".repeat(1000), 1);
        check(&format!("a\nb\n{}", "x".repeat(1000)), 3);
        check(&format!("a\nb\n{}", "x".repeat(11)), 3);
        check("a\n\"never closed\nand on\nand on\n", 2);
        assert!(cut("0123456789", 4, 10).is_ok());
    }

    proptest::proptest! {
        #[test]
        fn blocks_of_any_size_contain_the_same_rows(text in "[ab\",\n\r]{0,60}", block_bytes in 1_usize..20) {
            let whole = rows(&text, Dialect::default(), false);
            let mut found = Vec::new();
            let mut line = 1;
            for block in cut(&text, block_bytes, 1000).expect("no long row") {
                for row in rows(&block, Dialect::default(), false) {
                    let (number, cells) = row.split_once(": ").expect("a numbered row");
                    found.push(format!("{}: {cells}", number.parse::<u64>().expect("a number") + line - 1));
                }
                line += block.matches('\n').count() as u64;
            }
            proptest::prop_assert_eq!(found, whole);
        }
    }
}
