//! The first pass: counts over the whole file which types each cell could have.
//!
//! A sample would be faster but wrong: the only cell that is not a number is often in the last row.

use std::collections::HashMap;

use super::{
    class::{Class, Classifier, Near},
    evidence::Evidence,
    records::{Records, Span, Style},
};
use crate::{parse, units};

/// The counts of a part of the file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Census {
    pub columns: Vec<Evidence>,
    /// Multi-byte letters, and bytes that belong to no letter.
    pub letters: u64,
    pub strays: u64,
    pub blank_lines: u64,
    pub rows: u64,
    /// Rows that begin as comments do, with fewer or more cells than the table has columns.
    pub comment_rows: u64,
    /// The same with all cells, and a blank after the sign.
    pub whole_comment_rows: u64,
    /// The same with all cells, and no blank: these are rows.
    pub marked_rows: u64,
    classes: HashMap<Vec<u8>, Class>,
}

/// The form of the table whose cells are counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TableForm {
    pub columns: usize,
    /// An empty line is a row.
    pub has_blank_rows: bool,
    /// The first byte of comments, in this file.
    pub comment: u8,
}

/// The numbers of rows and lines in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    pub rows: u64,
    pub lines: u64,
}

/// How many unit suffixes are remembered with their class.
const REMEMBERED_MAX: usize = 1 << 10;
/// The longest remembered suffix.
const REMEMBERED_BYTES_MAX: usize = 40;

impl Census {
    pub(crate) fn new(columns: usize) -> Self {
        Self { columns: vec![Evidence::default(); columns], ..Self::default() }
    }

    /// Counts the cells of a block; `number` is the number of the block in the file.
    pub(crate) fn count(
        &mut self,
        block: &[u8],
        number: usize,
        form: TableForm,
        classifier: &Classifier,
        cells: &mut Vec<Span>,
    ) -> Extent {
        if simdutf8::basic::from_utf8(block).is_err() {
            let (letters, strays) = super::encoding::utf8_evidence(block);
            self.letters += letters;
            self.strays += strays;
        } else if !block.is_ascii() {
            self.letters += 1;
        }
        let mut records = Records::new(block, classifier.dialect, 1);
        let mut rows = 0;
        while let Some(record) = records.next(cells, form.has_blank_rows) {
            rows += 1;
            if block.get(record.start) == Some(&form.comment) {
                let has_blank = matches!(block.get(record.start + 1), Some(b' ' | b'\t'));
                *(match (cells.len() == form.columns, has_blank) {
                    (false, _) => &mut self.comment_rows,
                    (true, true) => &mut self.whole_comment_rows,
                    (true, false) => &mut self.marked_rows,
                }) += 1;
            }
            for (cell, evidence) in cells.iter().zip(&mut self.columns) {
                if cell.style == Style::Faulty {
                    evidence.count(Class::Other, false);
                    continue;
                }
                let bytes = cell.bytes(block, classifier.dialect.quote);
                let class = classifier.class(&bytes);
                // Parsing a unit is expensive, and the same units recur.
                let class =
                    if class == Class::Near(Near::Unit) { unit_class(&bytes, &mut self.classes) } else { class };
                if class == Class::Null && !bytes.is_empty() && !cell.is_quoted() {
                    evidence.count_null(&bytes);
                }
                if let Some(kind) = evidence.count(class, cell.is_quoted()) {
                    evidence.keep(kind, number, record.line, &bytes);
                }
            }
        }
        self.rows += rows;
        self.blank_lines += records.blank_lines();
        Extent { rows, lines: records.line() - 1 }
    }

    /// Adds the counts of another part of the file; the order does not matter.
    pub(crate) fn add(&mut self, other: &Self) {
        for (mine, theirs) in self.columns.iter_mut().zip(&other.columns) {
            mine.add(theirs);
        }
        self.letters += other.letters;
        self.strays += other.strays;
        self.blank_lines += other.blank_lines;
        self.rows += other.rows;
        self.comment_rows += other.comment_rows;
        self.whole_comment_rows += other.whole_comment_rows;
        self.marked_rows += other.marked_rows;
    }

