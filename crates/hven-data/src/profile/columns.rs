//! Profiles all columns of a table, one group of columns at a time.

use arrow_array::{
    Array, ArrayRef,
    cast::AsArray,
    types::{Date32Type, Decimal128Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType},
};
use hven_core::dataset::{
    Cell, ColumnType, Profile,
    profile::{Distinct, Frequent},
};

use super::{
    numbers::{Decimal, Float, Numbers},
    texts::Texts,
};
use crate::{
    error::Result,
    parallel,
    parse::{calendar, number},
    table::Table,
};

/// How much memory one thread may use for the numbers of an exact profile.
const EXACT_BYTES: usize = 128 << 20;
/// Very many columns are read in at most this many groups, so that the footer is not parsed for each column.
const GROUPS_MAX: usize = 256;

/// The profiles of all columns, in order. `done` gets the number of finished columns.
pub(crate) fn profiles(table: &Table, threads: usize, done: &mut dyn FnMut(usize)) -> Result<Vec<Profile>> {
    let count = table.schema().columns.len();
    let together = count.div_ceil(GROUPS_MAX).max(1);
    let table = &table.with_words()?;
    let all: Vec<usize> = (0..count).collect();
    let groups: Vec<Vec<usize>> = all.chunks(together).map(<[usize]>::to_vec).collect();
    let found = parallel::map_with(groups, threads, |columns| group(table, &columns), &mut |groups| {
        done((groups * together).min(count));
    });
    found.into_iter().collect::<Result<Vec<_>>>().map(|groups| groups.into_iter().flatten().collect())
}

fn group(table: &Table, columns: &[usize]) -> Result<Vec<Profile>> {
    let exact_bytes = EXACT_BYTES / columns.len().max(1);
    let schema = table.schema();
    let mut found: Vec<Accumulator> =
        columns.iter().map(|at| Accumulator::new(schema.columns[*at].column_type, exact_bytes)).collect();
    let mut nulls = vec![0_u64; columns.len()];
    table.batches(columns, &mut |first, arrays| {
        for ((array, one), nulls) in arrays.iter().zip(&mut found).zip(&mut nulls) {
            *nulls += array.null_count() as u64;
            one.add(array, first);
        }
        Ok(())
    })?;
    let finished = found.into_iter().zip(nulls).zip(columns).map(|((one, nulls), at)| {
        let profile = one.finish();
        Profile { column: schema.columns[*at].name.clone(), count: table.rows() - nulls, nulls, ..profile }
    });
    Ok(finished.collect())
}

enum Accumulator {
    Bool { trues: u64, falses: u64 },
    Int(Numbers<i64>),
    Float(Numbers<Float>),
    Decimal(Numbers<Decimal>, u8),
    Date(Numbers<i64>),
    Moment(Numbers<i64>, bool),
    Text(Box<Texts>),
}

impl Accumulator {
    pub(super) fn new(column_type: ColumnType, exact_bytes: usize) -> Self {
        match column_type {
            ColumnType::Bool => Self::Bool { trues: 0, falses: 0 },
            ColumnType::Int64 => Self::Int(Numbers::new(exact_bytes, 1.0)),
            ColumnType::Float64 => Self::Float(Numbers::new(exact_bytes, 1.0)),
            ColumnType::Decimal { scale, .. } => {
                Self::Decimal(Numbers::new(exact_bytes, 10_f64.powi(scale.into())), scale)
            }
            ColumnType::Text => Self::Text(Box::default()),
            ColumnType::Date => Self::Date(Numbers::new(exact_bytes, 1.0)),
            ColumnType::Timestamp { zoned } => Self::Moment(Numbers::new(exact_bytes, 1e6), zoned),
        }
    }

    /// Adds values; the first one is in the row `first`.
    pub(super) fn add(&mut self, array: &ArrayRef, first: u64) {
        match self {
            Self::Bool { trues, falses } => {
                let values = array.as_boolean();
                *trues += values.true_count() as u64;
                *falses += values.false_count() as u64;
            }
            Self::Int(numbers) => numbers.add_array(array.as_primitive::<Int64Type>(), first, |value| value),
            Self::Float(numbers) => numbers.add_floats(array.as_primitive::<Float64Type>(), first),
            Self::Decimal(numbers, _) => numbers.add_array(array.as_primitive::<Decimal128Type>(), first, Decimal),
            Self::Date(numbers) => numbers.add_array(array.as_primitive::<Date32Type>(), first, i64::from),
            Self::Moment(numbers, _) => {
                numbers.add_array(array.as_primitive::<TimestampMicrosecondType>(), first, |value| value);
            }
            Self::Text(texts) => match array.as_dictionary_opt::<Int32Type>() {
                Some(words) => texts.add_words(words, first),
                None => {
                    for (row, text) in array.as_string_view().iter().enumerate() {
                        if let Some(text) = text {
                            texts.add(text, first + row as u64, 1);
                        }
                    }
                }
            },
        }
    }

    pub(super) fn finish(self) -> Profile {
        match self {
            Self::Bool { trues, falses } => bools(trues, falses),
            Self::Int(numbers) => numbers.finish(true, &Cell::Int),
            Self::Float(numbers) => numbers.finish(false, &|value| Cell::float(value.get())),
            Self::Decimal(numbers, scale) => {
                numbers.finish(scale == 0, &|value| Cell::Text(number::decimal_text(value.0, scale)))
            }
            Self::Date(numbers) => {
                let profile = numbers.finish(true, &|day| Cell::Text(calendar::date_text(day)));
                Profile { mean: None, stddev: None, ..profile }
            }
            Self::Moment(numbers, zoned) => {
                let profile = numbers.finish(false, &|micros| Cell::Text(calendar::moment_text(micros, zoned)));
                Profile { mean: None, stddev: None, ..profile }
            }
            Self::Text(texts) => texts.finish(),
        }
    }
}

fn bools(trues: u64, falses: u64) -> Profile {
    let mut frequent =
        vec![Frequent { value: Cell::Bool(true), count: trues }, Frequent { value: Cell::Bool(false), count: falses }];
    frequent.retain(|one| one.count > 0);
    frequent.sort_by_key(|one| std::cmp::Reverse(one.count));
    let count = trues + falses;
    Profile {
        distinct: Distinct { count: frequent.len() as u64, exact: true },
        mean: (count > 0).then(|| trues as f64 / count as f64),
        frequent,
        ..Profile::default()
    }
}
