//! Exports tables as Parquet, or as CSV that an import reads back to the same values.

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::Path,
};

use arrow_array::{
    Array, ArrayRef,
    cast::AsArray,
    types::{Date32Type, Decimal128Type, Float64Type, Int64Type, TimestampMicrosecondType},
};
use arrow_schema::{DataType, TimeUnit};
use hven_core::dataset::Schema;

use crate::{
    error::{AtPath, Error, Result},
    nulls::DEFAULT_NULLS,
    options::ImportOptions,
    parse::{calendar, number},
    table::Table,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    Parquet,
    Csv,
}

/// Writes the table at `table` to `target`, atomically.
///
/// # Errors
/// When the table cannot be read or the target cannot be written.
pub fn export(table: &Path, target: &Path, format: ExportFormat) -> Result<()> {
    let mut partial = target.as_os_str().to_owned();
    partial.push(".partial");
    let partial = Path::new(&partial);
    match format {
        ExportFormat::Parquet => {
            fs::copy(table, partial).at(partial)?;
        }
        ExportFormat::Csv => write_csv(&Table::open(table)?, partial)?,
    }
    fs::rename(partial, target).at(target)
}

/// The options that import an exported CSV to the same table: with its types and units, and with only the empty cell as
/// null.
pub fn reimport_options(schema: &Schema) -> ImportOptions {
    let columns = &schema.columns;
    ImportOptions {
        types: columns.iter().map(|column| (column.name.clone(), column.column_type)).collect(),
        units: columns.iter().filter_map(|it| Some((it.name.clone(), it.unit.as_ref()?.to_string()))).collect(),
        descriptions: columns.iter().filter_map(|it| Some((it.name.clone(), it.description.clone()?))).collect(),
        nulls: Some(vec![String::new()]),
        delimiter: Some(','),
        quote: Some('"'),
        decimal: Some('.'),
        header: Some(true),
        units_line: Some(false),
        ..ImportOptions::default()
    }
}

fn write_csv(table: &Table, path: &Path) -> Result<()> {
    let mut output = BufWriter::with_capacity(1 << 20, File::create(path).at(path)?);
    let columns: Vec<usize> = (0..table.schema().columns.len()).collect();
    let mut line = Vec::new();
    for (at, column) in table.schema().columns.iter().enumerate() {
        if at > 0 {
            line.push(b',');
        }
        push_text(&mut line, &column.name);
    }
    line.push(b'\n');
    output.write_all(&line).at(path)?;
    let mut write = |_, arrays: &[ArrayRef]| {
        let rows = arrays.first().map_or(0, Array::len);
        for row in 0..rows {
            line.clear();
            for (at, array) in arrays.iter().enumerate() {
                if at > 0 {
                    line.push(b',');
                }
                push_cell(&mut line, array, row);
            }
            line.push(b'\n');
            output.write_all(&line).at(path)?;
        }
        Ok(())
    };
    table.batches(&columns, &mut write)?;
    output.flush().map_err(|error| Error::Write { why: error.to_string() })
}

fn push_cell(line: &mut Vec<u8>, array: &ArrayRef, row: usize) {
    if array.is_null(row) {
        return;
    }
    let text = match array.data_type() {
        DataType::Boolean => array.as_boolean().value(row).to_string(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row).to_string(),
        // The shortest text that is parsed as the same number.
        DataType::Float64 => format!("{:?}", array.as_primitive::<Float64Type>().value(row)),
        DataType::Decimal128(_, scale) => {
            let value = array.as_primitive::<Decimal128Type>().value(row);
            number::decimal_text(value, u8::try_from(*scale).unwrap_or_default())
        }
        DataType::Date32 => calendar::date_text(array.as_primitive::<Date32Type>().value(row).into()),
        DataType::Timestamp(TimeUnit::Microsecond, zone) => {
            calendar::moment_text(array.as_primitive::<TimestampMicrosecondType>().value(row), zone.is_some())
        }
        _ => return push_text(line, array.as_string_view().value(row)),
    };
    line.extend_from_slice(text.as_bytes());
}

/// Writes a text, in quotes if it would be read as something else.
fn push_text(line: &mut Vec<u8>, text: &str) {
    let special = |byte: u8| matches!(byte, b',' | b'"' | b'\n' | b'\r' | b';' | b'\t' | b'|');
    let blank = |letter: Option<char>| letter.is_some_and(char::is_whitespace);
    let quote = DEFAULT_NULLS.contains(&text)
        || text.bytes().any(special)
        || blank(text.chars().next())
        || blank(text.chars().last())
        // A row that begins like a comment would be left out.
        || text.starts_with(['\u{feff}', '#', '%', '!']);
    if quote {
        line.extend_from_slice(quoted(text).as_bytes());
    } else {
        line.extend_from_slice(text.as_bytes());
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}
