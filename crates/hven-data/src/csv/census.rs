//! The first pass: counts over the whole file which types each cell could have, and derives the column's type.
//!
//! A sample would be faster but wrong: the only cell that is not a number is often in the last row.

use std::collections::HashMap;

use hven_core::dataset::{ColumnType, DECIMAL_DIGITS_MAX};

use super::{
    Dialect,
    records::{Records, Span, Style},
};
use crate::{
    nulls::Nulls,
    parse::{self, calendar, number},
    units,
};

/// The type that a single cell could have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Null,
    Bool,
    /// A whole number within 64 bits.
    Int,
    /// A whole number with leading zeros, which a number would lose.
    Padded,
    /// A whole number beyond 64 bits with at most 38 digits.
    Big,
    Float,
    Date,
    Moment {
        zoned: bool,
    },
    /// Almost a number.
    Near(Near),
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Near {
    Unit,
    Thousands,
    TooLarge,
    Comma,
}

/// Classifies cells.
#[derive(Clone, Debug)]
pub(crate) struct Classifier {
    dialect: Dialect,
    nulls: Nulls,
}

impl Classifier {
    pub(crate) fn new(dialect: Dialect, nulls: Nulls) -> Self {
        Self { dialect, nulls }
    }

    #[inline]
    pub(crate) fn class(&self, cell: &[u8]) -> Class {
        // Most texts are recognised by their first letter.
        match cell.first() {
            Some(b'A'..=b'Z' | b'a'..=b'z' | 0x80..) if self.is_text_by_first(cell[0]) => Class::Other,
            Some(b'0'..=b'9' | b'-') => self.plain_number(cell).unwrap_or_else(|| self.class_by_all(cell)),
            _ => self.class_by_all(cell),
        }
    }

    /// The fast path for short, ordinary numbers.
    #[inline]
    fn plain_number(&self, cell: &[u8]) -> Option<Class> {
        if self.nulls.may_be(cell) || cell.len() > 18 {
            return None;
        }
        let digits = cell.strip_prefix(b"-").unwrap_or(cell);
        let mut points = 0;
        for byte in digits {
            if !byte.is_ascii_digit() {
                points += 1;
                if *byte != self.dialect.decimal {
                    return None;
                }
            }
        }
        match (points, digits) {
            (0, [b'1'..=b'9', ..] | [b'0']) => Some(Class::Int),
            (1, [_, _, ..]) => Some(Class::Float),
            _ => None,
        }
    }

    fn is_text_by_first(&self, first: u8) -> bool {
        !self.nulls.may_begin_with(first) && !matches!(first | 0x20, b't' | b'f' | b'i' | b'n')
    }

    fn class_by_all(&self, cell: &[u8]) -> Class {
        let cell = parse::trim(cell);
        if self.nulls.has(cell) {
            return Class::Null;
        }
        match cell.first() {
            Some(b'0'..=b'9' | b'+' | b'-' | b'.' | b',') => self.number_like(cell),
            Some(b't' | b'T' | b'f' | b'F') if parse::boolean(cell).is_some() => Class::Bool,
            Some(b'i' | b'I' | b'n' | b'N') if number::float64(cell, b'.').is_some() => Class::Float,
            _ => Class::Other,
        }
    }

    fn number_like(&self, cell: &[u8]) -> Class {
        // A date by its form: no number has such a character at this position.
        if cell.len() >= 10
            && matches!(cell[4], b'-' | b'/')
            && let Some(class) = day_or_moment(cell)
        {
            return class;
        }
        match number::scan(cell, self.dialect.decimal) {
            Some(found) if found.end == cell.len() => {
                if !found.whole {
                    let too_large = (found.exponent || found.digits > 300)
                        && number::float64(cell, self.dialect.decimal).is_some_and(f64::is_infinite);
                    if too_large { Class::Near(Near::TooLarge) } else { Class::Float }
                } else if found.padded {
                    Class::Padded
                } else if found.digits <= 18 || number::int64(cell).is_some() {
                    Class::Int
                } else if found.digits <= usize::from(DECIMAL_DIGITS_MAX) {
                    Class::Big
                } else if found.digits <= 308 {
                    Class::Float
                } else {
                    Class::Near(Near::TooLarge)
                }
            }
            found => self.not_a_number(cell, found.map_or(0, |it| it.end)),
        }
    }

