//! The types that a single cell could have.

use hven_core::dataset::DECIMAL_DIGITS_MAX;

use super::Dialect;
use crate::{
    nulls::Nulls,
    parse::{
        self, calendar,
        fortran::{self, Exponent},
        grouped::Grouped,
        number, spellings,
    },
    units,
};

/// The type that a single cell could have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Null,
    Bool,
    /// A whole number of up to three digits.
    Int,
    /// A whole number of four or more digits without separators, within 64 bits.
    Long,
    /// A whole number with leading zeros, which a number would lose.
    Padded,
    /// A whole number beyond 64 bits with at most 38 digits.
    Big,
    /// A whole number of more digits, which no number type keeps.
    Huge,
    /// A number with the decimal separator of the dialect.
    Float,
    /// A number that could have this separator between thousands, too, such as `1.234`.
    Three,
    /// A number with the other decimal separator.
    OtherFloat,
    /// The same as `Three`, with the other separator.
    OtherThree,
    /// A number with an exponent and no separator, or infinity.
    Plain,
    /// "Not a number", in any spelling.
    Nan,
    /// A number with separators between thousands, which cannot be read otherwise.
    Grouped {
        separator: char,
        fraction: Option<char>,
        /// No digits are lost in 64 bits.
        is_int: bool,
    },
    Fortran(Exponent),
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
    TooLarge,
    /// Stars in the place of a number that was too wide for its field.
    Overflow,
}

impl Class {
    /// Whether the cell is a value of a type other than text.
    pub(crate) fn is_value(self) -> bool {
        !matches!(self, Self::Null | Self::Other | Self::Near(_) | Self::Fortran(Exponent::Doubtful))
    }
    /// Whether the cell is a number.
    pub(crate) fn is_number(self) -> bool {
        self.is_value() && !matches!(self, Self::Bool | Self::Date | Self::Moment { .. })
    }
}

/// Classifies cells.
#[derive(Clone, Debug)]
pub(crate) struct Classifier {
    pub(super) dialect: Dialect,
    other_decimal: u8,
    nulls: Nulls,
}

impl Classifier {
    pub(crate) fn new(dialect: Dialect, nulls: Nulls) -> Self {
        let other_decimal = if dialect.decimal == b',' { b'.' } else { b',' };
        Self { dialect, other_decimal, nulls }
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
            (0, [b'1'..=b'9', ..] | [b'0']) => Some(if digits.len() > 3 { Class::Long } else { Class::Int }),
            (1, [_, _, ..]) => Some(if self.is_three(digits) { Class::Three } else { Class::Float }),
            _ => None,
        }
    }

    /// Whether digits with one decimal separator could also have it between thousands.
    #[inline]
    fn is_three(&self, digits: &[u8]) -> bool {
        number::is_three(digits, self.dialect.decimal)
    }

    fn is_text_by_first(&self, first: u8) -> bool {
        !self.nulls.may_begin_with(first) && !matches!(first | 0x20, b't' | b'f' | b'i' | b'n')
    }

    fn class_by_all(&self, cell: &[u8]) -> Class {
        let cell = parse::trim(cell);
        if self.nulls.has_number(cell) {
            return Class::Null;
        }
        match cell.first() {
            Some(b'0'..=b'9' | b'+' | b'-' | b'.' | b',') => self.number_like(cell),
            Some(b't' | b'T' | b'f' | b'F') if parse::boolean(cell).is_some() => Class::Bool,
            Some(b'i' | b'I' | b'n' | b'N' | b'*') => word(cell).unwrap_or(Class::Other),
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
        let decimal = self.dialect.decimal;
        match number::scan(cell, decimal) {
            Some(found) if found.end == cell.len() => {
                if found.padded {
                    Class::Padded
                } else if !found.whole {
                    let too_large = (found.exponent || found.digits > 300)
                        && number::float64(cell, decimal).is_some_and(f64::is_infinite);
                    match cell.contains(&decimal) {
                        _ if too_large => Class::Near(Near::TooLarge),
                        false => Class::Plain,
                        true if self.is_three(unsigned(cell)) => Class::Three,
                        true => Class::Float,
                    }
                } else if found.digits <= 3 {
                    Class::Int
                } else if found.digits <= 18 || number::int64(cell).is_some() {
                    Class::Long
                } else if found.digits <= usize::from(DECIMAL_DIGITS_MAX) {
                    Class::Big
                } else {
                    match number::float64(cell, decimal) {
                        Some(value) if value.is_infinite() => Class::Near(Near::TooLarge),
                        Some(value) if !number::loses_digits(cell, value) => Class::Plain,
                        _ => Class::Huge,
                    }
                }
            }
            found => self.not_plain(cell, found.map_or(0, |it| it.end)),
        }
    }

    fn not_plain(&self, cell: &[u8], number_end: usize) -> Class {
        if let Some(class) = day_or_moment(cell).or_else(|| word(cell)) {
            return class;
        }
        let other = self.other_decimal;
        if number::scan(cell, other).is_some_and(|it| it.end == cell.len()) {
            return if number::is_three(unsigned(cell), other) { Class::OtherThree } else { Class::OtherFloat };
        }
        if number_end == 0 {
            return Class::Other;
        }
        if let Some(grouped) = Grouped::parse(cell) {
            let fraction = grouped.fraction.map(|(sign, _)| sign);
            let is_int = number::int64(grouped.plain('.').as_bytes()).is_some();
            return Class::Grouped { separator: grouped.separator, fraction, is_int };
        }
        let fortran = fortran::fortran(cell, self.dialect.decimal).or_else(|| fortran::fortran(cell, other));
        if let Some((sure, text)) = fortran {
            let too_large = text.parse::<f64>().is_ok_and(f64::is_infinite);
            return if too_large { Class::Near(Near::TooLarge) } else { Class::Fortran(sure) };
        }
        if units::could_be_unit(parse::trim(&cell[number_end..])) { Class::Near(Near::Unit) } else { Class::Other }
    }
}

