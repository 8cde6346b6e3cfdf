//! How the numbers of a column are written: decimal separator, separators between thousands, exponents of Fortran. Each
//! column is decided on its own, by all its cells; only where its cells leave it open do the other columns count.

use std::cmp::Ordering;

use super::evidence::{Evidence, Kind};
use crate::{
    option_faults,
    options::ImportOptions,
    parse::{
        fortran,
        grouped::{Grouped, SEPARATORS},
        number::{self, DecimalFault},
    },
    remarks::{self, CellAt, Remark},
};

/// How the numbers of a column are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NumberStyle {
    /// The decimal separator.
    pub decimal: u8,
    /// The decimal separator with which the cells were counted.
    pub first: u8,
    /// The separators between thousands.
    separators: Vec<char>,
    /// Exponents as Fortran writes them are read.
    pub exponents: bool,
    /// Cells such as `1.234` are not read, because they could be thousands.
    pub doubtful: bool,
}

impl NumberStyle {
    /// Numbers with this decimal separator, and no separators between thousands.
    #[cfg(test)]
    pub(crate) fn plain(decimal: u8) -> Self {
        Self { decimal, first: decimal, separators: Vec::new(), exponents: false, doubtful: false }
    }

    /// The decimal separator that the first one is not.
    pub(crate) fn second(&self) -> u8 {
        other(self.first)
    }

    /// Whether this sign separates thousands.
    pub(crate) fn groups(&self, separator: char) -> bool {
        self.separators.contains(&separator)
    }

    /// The nearest 64-bit float; infinite if the number is too large.
    #[inline]
    pub(crate) fn float64(&self, cell: &[u8]) -> Option<f64> {
        match number::float64(cell, self.decimal) {
            Some(_) if self.doubtful && self.is_doubtful(cell) => None,
            Some(value) => Some(value),
            None => self.rewritten(cell)?.parse().ok(),
        }
    }

    #[inline]
    pub(crate) fn int64(&self, cell: &[u8]) -> Option<i64> {
        number::int64(cell).or_else(|| number::int64(self.rewritten(cell)?.as_bytes()))
    }

    pub(crate) fn decimal(&self, cell: &[u8], precision: u8, scale: u8) -> Result<i128, DecimalFault> {
        match number::decimal(cell, self.decimal, precision, scale) {
            Ok(_) if self.doubtful && self.is_doubtful(cell) => Err(DecimalFault::NotANumber),
            Err(DecimalFault::NotANumber) => match self.rewritten(cell) {
                Some(text) => number::decimal(text.as_bytes(), b'.', precision, scale),
                None => Err(DecimalFault::NotANumber),
            },
            found => found,
        }
    }

    /// Whether the cell has the form of `1.234`.
    pub(crate) fn is_doubtful(&self, cell: &[u8]) -> bool {
        number::is_three(cell.strip_prefix(b"-").or_else(|| cell.strip_prefix(b"+")).unwrap_or(cell), self.decimal)
    }

    /// A number with separators or an exponent of Fortran, as the standard library reads it.
    #[cold]
    fn rewritten(&self, cell: &[u8]) -> Option<String> {
        if let Some(grouped) = Grouped::parse(cell)
            && self.groups(grouped.separator)
            && grouped.fraction.is_none_or(|(sign, _)| sign == char::from(self.decimal))
        {
            return Some(grouped.plain('.'));
        }
        fortran::fortran(cell, self.decimal).filter(|_| self.exponents).map(|(_, text)| text)
    }
}

fn other(decimal: u8) -> u8 {
    if decimal == b',' { b'.' } else { b',' }
}

/// The answer of the caller about thousands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Thousands {
    Unsaid,
    None,
    With(char),
}

/// Decides the styles of columns.
#[derive(Clone, Debug)]
pub(crate) struct StyleFinder {
    /// The decimal separator with which the cells were counted.
    first: u8,
    /// The one that the caller names.
    said: Option<u8>,
    /// The separator between thousands that the caller names.
    said_thousands: Thousands,
    /// Numbers in all columns that have certainly a point, and certainly a comma, before their fraction.
    points: u64,
    commas: u64,
}

