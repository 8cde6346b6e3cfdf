//! Compares tables in CSV or Parquet: columns by name, rows by position, numbers within the tolerance.
//!
//! Both are read like an import, so that CSV in another dialect and Parquet of another program are compared by their
//! content. A table with bad cells is compared as text instead, so that no cell is ignored.

use std::{fs, path::Path};

use arrow_array::{Array, ArrayRef, cast::AsArray, types::Int64Type};
use hven_core::{
    dataset::{Cell, ColumnType, report::Format},
    reproduction::{Spot, Tolerance},
};

use super::{BytesOnly, differences::Differences, text};
use crate::{ImportOptions, TABLE_FILE, Table, error::Error, import, schema, table::array_numbers};

/// How many rows are compared at once.
const ROWS: u64 = 1 << 16;
/// How many cells of both tables are in memory at once.
const CELLS_MAX: u64 = 8 << 20;

pub(super) fn compare(
    before: &Path,
    after: &Path,
    scratch: &Path,
    differences: &mut Differences,
) -> Result<(), BytesOnly> {
    let old = read(before, &scratch.join("before"))?;
    let new = read(after, &scratch.join("after"))?;
    match (old, new) {
        (Some(old), Some(new)) => tables(&old, &new, differences).map_err(|wrong| wrong.to_string()),
        _ => text::compare(before, after, differences),
    }
}

/// The table of a file; `None` if it should be compared as text.
fn read(source: &Path, folder: &Path) -> Result<Option<Table>, BytesOnly> {
    fs::create_dir_all(folder).map_err(|wrong| wrong.to_string())?;
    let report = match import(source, folder, &ImportOptions::default(), &mut |_| {}) {
        Ok(report) => report,
        // An empty file, or one that is not a table, may still be text.
        Err(Error::NotATable { .. } | Error::Empty | Error::RowTooLong { .. }) => return Ok(None),
        Err(wrong) => return Err(wrong.to_string()),
    };
    let is_text = !matches!(report.source.format, Format::Parquet(_));
    if report.problems.total > 0 && is_text {
        return Ok(None);
    }
    Table::open(&folder.join(TABLE_FILE)).map(Some).map_err(|wrong| wrong.to_string())
}

fn tables(old: &Table, new: &Table, differences: &mut Differences) -> Result<(), Error> {
    let columns = |table: &Table| table.schema().columns.clone();
    for column in columns(old).iter().filter(|column| new.schema().position(&column.name).is_none()) {
        differences
            .differs(Some(&column.column_type.to_string()), None, || Spot::Column { column: column.name.clone() });
    }
    for column in columns(new).iter().filter(|column| old.schema().position(&column.name).is_none()) {
        differences
            .differs(None, Some(&column.column_type.to_string()), || Spot::Column { column: column.name.clone() });
    }
    if old.rows() != new.rows() {
        differences.differs(Some(&old.rows().to_string()), Some(&new.rows().to_string()), || Spot::Rows);
    }
    let mut pairs = Vec::new();
    for (place, column) in columns(old).into_iter().enumerate() {
        let Some(new_place) = new.schema().position(&column.name) else { continue };
        let new_type = new.schema().columns[new_place].column_type;
        match how(column.column_type, new_type) {
            Some(how) => pairs.push(Pair { name: column.name, old: place, new: new_place, how }),
            None => {
                let (was, is) = (column.column_type.to_string(), new_type.to_string());
                differences.differs(Some(&was), Some(&is), || Spot::Column { column: column.name });
            }
        }
    }
    let rows = old.rows().min(new.rows());
    let step = (CELLS_MAX / (pairs.len() as u64).max(1)).clamp(1, ROWS);
    let mut first = 0;
    while first < rows && !pairs.is_empty() {
        let limit = step.min(rows - first);
        let before = window(old, pairs.iter().map(|pair| pair.old), first, limit)?;
        let after = window(new, pairs.iter().map(|pair| pair.new), first, limit)?;
        for (pair, (before, after)) in pairs.iter().zip(before.iter().zip(&after)) {
            pair.compare(before, after, first, differences);
        }
        first += limit;
    }
    Ok(())
}

struct Pair {
    name: String,
    old: usize,
    new: usize,
    how: ColumnComparison,
}

