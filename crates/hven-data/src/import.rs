//! The whole way of an import: what is the file, read it, look at the table that came out, ask the checks, report.

use std::{
    fs::{self, File},
    io::Read,
    path::Path,
};

use hven_core::{
    dataset::{
        Column, ImportReport, Schema,
        report::{Bytes, Encoding, Format, Problems, Source},
    },
    nearest,
};

use crate::{
    checks, csv,
    detect::{self, Detected},
    error::{AtPath, Error, Result},
    options::ImportOptions,
    parallel, parquet_source, profile,
    schema::TableMetadata,
    table::Table,
    units,
};

/// Which reader this is; raised when the same source and options would give another table or report.
pub const READER: &str = "hven-data/1";
/// The table, in the folder that an import is given.
pub const TABLE_FILE: &str = "table.parquet";
/// Every problem; absent when there is none.
pub const PROBLEMS_FILE: &str = "problems.parquet";
/// The [`ImportReport`] in JSON.
pub const REPORT_FILE: &str = "report.json";

/// How many notes a report holds.
const NOTES_MAX: usize = 50;

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

/// Reads a CSV or Parquet file into `folder`: [`TABLE_FILE`], [`PROBLEMS_FILE`] when there are problems, and
/// [`REPORT_FILE`], which is written last. Files there of the same names are replaced.
pub fn import(
    source: &Path,
    folder: &Path,
    options: &ImportOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<ImportReport> {
    fs::create_dir_all(folder).at(folder)?;
    for stale in [REPORT_FILE, PROBLEMS_FILE] {
        match fs::remove_file(folder.join(stale)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error).at(&folder.join(stale)),
            _ => {}
        }
    }
    let read = match what_is(source, options)? {
        Detected::Text { encoding, bom } => csv::import::read(source, folder, encoding, bom, options, progress)?,
        Detected::Parquet => parquet_source::read(source, folder, options, progress)?,
    };
    let table = Table::open(&folder.join(TABLE_FILE))?;
    let rows = table.rows();
    let threads = parallel::threads(options.threads);
    let columns = table.schema().columns.len().max(1);
    let profile = profile::profiles(&table, threads, &mut |done| {
        progress(Progress { stage: Stage::Profile, share: done as f64 / columns as f64, rows });
    })?;
    let checks = checks::ask(&table, &profile, &options.checks, threads, &mut |share| {
        progress(Progress { stage: Stage::Check, share, rows });
    })?;
    let report = ImportReport {
        reader: READER.to_owned(),
        name: options.name.clone(),
        license: options.license.clone(),
        source: Source { bytes: read.source, format: read.format },
        table: read.table,
        rows,
        schema: table.schema().clone(),
        profile,
        problems: read.problems,
        checks,
        notes: shortened(read.notes),
    };
    let path = folder.join(REPORT_FILE);
    let partial = folder.join("report.json.partial");
    let json = serde_json::to_vec_pretty(&report).map_err(|error| Error::Write { why: error.to_string() })?;
    fs::write(&partial, json).at(&partial)?;
    fs::rename(&partial, &path).at(&path)?;
    Ok(report)
}

fn what_is(source: &Path, options: &ImportOptions) -> Result<Detected> {
    let mut head = Vec::new();
    File::open(source).at(source)?.take(detect::HEAD_BYTES as u64).read_to_end(&mut head).at(source)?;
    match (detect::detect(&head), options.encoding) {
        (Ok(Detected::Text { encoding: Encoding::Utf8, bom: true }), Some(Encoding::Utf8)) => {
            Ok(Detected::Text { encoding: Encoding::Utf8, bom: true })
        }
        // UTF-16 of Chinese, say, looks like binary data.
        (Ok(Detected::Text { bom, .. }), Some(encoding)) => Ok(Detected::Text { encoding, bom }),
        (Err(Error::NotATable { .. }), Some(encoding @ (Encoding::Utf16Le | Encoding::Utf16Be))) => {
            Ok(Detected::Text { encoding, bom: false })
        }
        (found, _) => found,
    }
}

fn shortened(mut notes: Vec<String>) -> Vec<String> {
    if notes.len() > NOTES_MAX {
        let more = notes.len() - NOTES_MAX;
        notes.truncate(NOTES_MAX);
        notes.push(format!("and {more} more like these"));
    }
    notes
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
