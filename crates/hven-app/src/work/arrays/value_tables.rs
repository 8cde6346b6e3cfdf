//! The tables that hold values of arrays.

use std::collections::HashMap;

use hven_core::{
    Digest,
    array::{Axis, TableRows},
};
use serde_json::Value;

use crate::{
    kernel::error::{AppError, AppResult},
    work::floor::Work,
};

/// The largest table of values.
pub(super) const TABLE_BYTES_MAX: usize = 256 << 20;

/// The rows of the tables of an array, in memory.
#[derive(Debug, Default)]
pub struct ValueTables(HashMap<Digest, Vec<Vec<Value>>>);

impl TableRows for ValueTables {
    fn row(&self, table: &Digest, at: u64) -> Option<&[Value]> {
        self.0.get(table)?.get(usize::try_from(at).ok()?).map(Vec::as_slice)
    }
}

impl ValueTables {
    /// Reads the tables of these axes, and checks that they have the rows and columns that the axes name.
    pub(crate) async fn read(work: &Work, axes: &[Axis]) -> AppResult<Self> {
        let mut tables = HashMap::new();
        for axis in axes.iter().flat_map(with_parts) {
            let Axis::Table { names, object, rows, .. } = axis else { continue };
            if tables.contains_key(object) {
                continue;
            }
            let bytes = work.ports.objects.head(*object, TABLE_BYTES_MAX + 1).await?;
            let bytes = bytes.ok_or_else(|| AppError::not_found("object", object))?;
            if bytes.len() > TABLE_BYTES_MAX {
                return Err(AppError::invalid("a table of values", "is larger than 256 MiB"));
            }
            let found = parse(&bytes, names.len())?;
            if found.len() as u64 != *rows {
                let why = format!("has {} rows, not {rows}", found.len());
                return Err(AppError::invalid("a table of values", why));
            }
            tables.insert(*object, found);
        }
        Ok(Self(tables))
    }
}

/// An axis, and those that go together with it.
fn with_parts(axis: &Axis) -> Vec<&Axis> {
    match axis {
        Axis::Zip { axes } => axes.iter().flat_map(with_parts).collect(),
        other => vec![other],
    }
}

fn parse(bytes: &[u8], columns: usize) -> AppResult<Vec<Vec<Value>>> {
    let mut rows = Vec::new();
    for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let row: Vec<Value> = serde_json::from_slice(line).map_err(|error| {
            AppError::invalid("a table of values", format!("has a line that is no JSON list: {error}"))
        })?;
        if row.len() != columns || row.iter().any(|value| value.is_null() || value.is_array() || value.is_object()) {
            return Err(AppError::invalid(
                "a table of values",
                format!("has in each row {columns} numbers, texts or truth values, and not {}", Value::Array(row)),
            ));
        }
        rows.push(row);
    }
    Ok(rows)
}