fn word(cell: &[u8]) -> Option<Class> {
    if spellings::is_nan(cell) {
        return Some(Class::Nan);
    }
    if spellings::is_overflow(cell) {
        return Some(Class::Near(Near::Overflow));
    }
    spellings::infinity(cell).map(|_| Class::Plain)
}

fn unsigned(cell: &[u8]) -> &[u8] {
    cell.strip_prefix(b"-").or_else(|| cell.strip_prefix(b"+")).unwrap_or(cell)
}

fn day_or_moment(cell: &[u8]) -> Option<Class> {
    match cell.len() {
        ..10 => None,
        10 => calendar::date(cell).map(|_| Class::Date),
        _ => calendar::moment(cell).map(|moment| Class::Moment { zoned: moment.zoned }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_of_cells() {
        use Class::{
            Big, Date, Float, Fortran, Huge, Int, Long, Nan, Null, Other, OtherFloat, OtherThree, Padded, Plain, Three,
        };
        let classifier = Classifier::new(Dialect::default(), Nulls::of(&Default::default()));
        let check = |cells: &[&str], expect: Class| {
            for cell in cells {
                assert_eq!(classifier.class(cell.as_bytes()), expect, "{cell}");
            }
        };
        check(&["", "NA", " - ", "nan"], Null);
        check(&["0", "12", "-999", "+5"], Int);
        check(&["1000", "-123456", "9223372036854775807"], Long);
        check(&["007"], Padded);
        check(&["9223372036854775808"], Big);
        check(&["1234567890123456789012345678901234567890"], Huge);
        check(&["1.5", "-0.123", "1.2345", "1234.567", ".5", "5.", "1.234e3", "+0.5"], Float);
        check(&["1.234", "-12.345", "123.456", "+1.234"], Three);
        check(&["1,5", "12,25", "0,123"], OtherFloat);
        check(&["1,234", "-12,345"], OtherThree);
        check(&["1e5", "inf", "-inf", "1.#INF"], Plain);
        check(&["-nan", "1.#IND", "NaN(ind)"], Nan);
        check(&["1.0D+03", "0.67-101"], Fortran(Exponent::Sure));
        check(&["1.5-3"], Fortran(Exponent::Doubtful));
        check(&["12-3", "x", "12 Main Street", "**", "1.2.3"], Other);
        check(&["2026-05-01"], Date);
        check(&["1e400", "1d400"], Class::Near(Near::TooLarge));
        check(&["*****"], Class::Near(Near::Overflow));
        check(&["1.234.567"], Class::Grouped { separator: '.', fraction: None, is_int: true });
        check(&["1.299,95"], Class::Grouped { separator: '.', fraction: Some(','), is_int: false });
        check(&["1'234"], Class::Grouped { separator: '\'', fraction: None, is_int: true });
    }
}
