//! Checks the page headers of a Parquet file before its pages are read.
//!
//! A page header states the packed and unpacked size of the page, and the library allocates that much memory. To keep a few
//! bytes from requesting gigabytes, every header is checked first. Headers are small, so this is cheap. They are Thrift
//! structures in the compact protocol; only their sizes and counts are read.

use parquet::file::{
    metadata::{ColumnChunkMetaData, ParquetMetaData},
    reader::ChunkReader,
};

use crate::{
    error::{Error, Result},
    guard::{SharedFile, damaged},
};

/// The largest page that is unpacked; a usual page has a megabyte.
const PAGE_BYTES_MAX: i64 = 512 << 20;
/// How many bytes are read first to find a header.
const HEADER_BYTES: u64 = 4 << 10;
/// The limit, for headers with long statistics.
const HEADER_BYTES_MAX: u64 = 8 << 20;
const DEPTH_MAX: usize = 16;

/// The relevant fields of a header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Header {
    bytes: u64,
    unpacked: i64,
    packed: i64,
    /// The number of values in a data page.
    values: i64,
    dictionary_values: i64,
}

/// Checks all pages of the file against its footer.
pub(crate) fn check(file: &SharedFile, metadata: &ParquetMetaData) -> Result<()> {
    for group in metadata.row_groups() {
        for column in group.columns() {
            chunk(file, column)?;
        }
    }
    Ok(())
}

fn chunk(file: &SharedFile, column: &ColumnChunkMetaData) -> Result<()> {
    let (start, length) = column.byte_range();
    let refuse = |what: &str| {
        let why = format!("a page of the column {:?} {what}", column.column_path().string());
        Err(Error::Damaged { why })
    };
    let (mut at, end) = (start, start + length);
    let mut missing = column.num_values();
    while at < end && missing > 0 {
        let Some(header) = header(file, at, end)? else { return refuse("has no readable header") };
        let behind = at + header.bytes;
        if header.packed < 0 || behind.checked_add(header.packed as u64).is_none_or(|behind| behind > end) {
            return refuse("is said to be longer than what is there");
        }
        if !(0..=PAGE_BYTES_MAX).contains(&header.unpacked) {
            return refuse(&format!("is said to unpack to {} bytes", header.unpacked));
        }
        if header.values < 0 || header.values > missing {
            return refuse(&format!("is said to hold {} values, and {missing} are left", header.values));
        }
        // Each value of a dictionary takes at least one byte.
        if header.dictionary_values < 0 || header.dictionary_values > header.unpacked {
            return refuse(&format!(
                "is said to hold {} values in {} bytes",
                header.dictionary_values, header.unpacked
            ));
        }
        missing -= header.values;
        at = behind + header.packed as u64;
    }
    if missing > 0 { refuse("is missing") } else { Ok(()) }
}

fn header(file: &SharedFile, at: u64, end: u64) -> Result<Option<Header>> {
    let mut wanted = HEADER_BYTES;
    loop {
        let length = wanted.min(end - at);
        let bytes = file.get_bytes(at, length as usize).map_err(|error| damaged(&error))?;
        match parse(&bytes) {
            None if length < end - at && wanted < HEADER_BYTES_MAX => wanted *= 8,
            found => return Ok(found),
        }
    }
}

/// Parses a header; `None` if the bytes end before the header or contain none.
fn parse(bytes: &[u8]) -> Option<Header> {
    let mut parser = HeaderParser { bytes, at: 0 };
    let mut header = Header::default();
    parser.structure(0, &mut |path, value| match path {
        [2] => header.unpacked = value,
        [3] => header.packed = value,
        [5 | 8, 1] => header.values = value,
        [7, 1] => header.dictionary_values = value,
        _ => {}
    })?;
    header.bytes = parser.at as u64;
    Some(header)
}

struct HeaderParser<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl HeaderParser<'_> {
    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }
    fn skip(&mut self, count: u64) -> Option<()> {
        let end = (self.at as u64).checked_add(count)?;
        if end > self.bytes.len() as u64 {
            return None;
        }
        self.at = end as usize;
        Some(())
    }
    fn varint(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }
    fn signed(&mut self) -> Option<i64> {
        let value = self.varint()?;
        Some((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    /// Calls `number` for each whole number, with its path of field numbers.
    fn structure(&mut self, depth: usize, number: &mut dyn FnMut(&[i64], i64)) -> Option<()> {
        if depth > DEPTH_MAX {
            return None;
        }
        let mut field = 0_i64;
        loop {
            let head = self.byte()?;
            if head == 0 {
                return Some(());
            }
            field = if head >> 4 == 0 { self.signed()? } else { field.checked_add(i64::from(head >> 4))? };
            match head & 0x0f {
                1 | 2 => {}
                4..=6 => {
                    let value = self.signed()?;
                    number(&[field], value);
                }
                12 => self.structure(depth + 1, &mut |path, value| {
                    // Deeper fields are not needed.
                    if let [inner] = path {
                        number(&[field, *inner], value);
                    }
                })?,
                kind => self.value(kind, depth)?,
            }
        }
    }

    fn value(&mut self, kind: u8, depth: usize) -> Option<()> {
        if depth > DEPTH_MAX {
            return None;
        }
        match kind {
            1..=3 => self.skip(1),
            4..=6 => self.varint().map(|_| ()),
            7 => self.skip(8),
            8 => {
                let length = self.varint()?;
                self.skip(length)
            }
            9 | 10 => {
                let head = self.byte()?;
                let count = if head >> 4 == 15 { self.varint()? } else { u64::from(head >> 4) };
                // Each element takes at least one byte, so a wrong count ends soon.
                (0..count).try_for_each(|_| self.value(head & 0x0f, depth + 1))
            }
            11 => {
                let count = self.varint()?;
                if count == 0 {
                    return Some(());
                }
                let kinds = self.byte()?;
                (0..count).try_for_each(|_| {
                    self.value(kinds >> 4, depth + 1)?;
                    self.value(kinds & 0x0f, depth + 1)
                })
            }
            12 => self.structure(depth + 1, &mut |_, _| ()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_and_wrong_sizes_are_refused() {
        // type = data page, unpacked 100, packed 50, {num_values 7, …}
        let good = [0x15, 0, 0x15, 200, 1, 0x15, 100, 0x2c, 0x15, 14, 0x15, 0, 0, 0];
        let expect = Header { bytes: 14, unpacked: 100, packed: 50, values: 7, dictionary_values: 0 };
        assert_eq!(parse(&good), Some(expect));
        for length in 0..good.len() {
            assert_eq!(parse(&good[..length]), None, "{length}");
        }
        // A text of 2⁴⁰ bytes, a list of 2⁶⁰ structures, endless nested structures.
        assert_eq!(parse(&[0x18, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20]), None);
        assert_eq!(parse(&[0x19, 0xfc, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10]), None);
        assert_eq!(parse(&[0x1c; 100]), None);
    }
}