    /// Whether the rows that begin as comments do are comments: none has all cells, or only they have a text in the first
    /// column.
    pub(crate) fn has_comments(&self) -> bool {
        let rows = self.comment_rows + self.whole_comment_rows;
        let only_they_are_texts =
            self.columns.first().is_some_and(|first| first.others() == rows && first.has_values());
        let are_few = rows > 0 && rows * 2 < self.rows && self.marked_rows == 0;
        are_few && (self.whole_comment_rows == 0 || only_they_are_texts)
    }
}

/// Whether the text after a number is a unit; `known` caches earlier results.
fn unit_class(cell: &[u8], known: &mut HashMap<Vec<u8>, Class>) -> Class {
    let cell = parse::trim(cell);
    let end = cell.iter().position(|byte| !byte.is_ascii_digit() && !b"+-.,eE".contains(byte)).unwrap_or(cell.len());
    let suffix = parse::trim(&cell[end..]);
    if let Some(class) = known.get(suffix) {
        return *class;
    }
    let is_unit = std::str::from_utf8(suffix).is_ok_and(|text| units::parse(text).is_ok());
    let class = if is_unit { Class::Near(Near::Unit) } else { Class::Other };
    if known.len() < REMEMBERED_MAX && suffix.len() <= REMEMBERED_BYTES_MAX {
        known.insert(suffix.to_vec(), class);
    }
    class
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ImportOptions,
        csv::{Dialect, number_style::StyleFinder},
        nulls::Nulls,
    };

    /// The type of a column of cells, and the notes on it.
    fn decided(cells: &[&str], options: &ImportOptions) -> (String, String) {
        let mut census = Census::new(1);
        let dialect = Dialect { delimiter: b'\t', ..Dialect::default() };
        let classifier = Classifier::new(dialect, Nulls::of(options));
        let form = TableForm { columns: 1, has_blank_rows: true, comment: b'#' };
        census.count(cells.join("\n").as_bytes(), 0, form, &classifier, &mut Vec::new());
        let finder = StyleFinder::new(b'.', &census.columns, options);
        let decided = census.columns[0].decide("x", &finder, &[2]);
        let notes = decided.about_style.iter().filter(|_| decided.column_type.is_number()).chain(&decided.about_type);
        let notes: Vec<&str> = notes.map(|note| note.text.as_str()).collect();
        (decided.column_type.to_string(), notes.join("\n"))
    }

    fn column_type(cells: &[&str]) -> String {
        let (column_type, notes) = decided(cells, &ImportOptions::default());
        format!("{column_type}{}", if notes.is_empty() { "" } else { " (noted)" })
    }

    #[test]
    fn types_follow_from_all_cells() {
        let check = |cells: &[&str], expect: &str| assert_eq!(column_type(cells), expect, "{cells:?}");
        check(&["1", "2", "NA", "-3", " 4 "], "int64");
        check(&["1", "2.5", "1e3", "inf", "-inf"], "float64");
        check(&["1", "9223372036854775808"], "decimal(38,0)");
        check(&["1.5", "9223372036854775808"], "float64 (noted)");
        check(&["1", "1234567890123456789012345678901234567890"], "text (noted)");
        check(&["007", "123"], "text (noted)");
        check(&["true", "FALSE", ""], "bool");
        check(&["2026-05-01", "0000-01-01"], "date");
        check(&["2026-05-01", "2026-05-01T12:00"], "timestamp");
        check(&["2026-05-01T12:00Z", "2026-05-01T12:00+01:00"], "timestamp_utc");
        check(&["a", "1"], "text");
        check(&["", "NA"], "text (noted)");
        check(&["\"\"", "\"NA\""], "text");
        check(&["NaN", "nan", ""], "float64 (noted)");
        check(&["NA", "-nan"], "float64");
        check(&["\"NaN\"", "\"NaN\""], "text");
        check(&["inf", "-inf", "NaN"], "float64");
        check(&["1", "2", "3", "x"], "int64 (noted)");
        check(&["1", "2", "x", "y"], "text");
        check(&["1", "2", "3", "x", "y"], "text (noted)");
        check(&["1", "2", "3", "5 km", "1,234"], "int64 (noted)");
        check(&["5 km", "6 km"], "text (noted)");
        check(&["1.0", "1e400"], "float64 (noted)");
        check(&["12 Main Street", "13 Main Street", "4", "5"], "text");
        check(&["-nan", "1.5", "nan(ind)"], "float64");
        check(&["1.0D+03", "2.5D-01"], "float64 (noted)");
        check(&["0.671000-101", "0.5E+00"], "float64 (noted)");
        check(&["1.5-2", "2.5-3"], "text (noted)");
        check(&["12-3", "14-5"], "text");
        check(&["0.1", "0.2", "0.3", "****"], "float64 (noted)");
        check(&["0.1", "***", "***", "**", "*"], "text");
    }

    #[test]
    fn separators_are_decided_by_the_whole_column() {
        let check = |cells: &[&str], expect: &str| assert_eq!(column_type(cells), expect, "{cells:?}");
        check(&["1.234", "2.500", "0.125"], "float64");
        check(&["1.234", "2.500", "3.125"], "float64 (noted)");
        check(&["1.234", "2.500", "1500"], "float64");
        check(&["1.234", "2.500", "998", "12.040"], "text (noted)");
        check(&["5", "7", "9", "998", "12.040"], "int64 (noted)");
        check(&["1.234", "2.500", "998", "1.212.040"], "int64 (noted)");
        check(&["1.299,95", "987,10", "450,5"], "float64 (noted)");
        check(&["1,299.95", "987.10"], "float64 (noted)");
        check(&["12,5", "9,75"], "float64 (noted)");
        check(&["1'234", "998", "12'345"], "int64 (noted)");
        check(&["1 234", "1\u{a0}234,5", "1\u{202f}234"], "float64 (noted)");
        check(&["1,234", "2,500"], "text (noted)");
        let said = |options: ImportOptions| decided(&["1.234", "2.500", "998"], &options).0;
        let thousands = |sign: &str| ImportOptions { thousands: Some(sign.to_owned()), ..Default::default() };
        assert_eq!(said(ImportOptions { decimal: Some(','), ..Default::default() }), "int64");
        assert_eq!(said(ImportOptions { decimal: Some('.'), ..Default::default() }), "float64");
        assert_eq!((said(thousands(".")), said(thousands("none"))), ("int64".to_owned(), "float64".to_owned()));
    }

    #[test]
    fn notes_quote_the_cells_with_their_lines() {
        let note = |cells: &[&str]| decided(cells, &ImportOptions::default()).1;
        insta::assert_snapshot!(note(&["1.234", "2.500", "998", "7"]), @r#"
        x: cells such as "1.234" (line 2), "2.500" (line 3) are not read, because '.' may be a decimal separator or stand between thousands; say decimal = "." or decimal = ","
        x is int64 with 2 cells that are not: "1.234" (line 2), "2.500" (line 3); if they are meant, say type x = text
        "#);
        insta::assert_snapshot!(note(&["1", "2", "3", "oops"]), @r#"x is int64 with 1 cell that is not: "oops" (line 5); if they are meant, say type x = text"#);
        insta::assert_snapshot!(note(&["1", "2", "3", "a", "b"]), @r#"x is text, although 3 of its 5 cells are numbers: cells such as "a" (line 5), "b" (line 6) are none; say type x = float64 to read the numbers and to list the others"#);
        insta::assert_snapshot!(note(&["1.0D+03", "2.5D-01"]), @r#"x: cells such as "1.0D+03" (line 2), "2.5D-01" (line 3) are read as numbers with an exponent, as Fortran writes them (D or Q instead of E, or no letter)"#);
        insta::assert_snapshot!(note(&["1.299,95", "987,10"]), @r#"x: numbers such as "1.299,95" (line 2) are read with separators between thousands, and numbers such as "987,10" (line 3) are read with a decimal comma; say decimal or thousands (such as thousands = none) if they are not"#);
    }
}