impl StyleFinder {
    pub(crate) fn new(first: u8, columns: &[Evidence], options: &ImportOptions) -> Self {
        let said_thousands = match options.thousands.as_deref().map(option_faults::separator) {
            Some(Ok(Some(letter))) => Thousands::With(letter),
            Some(Ok(None)) => Thousands::None,
            // The options were checked before.
            Some(Err(_)) | None => Thousands::Unsaid,
        };
        let said = options.decimal.map(|sign| if sign == ',' { b',' } else { b'.' });
        let (mut points, mut commas) = (0, 0);
        for column in columns {
            points += column.fractions_with('.', first);
            commas += column.fractions_with(',', first);
        }
        Self { first, said, said_thousands, points, commas }
    }

    /// The decimal separator of most columns.
    pub(crate) fn decimal(&self) -> u8 {
        self.by_the_caller().unwrap_or_else(|| self.prevailing(self.points, self.commas))
    }

    /// The decimal separator that the caller names, or that the one between thousands leaves.
    fn by_the_caller(&self) -> Option<u8> {
        self.said.or(match self.said_thousands {
            Thousands::With('.') => Some(b','),
            Thousands::With(',') => Some(b'.'),
            _ => None,
        })
    }

    /// The decimal separator of most numbers.
    fn prevailing(&self, points: u64, commas: u64) -> u8 {
        match points.cmp(&commas) {
            Ordering::Equal => self.first,
            Ordering::Greater => b'.',
            Ordering::Less => b',',
        }
    }

    /// The style of a column, and remarks about it.
    pub(super) fn style(&self, column: &Evidence, name: &str, lines: &[u64]) -> (NumberStyle, Vec<Remark>) {
        let mut style = NumberStyle {
            decimal: self.first,
            first: self.first,
            separators: SEPARATORS.to_vec(),
            exponents: column.has_exponents(),
            doubtful: false,
        };
        let evidence = Written::of(column, self.first);
        let mut remarks = Vec::new();
        if let Some(decimal) = self.by_the_caller() {
            style.decimal = decimal;
            style.separators.push(other(decimal).into());
        } else if evidence.is_certain() {
            style.decimal = self.prevailing(evidence.points, evidence.commas);
            // Where both signs stand before fractions, neither separates thousands.
            if evidence.points == 0 || evidence.commas == 0 {
                style.separators.push(other(style.decimal).into());
            }
        } else if evidence.threes_of('.') + evidence.threes_of(',') > 0 && self.said_thousands != Thousands::None {
            remarks.extend(self.open(&mut style, &evidence, column, name, lines));
        } else if evidence.threes_of('.') == 0 && evidence.threes_of(',') > 0 {
            style.decimal = b',';
        } else if evidence.threes_of('.') > 0 {
            style.decimal = b'.';
        }
        match self.said_thousands {
            Thousands::With(letter) => style.separators = vec![letter],
            Thousands::None => style.separators.clear(),
            Thousands::Unsaid => {}
        }
        if !style.doubtful {
            remarks.extend(self.about(&style, &evidence, column, name, lines));
        }
        (style, remarks)
    }

