//! Divides tables into parts.
//!
//! A hash of a row's cells determines its part, so a row stays in its part when rows are reordered or added; only rows near
//! the borders between parts may move. Rows that repeat one another stay in one part (`hven_core::repeats`).

use std::{path::Path, sync::Arc};

use arrow_array::{
    Array, ArrayRef, Int64Array,
    cast::AsArray,
    types::{Date32Type, Decimal128Type, Float64Type, Int64Type, TimestampMicrosecondType},
};
use arrow_schema::DataType;
use hven_core::{
    dataset::{
        Column, ColumnType, Schema, Split,
        split::{SplitMethod, SplitPlan},
    },
    repeats::{DifferentRows, NEAR_ROWS_MAX, Repeats},
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
    let Divided { parts, repeats } = divided(&table, plan)?;
    let mut rows = vec![0_u64; plan.parts.len()];
    for part in &parts {
        rows[usize::from(*part)] += 1;
    }
    if let Some(empty) = rows.iter().position(|rows| *rows == 0) {
        let part = &plan.parts[empty].part;
        let why = match repeats {
            None => format!("the part {part:?} would get none of the {} rows", table.rows()),
            Some(counted) => {
                format!("the part {part:?} would get no rows: {counted}, and rows that are equal stay in one part")
            }
        };
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
    Ok(Split { plan: plan.clone(), table: digest, rows, repeats, assignment })
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

struct Divided {
    /// The part of each row, as an index into the plan.
    parts: Vec<u8>,
    repeats: Option<DifferentRows>,
}

fn divided(table: &Table, plan: &SplitPlan) -> Result<Divided> {
    let shares: Vec<f64> = plan
        .parts
        .iter()
        .scan(0.0, |sum, one| {
            *sum += one.share;
            Some(*sum)
        })
        .collect();
    let mut parts = vec![0; table.rows() as usize];
    let mut repeats = None;
    match &plan.method {
        SplitMethod::Random => {
            let found = group_hashes(table, None, plan.seed)?;
            repeats = found.repeats;
            let mut rows = numbered(found.hashes);
            rows.sort_unstable();
            divide(&rows, &shares, 0.5, repeats.is_some(), &mut parts);
        }
        SplitMethod::Stratified { column } => {
            let column = table.position(column)?;
            let strata = hashes(table, &[column], plan.seed)?;
            let found = group_hashes(table, Some(column), plan.seed)?;
            repeats = found.repeats;
            let rows = numbered(found.hashes).into_iter();
            let mut rows: Vec<(u64, (u64, u64))> = rows.map(|row| (strata[row.1 as usize], row)).collect();
            rows.sort_unstable();
            for stratum in rows.chunk_by(|a, b| a.0 == b.0) {
                let rows: Vec<(u64, u64)> = stratum.iter().map(|(_, row)| *row).collect();
                // The rounding of small strata varies; otherwise every value that occurs once would go to the same part.
                let rounding = (stratum[0].0 >> 11) as f64 / (1_u64 << 53) as f64;
                divide(&rows, &shares, rounding, false, &mut parts);
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
                    parts[*row as usize] = part as u8;
                }
                before += key.len();
            }
        }
    }
    Ok(Divided { parts, repeats })
}

fn numbered(hashes: Vec<u64>) -> Vec<(u64, u64)> {
    hashes.into_iter().zip(0..).collect()
}

struct GroupHashes {
    /// For each row the least hash of a row that it repeats, or its own.
    hashes: Vec<u64>,
    repeats: Option<DifferentRows>,
}

/// Finds rows that repeat one another. Rows with different values in the column `apart` never do.
fn group_hashes(table: &Table, apart: Option<usize>, seed: u64) -> Result<GroupHashes> {
    let columns = &table.schema().columns;
    let all: Vec<usize> = (0..columns.len()).collect();
    let mut hashes_of_rows = hashes(table, &all, seed)?;
    let mut repeats = Repeats::of_equal_rows(&hashes_of_rows);
    let is_number = |column: &usize| columns[*column].column_type.is_number() && Some(*column) != apart;
    let (numbers, others): (Vec<usize>, Vec<usize>) = all.into_iter().partition(is_number);
    if repeats.different <= NEAR_ROWS_MAX && !numbers.is_empty() {
        let kinds = if others.is_empty() { vec![seed; hashes_of_rows.len()] } else { hashes(table, &others, seed)? };
        let names: Vec<&str> = numbers.iter().map(|column| columns[*column].name.as_str()).collect();
        let values: Vec<Vec<f64>> = table
            .numbers(&names)?
            .into_iter()
            .map(|column| column.values.into_iter().map(|value| value.unwrap_or(f64::NAN)).collect())
            .collect();
        let values: Vec<&[f64]> = values.iter().map(Vec::as_slice).collect();
        repeats = repeats.with_near_rows(&kinds, &values);
    }
    let mut least = vec![u64::MAX; repeats.different];
    for (hash, group) in hashes_of_rows.iter().zip(&repeats.groups) {
        let least = &mut least[*group as usize];
        *least = (*least).min(*hash);
    }
    for (hash, group) in hashes_of_rows.iter_mut().zip(&repeats.groups) {
        *hash = least[*group as usize];
    }
    Ok(GroupHashes { hashes: hashes_of_rows, repeats: repeats.counted() })
}

/// Assigns the first rows to the first part, and so on; rows with equal hashes stay together. A group of them goes where
/// one point of it is: `rounding` says how far before its end, as a share of the group. With 0.5 this is its middle, so
/// the sizes of the parts are rounded to the nearest.
fn divide(rows: &[(u64, u64)], shares: &[f64], rounding: f64, fill_all: bool, parts: &mut [u8]) {
    let groups: Vec<&[(u64, u64)]> = rows.chunk_by(|a, b| a.0 == b.0).collect();
    let borders: Vec<f64> = shares.iter().map(|share| share * rows.len() as f64).collect();
    let last = shares.len() - 1;
    // How many groups the parts up to each one have.
    let mut ends = vec![0; shares.len()];
    let mut before = 0;
    for group in &groups {
        let point = before as f64 + group.len() as f64 * (1.0 - rounding);
        let part = borders[..last].iter().position(|border| point <= *border).unwrap_or(last);
        ends[part..].iter_mut().for_each(|end| *end += 1);
        before += group.len();
    }
    // Large groups may leave a part empty although there are enough of them.
    if fill_all && groups.len() >= shares.len() {
        for part in 0..=last {
            let least = if part == 0 { 1 } else { ends[part - 1] + 1 };
            ends[part] = ends[part].max(least).min(groups.len() - (last - part));
        }
    }
    let mut part = 0;
    for (place, group) in groups.iter().enumerate() {
        while place >= ends[part] {
            part += 1;
        }
        for (_, row) in *group {
            parts[*row as usize] = part as u8;
        }
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