#[derive(Clone, Copy)]
enum ColumnComparison {
    /// Two different 64-bit numbers may be equal as floats.
    WholeNumbers,
    Numbers,
    Cells,
}

/// How two columns are compared; `None` if only one of them is numeric.
fn how(old: ColumnType, new: ColumnType) -> Option<ColumnComparison> {
    match (old.is_number(), new.is_number()) {
        (true, true) if old == ColumnType::Int64 && new == ColumnType::Int64 => Some(ColumnComparison::WholeNumbers),
        (true, true) => Some(ColumnComparison::Numbers),
        (false, false) if old == new => Some(ColumnComparison::Cells),
        _ => None,
    }
}

/// Some rows of some columns: a list of batches for each column, in the given order.
fn window(
    table: &Table,
    columns: impl Iterator<Item = usize>,
    first: u64,
    limit: u64,
) -> Result<Vec<Vec<ArrayRef>>, Error> {
    let wanted: Vec<usize> = columns.collect();
    let mut sorted = wanted.clone();
    sorted.sort_unstable();
    let mut batches: Vec<Vec<ArrayRef>> = vec![Vec::new(); sorted.len()];
    table.selected(&sorted, Some((first, limit)), &mut |_, arrays| {
        for (batch, array) in batches.iter_mut().zip(arrays) {
            batch.push(array.clone());
        }
        Ok(())
    })?;
    // The columns of a table have different indices.
    Ok(wanted.iter().map(|place| batches[sorted.binary_search(place).unwrap_or_default()].clone()).collect())
}

impl Pair {
    fn compare(&self, before: &[ArrayRef], after: &[ArrayRef], first: u64, differences: &mut Differences) {
        let spot = |row: usize| Spot::Cell { row: first + row as u64 + 1, column: self.name.clone() };
        match self.how {
            ColumnComparison::WholeNumbers => {
                let numbers = |batches: &[ArrayRef]| -> Vec<Option<i64>> {
                    batches.iter().flat_map(|array| array.as_primitive::<Int64Type>().iter()).collect()
                };
                for (row, pair) in numbers(before).into_iter().zip(numbers(after)).enumerate() {
                    match pair {
                        (old, new) if old == new => {}
                        (Some(old), Some(new)) if (old as f64).to_bits() != (new as f64).to_bits() => {
                            differences.numbers(
                                old as f64,
                                new as f64,
                                || (old.to_string(), new.to_string()),
                                || spot(row),
                            );
                        }
                        (Some(_), Some(_)) if differences.tolerance != Tolerance::EXACT => {}
                        (old, new) => {
                            let shown = |value: Option<i64>| value.map(|value| value.to_string());
                            differences.differs(shown(old).as_deref(), shown(new).as_deref(), || spot(row));
                        }
                    }
                }
            }
            ColumnComparison::Numbers => {
                let numbers =
                    |batches: &[ArrayRef]| -> Vec<Option<f64>> { batches.iter().flat_map(array_numbers).collect() };
                for (row, pair) in numbers(before).into_iter().zip(numbers(after)).enumerate() {
                    match pair {
                        (Some(old), Some(new)) => {
                            differences.numbers(old, new, || (old.to_string(), new.to_string()), || spot(row));
                        }
                        (None, None) => {}
                        // Some programs write a missing value as NaN, others as nothing.
                        (Some(value), None) | (None, Some(value)) if value.is_nan() => {}
                        (old, new) => {
                            let shown = |value: Option<f64>| value.map(|value| value.to_string());
                            differences.differs(shown(old).as_deref(), shown(new).as_deref(), || spot(row));
                        }
                    }
                }
            }
            ColumnComparison::Cells => {
                let cells = |batches: &[ArrayRef]| -> Vec<Cell> {
                    let of_batch = |array: &ArrayRef| (0..array.len()).map(|row| schema::cell(array, row)).collect();
                    batches.iter().flat_map(of_batch as fn(&ArrayRef) -> Vec<Cell>).collect()
                };
                for (row, (old, new)) in cells(before).into_iter().zip(cells(after)).enumerate() {
                    if old != new {
                        let shown = |cell: &Cell| (*cell != Cell::Null).then(|| cell.to_string());
                        differences.differs(shown(&old).as_deref(), shown(&new).as_deref(), || spot(row));
                    }
                }
            }
        }
    }
}