    /// All numbers with a separator have the form of `1.234`, which can be read in two ways.
    fn open(
        &self,
        style: &mut NumberStyle,
        evidence: &Written,
        column: &Evidence,
        name: &str,
        lines: &[u64],
    ) -> Option<Remark> {
        let (points, commas) = (evidence.threes_of('.'), evidence.threes_of(','));
        let sign = if points >= commas { b'.' } else { b',' };
        style.decimal = sign;
        let cells = column.cells(&[evidence.three_kind(sign)], lines);
        let with_decimal = |decimal: u8| if decimal == b'.' { self.points } else { self.commas };
        if points > 0 && commas > 0 {
            style.doubtful = true;
        } else if with_decimal(sign) > 0 && with_decimal(other(sign)) == 0 {
            // The other columns have this sign before their fractions.
            return None;
        } else if with_decimal(other(sign)) > 0 && with_decimal(sign) == 0 {
            style.decimal = other(sign);
            style.separators.push(sign.into());
            return None;
        } else if column.longs > 0 && sign == b'.' {
            // Thousands have no separator here: 1500 stands next to 1.234.
            return None;
        } else if column.ints + column.longs == 0 && sign == b'.' {
            let text = format!(
                "{name} is read with decimal points, but all its cells look like {}, which could also be thousands; say decimal = \".\" or thousands = \".\" to decide it",
                remarks::shown(&cells)
            );
            return Some(Remark::new(text).about(name).decided_by(&["decimal", "thousands"]).with_cells(&cells));
        } else {
            style.doubtful = true;
        }
        let (one, two) = (char::from(sign), char::from(other(sign)));
        let text = format!(
            "{name}: cells such as {} are not read, because {one:?} may be a decimal separator or stand between thousands; say decimal = \"{one}\" or decimal = \"{two}\"",
            remarks::shown(&cells)
        );
        Some(Remark::new(text).about(name).decided_by(&["decimal", "thousands"]).with_cells(&cells))
    }

    /// A remark on separators that were not read as most people would expect it.
    fn about(
        &self,
        style: &NumberStyle,
        evidence: &Written,
        column: &Evidence,
        name: &str,
        lines: &[u64],
    ) -> Option<Remark> {
        let between = evidence.three_kind(other(style.decimal));
        let thousands =
            if style.groups(other(style.decimal).into()) && evidence.threes_of(other(style.decimal).into()) > 0 {
                column.cells(&[between, Kind::Grouped], lines)
            } else if column.grouped.keys().any(|(separator, ..)| style.groups(*separator)) {
                column.cells(&[Kind::Grouped], lines)
            } else {
                Vec::new()
            };
        let mut parts = Vec::new();
        let mut cells: Vec<CellAt> = Vec::new();
        if !thousands.is_empty() {
            parts.push(format!(
                "numbers such as {} are read with separators between thousands",
                remarks::shown(&thousands)
            ));
            cells.extend(thousands);
        }
        let decimal_kind = if style.decimal == style.first { Kind::Float } else { Kind::OtherFloat };
        let is_usual = style.decimal == self.decimal() && style.decimal == self.first;
        if !is_usual && evidence.fractions_of(style.decimal) > 0 {
            let fractions = column.cells(&[decimal_kind], lines);
            if !fractions.is_empty() {
                let sign = if style.decimal == b',' { "comma" } else { "point" };
                parts.push(format!("numbers such as {} are read with a decimal {sign}", remarks::shown(&fractions)));
                cells.extend(fractions);
            }
        }
        if parts.is_empty() {
            return None;
        }
        let text = format!(
            "{name}: {}; say decimal or thousands (such as thousands = none) if they are not",
            parts.join(", and ")
        );
        Some(Remark::new(text).about(name).decided_by(&["decimal", "thousands"]).with_cells(&cells))
    }
}

/// How often each sign stands before a fraction, or could stand between thousands.
struct Written {
    first: u8,
    points: u64,
    commas: u64,
    threes: u64,
    other_threes: u64,
}

impl Written {
    fn of(column: &Evidence, first: u8) -> Self {
        let (points, commas) = (column.fractions_with('.', first), column.fractions_with(',', first));
        Self { first, points, commas, threes: column.threes, other_threes: column.other_threes }
    }
    /// Whether a cell leaves no doubt.
    fn is_certain(&self) -> bool {
        self.points + self.commas > 0
    }
    fn fractions_of(&self, decimal: u8) -> u64 {
        if decimal == b'.' { self.points } else { self.commas }
    }
    fn threes_of(&self, sign: char) -> u64 {
        if char::from(self.first) == sign { self.threes } else { self.other_threes }
    }
    fn three_kind(&self, sign: u8) -> Kind {
        if self.first == sign { Kind::Three } else { Kind::OtherThree }
    }
}
