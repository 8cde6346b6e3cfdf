//! Detects the format of a file from its first bytes. If it is not a table, the error names the format and the next step.

use hven_core::dataset::report::Encoding;

use crate::error::{Error, Result};

/// The detected format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detected {
    Parquet,
    Text { encoding: Encoding, bom: bool },
}

/// How many bytes are examined.
pub(crate) const HEAD_BYTES: usize = 64 << 10;

/// First bytes, the format that they start, and what the user can do.
const MAGIC: &[(&[u8], &str, &str)] = &[
    (b"\x89PNG", "a PNG image", DATA),
    (b"\xff\xd8\xff", "a JPEG image", DATA),
    (b"GIF8", "a GIF image", DATA),
    (b"II*\0", "a TIFF image", DATA),
    (b"MM\0*", "a TIFF image", DATA),
    (b"%PDF", "a PDF document", "export the table as CSV first"),
    (b"PK\x03\x04", "a ZIP archive or an office document such as .xlsx", "unpack it, or export the sheet as CSV"),
    (b"\xd0\xcf\x11\xe0", "an old office document such as .xls", "export the sheet as CSV"),
    (b"\x1f\x8b", "compressed with gzip", "unpack it first: gunzip FILE"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd", "unpack it first: unzstd FILE"),
    (b"BZh", "compressed with bzip2", "unpack it first: bunzip2 FILE"),
    (b"\xfd7zXZ\0", "compressed with xz", "unpack it first: unxz FILE"),
    (b"\x89HDF", "an HDF5 file", "write the table in it as CSV or Parquet"),
    (b"CDF\x01", "a NetCDF file", "write the table in it as CSV or Parquet"),
    (b"CDF\x02", "a NetCDF file", "write the table in it as CSV or Parquet"),
    (b"SIMPLE  =", "a FITS file", "write the table in it as CSV or Parquet"),
    (b"SQLite format 3\0", "an SQLite database", "write one of its tables as CSV"),
    (b"ARROW1", "an Arrow file", "write it as Parquet"),
    (b"FEA1", "a Feather file", "write it as Parquet"),
    (b"\x93NUMPY", "a NumPy array", "write it as CSV or Parquet"),
    (b"\x7fELF", "a program", DATA),
    (b"<?xml", "XML", "write the table in it as CSV or Parquet"),
    (b"<!DOCTYPE", "a web page", "save the table in it as CSV"),
    (b"<!doctype", "a web page", "save the table in it as CSV"),
    (b"<html", "a web page", "save the table in it as CSV"),
];
const DATA: &str = "CSV and Parquet files are read";

/// Examines the first bytes of a file (up to [`HEAD_BYTES`]).
///
/// # Errors
/// [`Error::Empty`] and [`Error::NotATable`].
pub(crate) fn detect(head: &[u8]) -> Result<Detected> {
    if head.is_empty() {
        return Err(Error::Empty);
    }
    if head.starts_with(b"PAR1") {
        return Ok(Detected::Parquet);
    }
    let not = |what: &str, hint: &str| Err(Error::NotATable { what: what.to_owned(), hint: hint.to_owned() });
    if head.starts_with(b"PARE") {
        return not("an encrypted Parquet file", "write it without encryption");
    }
    if head.starts_with(b"\xff\xfe\0\0") || head.starts_with(b"\0\0\xfe\xff") {
        return not("text in UTF-32", "write it in UTF-8");
    }
    let text = |encoding, bom| Ok(Detected::Text { encoding, bom });
    if let Some(rest) = head.strip_prefix(b"\xef\xbb\xbf") {
        return if rest.is_empty() {
            Err(Error::Empty)
        } else {
            json(rest).map_or_else(|| text(Encoding::Utf8, true), Err)
        };
    }
    if let Some(rest) = head.strip_prefix(b"\xff\xfe") {
        return if rest.is_empty() { Err(Error::Empty) } else { text(Encoding::Utf16Le, true) };
    }
    if let Some(rest) = head.strip_prefix(b"\xfe\xff") {
        return if rest.is_empty() { Err(Error::Empty) } else { text(Encoding::Utf16Be, true) };
    }
    if let Some((_, what, hint)) = MAGIC.iter().find(|(magic, _, _)| head.starts_with(magic)) {
        return not(what, hint);
    }
    if let Some(encoding) = utf16_without_mark(head) {
        return text(encoding, false);
    }
    let control = |byte: &&u8| **byte < 0x20 && !matches!(**byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b);
    if head.iter().filter(control).count() * 100 > head.len() || head.contains(&0) {
        return not("binary data", DATA);
    }
    json(head).map_or_else(|| text(Encoding::Utf8, false), Err)
}

/// Recognises UTF-16 without a byte order mark: mostly Western text has a zero in every second byte.
fn utf16_without_mark(head: &[u8]) -> Option<Encoding> {
    let zeros = |first: usize| head.iter().skip(first).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let pairs = head.len() / 2;
    if odd * 3 > pairs && even == 0 {
        Some(Encoding::Utf16Le)
    } else if even * 3 > pairs && odd == 0 {
        Some(Encoding::Utf16Be)
    } else {
        None
    }
}

/// An error if text looks like JSON.
fn json(head: &[u8]) -> Option<Error> {
    let mut letters = head.iter().filter(|byte| !byte.is_ascii_whitespace());
    let is_json = matches!(
        (letters.next(), letters.next()),
        (Some(b'{'), Some(b'"' | b'}')) | (Some(b'['), Some(b'{' | b'[' | b'"' | b'0'..=b'9' | b'-' | b']'))
    );
    is_json.then(|| Error::NotATable {
        what: "JSON".to_owned(),
        hint: "write it as CSV or Parquet, one row per record".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_detected() {
        let found = |head: &[u8]| match detect(head) {
            Ok(Detected::Parquet) => "Parquet".to_owned(),
            Ok(Detected::Text { encoding, bom }) => format!("{encoding}{}", if bom { " with mark" } else { "" }),
            Err(error) => error.to_string(),
        };
        let check = |head: &[u8], expect: &str| assert_eq!(found(head), expect);
        check(b"", "the file is empty: there is no table in it");
        check(b"\xef\xbb\xbf", "the file is empty: there is no table in it");
        check(b"PAR1...", "Parquet");
        check(b"a,b\n1,2\n", "UTF-8");
        check(b"\xef\xbb\xbfa,b\n", "UTF-8 with mark");
        check(b"\xff\xfea\0,\0", "UTF-16 (little endian) with mark");
        check(b"a\0,\0b\0\n\0", "UTF-16 (little endian)");
        check(b"\0a\0,\0b\0\n", "UTF-16 (big endian)");
        check(b"\x89PNG\r\n", "this is a PNG image, not a table; CSV and Parquet files are read");
        check(
            b"PK\x03\x04..",
            "this is a ZIP archive or an office document such as .xlsx, not a table; unpack it, or export the sheet as CSV",
        );
        check(b"\x1f\x8b\x08", "this is compressed with gzip, not a table; unpack it first: gunzip FILE");
        check(b"abc\0\0\0def", "this is binary data, not a table; CSV and Parquet files are read");
        check(b" [\n {\"a\": 1}]", "this is JSON, not a table; write it as CSV or Parquet, one row per record");
        check(b"{\"a\": [1]}", "this is JSON, not a table; write it as CSV or Parquet, one row per record");
        check(b"[name],b\n", "UTF-8");
        check("名,値\n".as_bytes(), "UTF-8");
    }
}
