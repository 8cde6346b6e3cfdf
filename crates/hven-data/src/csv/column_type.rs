//! The type of a column, which follows from the counts of all its cells.

use hven_core::dataset::{ColumnType, DECIMAL_DIGITS_MAX};

use super::{
    evidence::{Evidence, Kind},
    number_style::{NumberStyle, StyleFinder},
};
use crate::remarks::{self, Remark};

/// The type of a column, and how its numbers are written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Decided {
    pub column_type: ColumnType,
    pub style: NumberStyle,
    /// How its numbers are read, if they are numbers.
    pub about_style: Vec<Remark>,
    /// Why it has this type.
    pub about_type: Vec<Remark>,
}

impl Evidence {
    /// The type that fits the cells, the form of its numbers, and remarks about the choice.
    pub(crate) fn decide(&self, name: &str, finder: &StyleFinder, lines: &[u64]) -> Decided {
        let (style, mut about_style) = finder.style(self, name, lines);
        let (column_type, remark) = self.column_type(name, &style, lines);
        about_style.extend(self.about_exponents(name, &style, lines));
        let about_type = self.about_digits(name, column_type, lines).into_iter().chain(remark).collect();
        Decided { column_type, style, about_style, about_type }
    }

    /// The numbers that are read in this style: whole ones, and others.
    fn read_in(&self, style: &NumberStyle) -> (u64, u64) {
        let (mut whole, mut fractions) = (self.ints + self.longs + self.padded + self.bigs, self.plain + self.nans);
        for (decimal, floats, threes) in
            [(style.first, self.floats, self.threes), (style.second(), self.other_floats, self.other_threes)]
        {
            if decimal == style.decimal {
                fractions += floats + if style.doubtful { 0 } else { threes };
            } else if style.groups(decimal.into()) {
                whole += threes;
            }
        }
        for ((separator, fraction, is_int), count) in &self.grouped {
            if style.groups(*separator) && fraction.is_none_or(|sign| sign == char::from(style.decimal)) {
                *(if *is_int { &mut whole } else { &mut fractions }) += count;
            }
        }
        if style.exponents {
            fractions += self.fortran + self.doubtful_exponents;
        }
        (whole, fractions)
    }