    fn not_a_number(&self, cell: &[u8], number_end: usize) -> Class {
        if let Some(class) = day_or_moment(cell) {
            return class;
        }
        if number::float64(cell, b'.').is_some_and(f64::is_infinite) {
            return Class::Float; // `-inf`
        }
        if number_end == 0 {
            return Class::Other;
        }
        if number::has_thousands(cell) {
            return Class::Near(Near::Thousands);
        }
        if self.dialect.decimal == b'.' && number::scan(cell, b',').is_some_and(|it| it.end == cell.len()) {
            return Class::Near(Near::Comma);
        }
        if units::could_be_unit(parse::trim(&cell[number_end..])) { Class::Near(Near::Unit) } else { Class::Other }
    }
}

fn day_or_moment(cell: &[u8]) -> Option<Class> {
    match cell.len() {
        ..10 => None,
        10 => calendar::date(cell).map(|_| Class::Date),
        _ => calendar::moment(cell).map(|moment| Class::Moment { zoned: moment.zoned }),
    }
}

/// Counts of the types that the cells of one column could have.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Evidence {
    bools: u64,
    ints: u64,
    padded: u64,
    bigs: u64,
    floats: u64,
    dates: u64,
    moments: u64,
    zoned: u64,
    /// Numbers in a form that is not read.
    near: u64,
    with_unit: u64,
    other: u64,
    /// Quoted texts that would be null without quotes.
    quoted_nulls: u64,
}

impl Evidence {
    fn count(&mut self, class: Class, quoted: bool) {
        match class {
            Class::Null => self.quoted_nulls += u64::from(quoted),
            Class::Bool => self.bools += 1,
            Class::Int => self.ints += 1,
            Class::Padded => self.padded += 1,
            Class::Big => self.bigs += 1,
            Class::Float => self.floats += 1,
            Class::Date => self.dates += 1,
            Class::Moment { zoned: false } => self.moments += 1,
            Class::Moment { zoned: true } => self.zoned += 1,
            Class::Near(near) => {
                self.near += 1;
                self.with_unit += u64::from(near == Near::Unit);
            }
            Class::Other => self.other += 1,
        }
    }

    fn add(&mut self, other: &Self) {
        self.bools += other.bools;
        self.ints += other.ints;
        self.padded += other.padded;
        self.bigs += other.bigs;
        self.floats += other.floats;
        self.dates += other.dates;
        self.moments += other.moments;
        self.zoned += other.zoned;
        self.near += other.near;
        self.with_unit += other.with_unit;
        self.other += other.other;
        self.quoted_nulls += other.quoted_nulls;
    }

    /// The type that fits the cells, and a note for the user about the choice.
    pub(crate) fn column_type(&self, name: &str) -> (ColumnType, Option<String>) {
        let whole = self.ints + self.padded + self.bigs;
        let numbers = whole + self.floats;
        let days = self.dates + self.moments + self.zoned;
        let total = numbers + days + self.bools + self.near + self.other;
        if total == 0 {
            let note = (self.quoted_nulls == 0).then(|| format!("{name} has no value in any row; it is read as text"));
            return (ColumnType::Text, note);
        }
        let (right, column_type) = if numbers >= days.max(self.bools) {
            let column_type = if self.floats > 0 {
                ColumnType::Float64
            } else if self.bigs > 0 {
                ColumnType::Decimal { precision: DECIMAL_DIGITS_MAX, scale: 0 }
            } else {
                ColumnType::Int64
            };
            (numbers, column_type)
        } else if days >= self.bools {
            if self.zoned > self.moments + self.dates {
                (self.zoned, ColumnType::Timestamp { zoned: true })
            } else if self.moments > 0 {
                (self.moments + self.dates, ColumnType::Timestamp { zoned: false })
            } else {
                (self.dates, ColumnType::Date)
            }
        } else {
            (self.bools, ColumnType::Bool)
        };
        // Cells that are almost numbers count as numbers, as long as the real numbers prevail.
        let near = if column_type.is_number() && right >= self.near { self.near } else { 0 };
        let wrong = total - right - near;
        let suits = right > 0 && (wrong * 10 <= total || (wrong == 1 && right >= 3));
        if !suits {
            let note = (self.with_unit * 2 > total).then(|| {
                format!(
                    "{name} is text, because its cells hold units: write plain numbers and say the unit of the column"
                )
            });
            return (ColumnType::Text, note);
        }
        if self.padded > 0 && column_type == ColumnType::Int64 {
            let note = format!(
                "{name} is text, because zeros in front (as in 007) would be lost; if it holds numbers, say type {name} = int64"
            );
            return (ColumnType::Text, Some(note));
        }
        let bad = total - right;
        let note = (bad > 0).then(|| {
            let one = if bad == 1 { "1 cell that is not" } else { &format!("{bad} cells that are not") };
            format!("{name} is {column_type} with {one}; if they are meant, say type {name} = text")
        });
        (column_type, note)
    }
}

