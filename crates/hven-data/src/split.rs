//! Divides tables into parts.
//!
//! A hash of a row's cells determines its part, so a row stays in its part when rows are reordered or added; only rows near
//! the borders between parts may move. Equal rows get different hashes from a counter.

use std::{path::Path, sync::Arc};

use arrow_array::{
    Array, ArrayRef, Int64Array,
    cast::AsArray,
    types::{Date32Type, Decimal128Type, Float64Type, Int64Type, TimestampMicrosecondType},
};
use arrow_schema::DataType;
use hven_core::dataset::{
    Column, ColumnType, Schema, Split,
    split::{SplitMethod, SplitPlan},
};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::{
    error::{Error, Result},
    schema::{self, TABLE_KEY, TableMetadata},
    table::{NumberColumn, Table},
    table_writer::{TableWriter, digest_of},
};

/// The only column of an assignment.
pub(crate) const PART_COLUMN: &str = "part";
/// How many rows a row group of an assignment has.
const GROUP_ROWS: usize = 1 << 20;

/// Divides the table at `table`, and writes the part of each row to `assignment`.
///
/// # Errors
/// When the plan does not fit the table, a part would be empty, or a file cannot be read or written.
pub fn make_split(table: &Path, plan: &SplitPlan, assignment: &Path) -> Result<Split> {
    plan.check()?;
    let digest = digest_of(table, &mut |_| ())?.digest;
    let table = Table::open(table)?;
    let parts = parts(&table, plan)?;
    let mut rows = vec![0_u64; plan.parts.len()];
    for part in &parts {
        rows[usize::from(*part)] += 1;
    }
    if let Some(empty) = rows.iter().position(|rows| *rows == 0) {
        let why = format!("the part {:?} would get none of the {} rows", plan.parts[empty].part, table.rows());
        return Err(Error::Split { split: plan.name.clone(), why });
    }
    let column = Column {
        name: PART_COLUMN.to_owned(),
        column_type: ColumnType::Int64,
        unit: None,
        nullable: false,
        description: None,
    };
    let mut writer = TableWriter::create(assignment, vec![Arc::new(schema::field(&column))], 1)?;
    for group in parts.chunks(GROUP_ROWS) {
        let values: Int64Array = group.iter().map(|part| i64::from(*part)).collect();
        writer.write(vec![vec![Arc::new(values)]])?;
    }
    let about = TableMetadata { name: None, license: None, schema: Schema { columns: vec![column] } };
    let about = serde_json::to_string(&about).map_err(|error| Error::Write { why: error.to_string() })?;
    let assignment = writer.finish(&[(TABLE_KEY, about)])?;
    Ok(Split { plan: plan.clone(), table: digest, rows, assignment })
}

/// Columns of one part as numbers, as [`Table::numbers`] returns them for the whole table.
///
/// # Errors
/// [`Error::NoSuchPart`], [`Error::OtherTable`], and the errors of [`Table::numbers`].
pub fn read_part(
    table: &Path,
    assignment: &Path,
    split: &Split,
    part: &str,
    names: &[&str],
) -> Result<Vec<NumberColumn>> {
    let wanted = split.plan.parts.iter().position(|one| one.part == part).ok_or_else(|| Error::NoSuchPart {
        split: split.plan.name.clone(),
        part: part.to_owned(),
        parts: split.plan.parts.iter().map(|one| one.part.as_str()).collect::<Vec<_>>().join(", "),
    })?;
    let (table, assignment) = (Table::open(table)?, Table::open(assignment)?);
    if table.rows() != assignment.rows() {
        return Err(Error::OtherTable { split: split.plan.name.clone() });
    }
    let mut is_wanted = Vec::with_capacity(assignment.rows() as usize);
    assignment.batches(&[assignment.position(PART_COLUMN)?], &mut |_, arrays| {
        if let Some(parts) = arrays.first().and_then(|array| array.as_primitive_opt::<Int64Type>()) {
            is_wanted.extend(parts.iter().map(|part| part == Some(wanted as i64)));
        }
        Ok(())
    })?;
    table.numbers_where(names, &mut |row| is_wanted.get(row as usize).copied().unwrap_or(false))
}