    fn column_type(&self, name: &str, style: &NumberStyle, lines: &[u64]) -> (ColumnType, Option<Remark>) {
        let (whole, fractions) = self.read_in(style);
        let numbers = whole + fractions;
        let written = self.numbers_in_any_form() + self.nans + self.doubtful_exponents;
        let almost = self.with_unit + self.too_large + self.overflow;
        let days = self.dates + self.moments + self.zoned;
        let total = written + days + self.bools + almost + self.other;
        if total == 0 && self.nan_nulls > 0 {
            let text = format!("{name} has no value in any row, only NaN; it is read as float64");
            return (ColumnType::Float64, Some(Remark::new(text).about(name).decided_by(&["types"])));
        }
        if total == 0 {
            let text = format!("{name} has no value in any row; it is read as text");
            let remark = (self.quoted_nulls == 0).then(|| Remark::new(text).about(name).decided_by(&["types"]));
            return (ColumnType::Text, remark);
        }
        let (right, column_type) = if numbers >= days.max(self.bools) {
            let column_type = if fractions > 0 {
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
        let near = written.saturating_sub(numbers) + almost;
        let near = if column_type.is_number() && right >= near { near } else { 0 };
        let wrong = total - right - near;
        let suits = right > 0 && (wrong * 10 <= total || (wrong == 1 && right >= 3));
        if column_type.is_number() && self.huge > 0 {
            return (ColumnType::Text, Some(self.too_many_digits(name, lines)));
        }
        if !suits {
            return (ColumnType::Text, self.why_text(name, total, lines));
        }
        if self.padded > 0 && column_type == ColumnType::Int64 {
            let text = format!(
                "{name} is text, because zeros in front (as in 007) would be lost; if it holds numbers, say type {name} = int64"
            );
            return (ColumnType::Text, Some(Remark::new(text).about(name).decided_by(&["types"])));
        }
        let bad = total - right;
        let remark = (bad > 0).then(|| {
            let one = if bad == 1 { "1 cell that is not" } else { &format!("{bad} cells that are not") };
            let cells = if column_type.is_number() { self.cells(&self.unread(style), lines) } else { Vec::new() };
            let shown = if cells.is_empty() { String::new() } else { format!(": {}", remarks::shown(&cells)) };
            let text = format!("{name} is {column_type} with {one}{shown}; if they are meant, say type {name} = text");
            Remark::new(text).about(name).decided_by(&["types", "nulls"]).with_cells(&cells)
        });
        (column_type, remark)
    }

    /// The kinds of cells that are not numbers in this style.
    fn unread(&self, style: &NumberStyle) -> Vec<Kind> {
        let mut kinds = vec![Kind::Wrong, Kind::Unit, Kind::Overflow, Kind::TooLarge];
        for (decimal, float, three) in
            [(style.first, Kind::Float, Kind::Three), (style.second(), Kind::OtherFloat, Kind::OtherThree)]
        {
            let is_decimal = decimal == style.decimal;
            if !is_decimal {
                kinds.push(float);
            }
            if (is_decimal && style.doubtful) || (!is_decimal && !style.groups(decimal.into())) {
                kinds.push(three);
            }
        }
        if self.grouped.keys().any(|(separator, ..)| !style.groups(*separator)) {
            kinds.push(Kind::Grouped);
        }
        if !style.exponents {
            kinds.extend([Kind::Fortran, Kind::Doubtful]);
        }
        kinds
    }

    /// Why a column of which many cells are numbers is text.
    fn why_text(&self, name: &str, total: u64, lines: &[u64]) -> Option<Remark> {
        if self.with_unit * 2 > total {
            let text = format!(
                "{name} is text, because its cells hold units: write plain numbers and say the unit of the column"
            );
            return Some(Remark::new(text).about(name).with_cells(&self.cells(&[Kind::Unit], lines)));
        }
        let written = self.numbers_in_any_form() + self.doubtful_exponents;
        if written * 2 <= total {
            return None;
        }
        let wrong = self.cells(&[Kind::Wrong, Kind::Unit, Kind::Overflow, Kind::TooLarge], lines);
        let (cells, why) = if wrong.is_empty() {
            let kinds = [Kind::Float, Kind::Three, Kind::OtherFloat, Kind::OtherThree, Kind::Grouped, Kind::Doubtful];
            (self.cells(&kinds, lines), "can be read in two ways; say decimal = \".\" or decimal = \",\"".to_owned())
        } else {
            let help = format!("are none; say type {name} = float64 to read the numbers and to list the others");
            (wrong, help)
        };
        let text = format!(
            "{name} is text, although {written} of its {total} cells are numbers: cells such as {} {why}",
            remarks::shown(&cells)
        );
        Some(Remark::new(text).about(name).decided_by(&["types", "decimal", "thousands", "nulls"]).with_cells(&cells))
    }

    fn too_many_digits(&self, name: &str, lines: &[u64]) -> Remark {
        let cells = self.cells(&[Kind::Big], lines);
        let text = format!(
            "{name} is text, because numbers such as {} have more than {DECIMAL_DIGITS_MAX} digits and would be rounded; say type {name} = float64 to round them",
            remarks::shown(&cells)
        );
        Remark::new(text).about(name).decided_by(&["types"]).with_cells(&cells)
    }

    fn about_exponents(&self, name: &str, style: &NumberStyle, lines: &[u64]) -> Option<Remark> {
        let count = self.fortran + self.doubtful_exponents;
        if !style.exponents || count == 0 {
            return None;
        }
        let cells = self.cells(&[Kind::Fortran, Kind::Doubtful], lines);
        let text = format!(
            "{name}: cells such as {} are read as numbers with an exponent, as Fortran writes them (D or Q instead of E, or no letter)",
            remarks::shown(&cells)
        );
        Some(Remark::new(text).about(name).decided_by(&["types"]).with_cells(&cells))
    }

    fn about_digits(&self, name: &str, column_type: ColumnType, lines: &[u64]) -> Option<Remark> {
        if self.bigs == 0 || column_type != ColumnType::Float64 {
            return None;
        }
        let cells = self.cells(&[Kind::Big], lines);
        let text = format!(
            "{name}: whole numbers such as {} have more digits than a number of 64 bits keeps; say type {name} = decimal(38,6) or text to keep them",
            remarks::shown(&cells)
        );
        Some(Remark::new(text).about(name).decided_by(&["types"]).with_cells(&cells))
    }
}
