//! Explains why a cell could not be converted, and names the next step.

use hven_core::dataset::{Column, ColumnType, ProblemKind};

use super::number_style::NumberStyle;
use crate::{
    parse::{self, calendar, fortran, grouped, number, spellings},
    units,
};

/// A problem with a cell.
pub(super) type Fault = (ProblemKind, String);

/// Explains to people why a cell does not have its column's type.
pub(super) fn diagnose(cell: &[u8], column: &Column, style: &NumberStyle) -> Fault {
    let cell = parse::trim(cell);
    let say = |kind, what: String| (kind, what);
    match column.column_type {
        ColumnType::Bool => say(ProblemKind::BadValue, "neither true nor false".to_owned()),
        ColumnType::Date | ColumnType::Timestamp { .. } => {
            let wanted = if column.column_type == ColumnType::Date { "2026-05-01" } else { "2026-05-01T12:00:00" };
            if calendar::date(cell).is_some() {
                return say(ProblemKind::BadValue, format!("a day without a time; {wanted} is understood"));
            }
            let looks_right =
                cell.len() >= 10 && cell[..4].iter().all(u8::is_ascii_digit) && matches!(cell[4], b'-' | b'/');
            let what = if looks_right { "there is no such day or time" } else { "not a date" };
            say(ProblemKind::BadValue, format!("{what}; {wanted} is understood"))
        }
        _ => number_fault(cell, column, style),
    }
}

fn number_fault(cell: &[u8], column: &Column, style: &NumberStyle) -> Fault {
    let decimal = style.decimal;
    let name = &column.name;
    if spellings::is_overflow(cell) {
        let what = "stars instead of a number: it was too wide for its field when the file was written";
        return (ProblemKind::OutOfRange, what.to_owned());
    }
    if style.doubtful && style.is_doubtful(cell) {
        let what = format!(
            "is {} meant? The sign may be a decimal separator or stand between thousands: say decimal = \".\" or decimal = \",\"",
            grouped::readings(cell, decimal).join(" or ")
        );
        return (ProblemKind::ThousandsSeparator, what);
    }
    let scanned = number::scan(cell, decimal);
    if let Some(found) = scanned.filter(|found| found.end == cell.len()) {
        let column_type = column.column_type;
        return if column_type == ColumnType::Float64 {
            (ProblemKind::OutOfRange, "larger than any number of 64 bits (1.8e308)".to_owned())
        } else if !found.whole {
            (ProblemKind::BadValue, format!("a number, but not a whole one; say type {name} = float64"))
        } else {
            let what = format!("beyond 64 bits; say type {name} = decimal(38,0), float64 or text");
            (ProblemKind::OutOfRange, what)
        };
    }
    let readings = grouped::readings(cell, decimal);
    if !readings.is_empty() {
        let what = format!(
            "separators between thousands are not read in this column; is {} meant? Say decimal or thousands to read them",
            readings.join(" or ")
        );
        return (ProblemKind::ThousandsSeparator, what);
    }
    let other = if decimal == b',' { b'.' } else { b',' };
    if number::scan(cell, other).is_some_and(|found| found.end == cell.len()) {
        let (sign, kind) =
            if other == b',' { ("comma", ProblemKind::DecimalComma) } else { ("point", ProblemKind::BadValue) };
        let what = format!(
            "a {sign} within a number; if all numbers here are written so, say decimal = \"{}\"",
            char::from(other)
        );
        return (kind, what);
    }
    if let Some((_, text)) = fortran::fortran(cell, decimal) {
        let what = if text.parse::<f64>().is_ok_and(f64::is_infinite) {
            return (ProblemKind::OutOfRange, "larger than any number of 64 bits (1.8e308)".to_owned());
        } else if column.column_type == ColumnType::Float64 {
            format!("is {text} meant, an exponent without its letter? Write the E")
        } else {
            format!("a number with the exponent of Fortran, but the column is {}", column.column_type)
        };
        return (ProblemKind::BadValue, what);
    }
    let suffix = parse::trim(&cell[scanned.map_or(0, |found| found.end)..]);
    if scanned.is_some() && units::could_be_unit(suffix) {
        let suffix = parse::shown(suffix);
        if let Some(scale) = units::temperature(&suffix) {
            let name = &column.name;
            let what = format!(
                "the cell holds the unit {suffix}; write plain numbers and say unit {name} = {}",
                scale.spelling()
            );
            return (ProblemKind::UnitInCell, what);
        }
        if let Ok(unit) = units::parse(&suffix) {
            let found = scanned.and_then(|found| number::float64(&cell[..found.end], decimal));
            return (ProblemKind::UnitInCell, unit_in_cell(found, &suffix, &unit, column, decimal));
        }
    }
    (ProblemKind::BadValue, "not a number".to_owned())
}

/// The problem of a cell with its own unit: its number in the unit of the column, in the file's number format.
fn unit_in_cell(
    number: Option<f64>,
    suffix: &str,
    unit: &hven_core::unit::Unit,
    column: &Column,
    decimal: u8,
) -> String {
    match &column.unit {
        None => format!("the cell holds the unit {suffix}; write plain numbers and say the unit of the column"),
        Some(own) => match (unit.conversion(own), number) {
            (Ok(conversion), Some(number)) => {
                let value = conversion.apply(number).to_string().replace('.', &char::from(decimal).to_string());
                format!("the cell holds the unit {suffix}, and the column is in {own}: {value} is meant")
            }
            _ => {
                format!("the cell holds the unit {suffix}, which cannot be converted to {own}, the unit of the column")
            }
        },
    }
}
