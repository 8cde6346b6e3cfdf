//! The columns of a text table: their names, types, units and descriptions.

use hven_core::dataset::{Column, ColumnType};

use super::{
    census::Census,
    header,
    number_style::{NumberStyle, StyleFinder},
    sniff::Sniffed,
};
use crate::{
    error::Result,
    kelvin::ToKelvin,
    options::ImportOptions,
    remarks::Remark,
    table_read::{check_names, describe},
    units,
};

/// The columns of a text table, and how their cells are written.
pub(super) struct FoundColumns {
    pub columns: Vec<Column>,
    pub styles: Vec<NumberStyle>,
    /// For each column in °C or °F: its conversion.
    pub kelvin: Vec<Option<ToKelvin>>,
    /// The decimal separator of most columns.
    pub decimal: u8,
}

/// The columns with their names and types.
pub(super) fn columns(
    sniffed: &Sniffed,
    census: &Census,
    lines: &[u64],
    options: &ImportOptions,
    notes: &mut Vec<Remark>,
) -> Result<FoundColumns> {
    let rows = census.rows;
    let (names, name_notes) = header::names(sniffed.header.as_deref(), sniffed.columns);
    notes.extend(name_notes.into_iter().map(Remark::from));
    if rows == 0 {
        notes.push("there are names, but no rows: all columns are text unless types are said".to_owned().into());
    }
    check_names(options, &names)?;
    let evidence = &census.columns;
    let finder = StyleFinder::new(sniffed.dialect.decimal, evidence, options);
    let mut found =
        FoundColumns { columns: Vec::new(), styles: Vec::new(), kelvin: Vec::new(), decimal: finder.decimal() };
    for (at, (name, evidence)) in names.into_iter().zip(evidence).enumerate() {
        let decided = evidence.decide(&name, &finder, lines);
        let column_type = match options.types.get(&name) {
            Some(column_type) => {
                notes.extend(decided.about_style.into_iter().filter(|_| column_type.is_number()));
                *column_type
            }
            None if rows == 0 => ColumnType::Text,
            None => {
                notes.extend(decided.about_style.into_iter().filter(|_| decided.column_type.is_number()));
                notes.extend(decided.about_type);
                decided.column_type
            }
        };
        let mut column = Column { name, column_type, unit: None, nullable: true, description: None };
        let mut texts = Vec::new();
        let stated = sniffed.units.get(at).and_then(Option::as_deref);
        notes.extend(stated.and_then(|unit| left_out(unit, sniffed, &column)));
        found.kelvin.push(describe(&mut column, stated, options, &mut texts)?);
        notes.extend(texts.into_iter().map(|text| Remark::from(text).about(&column.name)));
        column.description = column.description.or_else(|| sniffed.descriptions.get(at).cloned().flatten());
        found.columns.push(column);
        found.styles.push(decided.style);
    }
    Ok(found)
}

/// A note on a unit above a column that is no column of numbers.
fn left_out(unit: &str, sniffed: &Sniffed, column: &Column) -> Option<Remark> {
    if column.column_type.is_number() || units::read(unit).is_err() {
        return None;
    }
    let (name, line) = (&column.name, sniffed.units_line.unwrap_or(0));
    let text = format!(
        "line {line} gives {name} the unit {unit}, which is left out: the column is {}, and only numbers have units",
        column.column_type
    );
    Some(Remark::new(text).about(name).decided_by(&["types"]))
}
