//! The common part of all readers of formats, and their result.

use hven_core::{
    dataset::{
        Column, ColumnType, Schema,
        report::{Bytes, Format, Problems},
    },
    nearest,
    unit::UnitReading,
};

use crate::{
    error::{Error, Result},
    kelvin::ToKelvin,
    options::ImportOptions,
    remarks::Remark,
    schema::TableMetadata,
    units,
};

/// The version of the reader; raised when the same source and options would give another table or report.
pub const READER: &str = "hven-data/3";
/// The table's file in the folder of an import.
pub const TABLE_FILE: &str = "table.parquet";
/// The file with the [`ImportReport`] as JSON.
pub const REPORT_FILE: &str = "report.json";
/// The file with all problems; absent if there are none.
pub const PROBLEMS_FILE: &str = "problems.parquet";
/// How many notes a report contains.
pub(super) const NOTES_MAX: usize = 50;

/// The progress of an import.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    pub stage: Stage,
    /// The completed share of this stage, from 0 to 1.
    pub share: f64,
    /// The known number of rows.
    pub rows: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The first pass over the source: finds rows and infers types.
    Look,
    /// The second pass: converts cells to values and writes them.
    Convert,
    Profile,
    Check,
}

/// The result of reading a source, before the profile and the checks.
#[derive(Debug)]
pub(crate) struct TableRead {
    pub source: Bytes,
    pub format: Format,
    pub table: Bytes,
    pub problems: Problems,
    pub notes: Vec<Remark>,
}

/// Checks that the table has every column that the options name.
pub(crate) fn check_names(options: &ImportOptions, names: &[String]) -> Result<()> {
    let known: std::collections::HashSet<&str> = names.iter().map(String::as_str).collect();
    let types = options.types.keys().map(|name| ("the option types", name));
    let units = options.units.keys().map(|name| ("the option units", name));
    let descriptions = options.descriptions.keys().map(|name| ("the option descriptions", name));
    for (what, name) in types.chain(units).chain(descriptions) {
        if !known.contains(name.as_str()) {
            let help = nearest::suggestion(name, names.iter().map(String::as_str));
            return Err(Error::NoSuchColumn { what, name: name.clone(), help });
        }
    }
    Ok(())
}

/// Adds unit and description to a column: the unit of the options, or the one that the source states in a row or in metadata.
/// A column in °C or °F becomes kelvin; the answer is its conversion. Adds notes on how units are read.
///
/// # Errors
/// When the unit of the options is unknown or does not fit the column's type.
pub(crate) fn describe(
    column: &mut Column,
    stated: Option<&str>,
    options: &ImportOptions,
    notes: &mut Vec<String>,
) -> Result<Option<ToKelvin>> {
    let name = column.name.clone();
    column.description = options.descriptions.get(&name).cloned();
    let refuse = |why: String| Error::Unit { column: name.clone(), why };
    let read = match (options.units.get(&name), stated) {
        (Some(text), _) => {
            let read = units::read(text).map_err(refuse)?;
            if !column.column_type.is_number() {
                let why = format!(
                    "the column is {}, and only numbers have units; if its cells are numbers, say type {name} = float64",
                    column.column_type
                );
                return Err(refuse(why));
            }
            Some((text.as_str(), read))
        }
        (None, Some(text)) if column.column_type.is_number() && !text.trim().is_empty() => match units::read(text) {
            Ok(read) => Some((text, read)),
            Err(why) => {
                notes.push(format!(
                    "{name} has no unit, because the one in the file is refused: {why}; say unit {name} = …"
                ));
                None
            }
        },
        _ => None,
    };
    let Some((text, UnitReading { unit, temperature, notes: doubts })) = read else {
        if column.unit.is_none() && column.column_type.is_number() {
            notes.extend(units::note_on_name(&name));
        }
        return Ok(None);
    };
    notes.extend(doubts.into_iter().map(|doubt| format!("the unit of {name}: {doubt}")));
    column.unit = Some(unit);
    let Some(scale) = temperature else { return Ok(None) };
    let kelvin = ToKelvin::new(scale, column.column_type);
    if options.types.get(&name) == Some(&ColumnType::Int64) {
        let why = format!("{scale} are stored in K, which are no whole numbers: say type {name} = float64");
        return Err(refuse(why));
    }
    column.column_type = kelvin.to;
    notes.push(format!("{name} is in {text} in the file, and stored in K: {}", scale.formula()));
    Ok(Some(kelvin))
}

/// The metadata of the table file.
pub(crate) fn metadata(columns: Vec<Column>, options: &ImportOptions) -> Result<String> {
    let about =
        TableMetadata { name: options.name.clone(), license: options.license.clone(), schema: Schema { columns } };
    serde_json::to_string(&about).map_err(|error| Error::Write { why: error.to_string() })
}
