//! What a reader of a format makes of a source, and what all readers share.

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

/// Which reader this is; raised when the same source and options would give another table or report.
pub const READER: &str = "hven-data/1";
/// The table, in the folder that an import is given.
pub const TABLE_FILE: &str = "table.parquet";
/// The [`ImportReport`] in JSON.
pub const REPORT_FILE: &str = "report.json";
/// Every problem; absent when there is none.
pub const PROBLEMS_FILE: &str = "problems.parquet";
/// How many notes a report holds.
pub(super) const NOTES_MAX: usize = 50;

/// What is going on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    pub stage: Stage,
    /// Of this stage, from 0 to 1.
    pub share: f64,
    /// Rows of the table, as far as they are known.
    pub rows: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The source is looked through: rows found, types inferred.
    Look,
    /// Cells become values and are written.
    Convert,
    Profile,
    Check,
}

/// What reading a source gives, before anybody has looked at the table.
#[derive(Debug)]
pub(crate) struct TableRead {
    pub source: Bytes,
    pub format: Format,
    pub table: Bytes,
    pub problems: Problems,
    pub notes: Vec<String>,
}

/// Every column that the options name is one of the table's.
pub(crate) fn check_names(options: &ImportOptions, names: &[String]) -> Result<()> {
    let known: std::collections::HashSet<&str> = names.iter().map(String::as_str).collect();
    let types = options.types.keys().map(|name| ("the option types", name));
    let units = options.units.keys().map(|name| ("the option units", name));
    let descriptions = options.descriptions.keys().map(|name| ("the option descriptions", name));
    for (what, name) in types.chain(units).chain(descriptions) {
        if !known.contains(name.as_str()) {
            let help = nearest::is_meant(name, names.iter().map(String::as_str));
            return Err(Error::NoSuchColumn { what, name: name.clone(), help });
        }
    }
    Ok(())
}

/// Unit and description of a column from the options, which must suit its type; and a note when its name looks as if it
/// held a unit.
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

/// `period [yr]`, `mass (kg)`.
fn unit_in_name(name: &str) -> Option<&str> {
    let inside = name.strip_suffix(']').and_then(|rest| rest.rsplit_once('['));
    let inside = inside.or_else(|| name.strip_suffix(')').and_then(|rest| rest.rsplit_once('(')));
    inside.map(|(_, unit)| unit.trim()).filter(|unit| !unit.is_empty() && units::parse(unit).is_ok())
}

/// What the table file says about itself.
pub(crate) fn metadata(columns: Vec<Column>, options: &ImportOptions) -> Result<String> {
    let about =
        TableMetadata { name: options.name.clone(), license: options.license.clone(), schema: Schema { columns } };
    serde_json::to_string(&about).map_err(|error| Error::Write { why: error.to_string() })
}