/// The counts of a part of the file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Census {
    pub columns: Vec<Evidence>,
    /// Multi-byte letters, and bytes that belong to no letter.
    pub letters: u64,
    pub strays: u64,
    pub blank_lines: u64,
    classes: HashMap<Vec<u8>, Class>,
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

    /// Counts the cells of a block.
    pub(crate) fn count(&mut self, block: &[u8], classifier: &Classifier, cells: &mut Vec<Span>) -> Extent {
        if simdutf8::basic::from_utf8(block).is_err() {
            let (letters, strays) = super::encoding::utf8_evidence(block);
            self.letters += letters;
            self.strays += strays;
        } else if !block.is_ascii() {
            self.letters += 1;
        }
        let mut records = Records::new(block, classifier.dialect, 1);
        let blank_is_row = self.columns.len() == 1;
        let mut rows = 0;
        while records.next(cells, blank_is_row).is_some() {
            rows += 1;
            for (cell, evidence) in cells.iter().zip(&mut self.columns) {
                if cell.style == Style::Faulty {
                    evidence.other += 1;
                    continue;
                }
                let bytes = cell.bytes(block, classifier.dialect.quote);
                let class = classifier.class(&bytes);
                // Parsing a unit is expensive, and the same units recur.
                let class =
                    if class == Class::Near(Near::Unit) { unit_class(&bytes, &mut self.classes) } else { class };
                evidence.count(class, cell.is_quoted());
            }
        }
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

    fn column_type(cells: &[&str]) -> String {
        let mut census = Census::new(1);
        let classifier =
            Classifier::new(Dialect { delimiter: b'\t', ..Dialect::default() }, Nulls::of(&Default::default()));
        census.count(cells.join("\n").as_bytes(), &classifier, &mut Vec::new());
        let (column_type, note) = census.columns[0].column_type("x");
        format!("{column_type}{}", if note.is_some() { " (noted)" } else { "" })
    }

    #[test]
    fn types_follow_from_all_cells() {
        let check = |cells: &[&str], expect: &str| assert_eq!(column_type(cells), expect, "{cells:?}");
        check(&["1", "2", "NA", "-3", " 4 "], "int64");
        check(&["1", "2.5", "1e3", "inf", "-inf"], "float64");
        check(&["1", "9223372036854775808"], "decimal(38,0)");
        check(&["1.5", "9223372036854775808"], "float64");
        check(&["007", "123"], "text (noted)");
        check(&["true", "FALSE", ""], "bool");
        check(&["2026-05-01", "0000-01-01"], "date");
        check(&["2026-05-01", "2026-05-01T12:00"], "timestamp");
        check(&["2026-05-01T12:00Z", "2026-05-01T12:00+01:00"], "timestamp_utc");
        check(&["a", "1"], "text");
        check(&["", "NA"], "text (noted)");
        check(&["\"\"", "\"NA\""], "text");
        check(&["1", "2", "3", "x"], "int64 (noted)");
        check(&["1", "2", "x", "y"], "text");
        check(&["1", "2", "3", "5 km", "1,234"], "int64 (noted)");
        check(&["5 km", "6 km"], "text (noted)");
        check(&["1.0", "1e400"], "float64 (noted)");
        check(&["12 Main Street", "13 Main Street", "4", "5"], "text");
    }
}
