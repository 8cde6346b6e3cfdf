//! The common part of all readers of formats, and their result.

use hven_core::{
    dataset::{
        Column, Schema,
        report::{Bytes, Format, Problems},
    },
    nearest,
};

use crate::{
    error::{Error, Result},
    options::ImportOptions,
    schema::TableMetadata,
    units,
};

/// The version of the reader; raised when the same source and options would give another table or report.
pub const READER: &str = "hven-data/1";
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
    pub notes: Vec<String>,
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

/// Adds unit and description from the options to a column, and adds a note if its name seems to contain a unit.
///
/// # Errors
/// When the unit is unknown or does not fit the column's type.
pub(crate) fn describe(column: &mut Column, options: &ImportOptions, notes: &mut Vec<String>) -> Result<()> {
    let name = &column.name;
    column.description = options.descriptions.get(name).cloned();
    match options.units.get(name) {
        Some(text) => {
            let refuse = |why: String| Error::Unit { column: name.clone(), why };
            let unit = units::parse(text).map_err(refuse)?;
            if !column.column_type.is_number() {
                let why = format!(
                    "the column is {}, and only numbers have units; if its cells are numbers, say type {name} = float64",
                    column.column_type
                );
                return Err(refuse(why));
            }
            column.unit = Some(unit);
        }
        None => {
            if let Some(unit) = unit_in_name(name)
                && column.unit.is_none()
                && column.column_type.is_number()
            {
                notes.push(format!(
                    "the name {name} seems to hold the unit {unit}; say unit {name:?} = {unit:?} to use it"
                ));
            }
        }
    }
    Ok(())
}

/// The unit in a name such as `period [yr]` or `mass (kg)`.
fn unit_in_name(name: &str) -> Option<&str> {
    let inside = name.strip_suffix(']').and_then(|rest| rest.rsplit_once('['));
    let inside = inside.or_else(|| name.strip_suffix(')').and_then(|rest| rest.rsplit_once('(')));
    inside.map(|(_, unit)| unit.trim()).filter(|unit| !unit.is_empty() && units::parse(unit).is_ok())
}

/// The metadata of the table file.
pub(crate) fn metadata(columns: Vec<Column>, options: &ImportOptions) -> Result<String> {
    let about =
        TableMetadata { name: options.name.clone(), license: options.license.clone(), schema: Schema { columns } };
    serde_json::to_string(&about).map_err(|error| Error::Write { why: error.to_string() })
}