/// The part of each row, as an index into the plan.
fn parts(table: &Table, plan: &SplitPlan) -> Result<Vec<u8>> {
    let schema = table.schema();
    let all: Vec<usize> = (0..schema.columns.len()).collect();
    let shares: Vec<f64> = plan
        .parts
        .iter()
        .scan(0.0, |sum, one| {
            *sum += one.share;
            Some(*sum)
        })
        .collect();
    let mut found = vec![0; table.rows() as usize];
    match &plan.method {
        SplitMethod::Random => {
            let mut rows = make_distinct(numbered(hashes(table, &all, plan.seed)?));
            rows.sort_unstable();
            divide(&rows, &shares, 0.5, &mut found);
        }
        SplitMethod::Stratified { column } => {
            let strata = hashes(table, &[table.position(column)?], plan.seed)?;
            let rows = make_distinct(numbered(hashes(table, &all, plan.seed)?));
            let mut rows: Vec<(u64, (u64, u64))> = rows.into_iter().map(|row| (strata[row.1 as usize], row)).collect();
            rows.sort_unstable();
            for stratum in rows.chunk_by(|a, b| a.0 == b.0) {
                let rows: Vec<(u64, u64)> = stratum.iter().map(|(_, row)| *row).collect();
                // The rounding of small strata varies; otherwise every value that occurs once would go to the same part.
                let rounding = (stratum[0].0 >> 11) as f64 / (1_u64 << 53) as f64;
                divide(&rows, &shares, rounding, &mut found);
            }
        }
        SplitMethod::ByKey { columns } => {
            let mut places = columns.iter().map(|name| table.position(name)).collect::<Result<Vec<_>>>()?;
            places.sort_unstable();
            places.dedup();
            if places.is_empty() {
                return Err(Error::Split { split: plan.name.clone(), why: "it has no key: name a column".to_owned() });
            }
            let mut rows = numbered(hashes(table, &places, plan.seed)?);
            rows.sort_unstable();
            let count = rows.len() as f64;
            let mut before = 0;
            for key in rows.chunk_by(|a, b| a.0 == b.0) {
                let middle = (before as f64 + key.len() as f64 / 2.0) / count;
                let part = shares.iter().position(|share| middle < *share).unwrap_or(shares.len() - 1);
                for (_, row) in key {
                    found[*row as usize] = part as u8;
                }
                before += key.len();
            }
        }
    }
    Ok(found)
}

fn numbered(hashes: Vec<u64>) -> Vec<(u64, u64)> {
    hashes.into_iter().zip(0..).collect()
}

/// Gives equal rows different hashes, from a counter.
fn make_distinct(mut rows: Vec<(u64, u64)>) -> Vec<(u64, u64)> {
    rows.sort_unstable();
    for equal in rows.chunk_by_mut(|a, b| a.0 == b.0) {
        for (count, row) in equal.iter_mut().enumerate().skip(1) {
            row.0 = xxh3_64_with_seed(&(count as u64).to_le_bytes(), row.0);
        }
    }
    rows
}

/// Assigns the first rows to the first part, and so on. A `rounding` of 0.5 rounds to the nearest.
fn divide(rows: &[(u64, u64)], shares: &[f64], rounding: f64, found: &mut [u8]) {
    let mut start = 0;
    for (part, share) in shares.iter().enumerate() {
        let last = part + 1 == shares.len();
        let end =
            if last { rows.len() } else { ((share * rows.len() as f64 + rounding).floor() as usize).min(rows.len()) };
        for (_, row) in &rows[start..end.max(start)] {
            found[*row as usize] = part as u8;
        }
        start = end.max(start);
    }
}

/// A hash of some cells of each row.
fn hashes(table: &Table, columns: &[usize], seed: u64) -> Result<Vec<u64>> {
    let mut hashes = vec![xxh3_64_with_seed(b"row", seed); table.rows() as usize];
    let total = hashes.len();
    table.batches(columns, &mut |first, arrays| {
        for array in arrays {
            let end = (first as usize + array.len()).min(total);
            mix(array, &mut hashes[first as usize..end]);
        }
        Ok(())
    })?;
    Ok(hashes)
}

/// Mixes the cells of a column into the hashes of their rows. The hashed bytes are the same on every machine.
fn mix(array: &ArrayRef, hashes: &mut [u64]) {
    let fixed = |bytes: &dyn Fn(usize) -> i128, hashes: &mut [u64]| {
        for (row, hash) in hashes.iter_mut().enumerate() {
            *hash = if array.is_null(row) {
                xxh3_64_with_seed(b"null", *hash)
            } else {
                xxh3_64_with_seed(&bytes(row).to_le_bytes(), *hash)
            };
        }
    };
    match array.data_type() {
        DataType::Boolean => {
            let values = array.as_boolean();
            fixed(&|row| values.value(row).into(), hashes);
        }
        DataType::Int64 => {
            let values = array.as_primitive::<Int64Type>();
            fixed(&|row| values.value(row).into(), hashes);
        }
        DataType::Float64 => {
            let values = array.as_primitive::<Float64Type>();
            // −0 and 0 are the same number.
            fixed(&|row| (values.value(row) + 0.0).to_bits().into(), hashes);
        }
        DataType::Decimal128(..) => {
            let values = array.as_primitive::<Decimal128Type>();
            fixed(&|row| values.value(row), hashes);
        }
        DataType::Date32 => {
            let values = array.as_primitive::<Date32Type>();
            fixed(&|row| values.value(row).into(), hashes);
        }
        DataType::Timestamp(..) => {
            let values = array.as_primitive::<TimestampMicrosecondType>();
            fixed(&|row| values.value(row).into(), hashes);
        }
        _ => {
            let values = array.as_string_view();
            for (row, hash) in hashes.iter_mut().enumerate() {
                // No text contains this byte, so no text is hashed like null.
                *hash = if values.is_null(row) {
                    xxh3_64_with_seed(b"\xffnull", *hash)
                } else {
                    xxh3_64_with_seed(values.value(row).as_bytes(), *hash)
                };
            }
        }
    }
}
