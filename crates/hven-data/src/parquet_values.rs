//! Converts the values of a foreign Parquet file to Hven's types.

use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, StringArray,
    TimestampMicrosecondArray, UInt64Array,
    cast::AsArray,
    types::{
        ArrowPrimitiveType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type,
        DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType, DurationSecondType, Float16Type,
        Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, TimestampMicrosecondType,
        TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type,
        UInt64Type,
    },
};
use arrow_schema::{DataType, TimeUnit};
use arrow_select::take::take;
use hven_core::dataset::{ColumnType, Problem, ProblemKind};

use crate::{
    error::{Error, Result},
    nulls::Nulls,
    parse::{calendar::DAY_US, number},
    schema,
};

/// A whole number of 256 bits.
#[allow(non_camel_case_types, reason = "as Arrow calls it")]
type i256 = <Decimal256Type as ArrowPrimitiveType>::Native;

/// The limit of text bytes of one column in a batch. A word of a megabyte that occurs in every row takes little space in the
/// file.
const BATCH_TEXT_BYTES: usize = 256 << 20;

/// A value that could not be converted exactly.
pub(crate) struct Fault {
    row: usize,
    kind: ProblemKind,
    raw: String,
    what: String,
}

impl Fault {
    pub(crate) fn at(self, first: u64, column: &str) -> Problem {
        let row = first + self.row as u64;
        Problem {
            line: row + 1,
            row: Some(row),
            column: Some(column.to_owned()),
            kind: self.kind,
            raw: self.raw,
            what: self.what,
        }
    }
}

/// Converts values to the type of the column.
pub(crate) fn converted(array: &ArrayRef, column_type: ColumnType, faults: &mut Vec<Fault>) -> Result<ArrayRef> {
    let ints = |of: Int64Array| -> Result<ArrayRef> { Ok(Arc::new(of)) };
    let floats = |of: Float64Array| -> Result<ArrayRef> { Ok(Arc::new(of)) };
    match array.data_type() {
        DataType::Boolean => Ok(Arc::new(array.as_boolean().iter().collect::<BooleanArray>())),
        DataType::Int8 => ints(array.as_primitive::<Int8Type>().unary(i64::from)),
        DataType::Int16 => ints(array.as_primitive::<Int16Type>().unary(i64::from)),
        DataType::Int32 => ints(array.as_primitive::<Int32Type>().unary(i64::from)),
        DataType::Int64 => ints(array.as_primitive::<Int64Type>().clone()),
        DataType::UInt8 => ints(array.as_primitive::<UInt8Type>().unary(i64::from)),
        DataType::UInt16 => ints(array.as_primitive::<UInt16Type>().unary(i64::from)),
        DataType::UInt32 => ints(array.as_primitive::<UInt32Type>().unary(i64::from)),
        DataType::UInt64 => Ok(decimals(array.as_primitive::<UInt64Type>(), i128::from, column_type)),
        DataType::Float16 => floats(array.as_primitive::<Float16Type>().unary(f64::from)),
        DataType::Float32 => floats(array.as_primitive::<Float32Type>().unary(f64::from)),
        DataType::Float64 => floats(array.as_primitive::<Float64Type>().clone()),
        DataType::Decimal32(_, scale) => {
            let values = array.as_primitive::<Decimal32Type>().iter().map(|value| Some(i256::from(value?)));
            Ok(scaled(values, *scale, column_type, faults))
        }
        DataType::Decimal64(_, scale) => {
            let values = array.as_primitive::<Decimal64Type>().iter().map(|value| Some(i256::from(value?)));
            Ok(scaled(values, *scale, column_type, faults))
        }
        DataType::Decimal128(_, scale) if *scale >= 0 => {
            Ok(decimals(array.as_primitive::<Decimal128Type>(), |value| value, column_type))
        }
        DataType::Decimal128(_, scale) => {
            let values = array.as_primitive::<Decimal128Type>().iter().map(|value| Some(i256::from_i128(value?)));
            Ok(scaled(values, *scale, column_type, faults))
        }
        DataType::Decimal256(_, scale) => {
            Ok(scaled(array.as_primitive::<Decimal256Type>().iter(), *scale, column_type, faults))
        }
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary();
            let has_values = !dictionary.values().is_empty();
            let keys = if has_values { dictionary.normalized_keys() } else { vec![0; array.len()] };
            let is_valid = |row: usize| has_values && dictionary.keys().is_valid(row);
            let taken: UInt64Array =
                keys.into_iter().enumerate().map(|(row, key)| is_valid(row).then_some(key as u64)).collect();
            let values = take(dictionary.values().as_ref(), &taken, None)
                .map_err(|error| Error::Damaged { why: error.to_string() })?;
            converted(&values, column_type, faults)
        }
        DataType::Duration(unit) => Ok(Arc::new(durations(array, *unit, faults))),
        DataType::Utf8 => Ok(Arc::clone(array)),
        DataType::Utf8View => texts(array),
        DataType::Null => Ok(Arc::new(StringArray::new_null(array.len()))),
        DataType::Date32 => Ok(Arc::new(array.as_primitive::<Date32Type>().clone())),
        DataType::Date64 => {
            let days: Date32Array =
                array.as_primitive::<Date64Type>().unary(|millis| millis.div_euclid(DAY_US / 1000) as i32);
            Ok(Arc::new(days))
        }
        DataType::Timestamp(unit, _) => {
            Ok(Arc::new(moments(array, *unit, faults).with_data_type(schema::data_type(column_type))))
        }
        other => Err(Error::Damaged { why: format!("a column changed its type to {other}") }),
    }
}

fn texts(array: &ArrayRef) -> Result<ArrayRef> {
    let texts = array.as_string_view();
    let bytes: usize = texts.iter().flatten().map(str::len).sum();
    if bytes > BATCH_TEXT_BYTES {
        let why = format!("the texts of a column have {bytes} bytes in {} rows", array.len());
        return Err(Error::Damaged { why });
    }
    Ok(Arc::new(texts.iter().collect::<StringArray>()))
}

fn decimals<T: ArrowPrimitiveType>(
    array: &arrow_array::PrimitiveArray<T>,
    value: impl Fn(T::Native) -> i128,
    column_type: ColumnType,
) -> ArrayRef {
    let values: Decimal128Array = array.unary(value);
    Arc::new(values.with_data_type(schema::data_type(column_type)))
}

/// Decimal numbers of up to 76 digits. Those that do not fit into the column are null, with a problem.
fn scaled(
    values: impl Iterator<Item = Option<i256>>,
    scale: i8,
    column_type: ColumnType,
    faults: &mut Vec<Fault>,
) -> ArrayRef {
    let ColumnType::Decimal { precision, scale: kept } = column_type else {
        return Arc::new(values.map(|_| None::<i128>).collect::<Decimal128Array>());
    };
    let most = i256::from_i128(10_i128.checked_pow(precision.into()).unwrap_or(i128::MAX));
    let power = |digits: i16| i256::from_i128(10).checked_pow(u32::try_from(digits).unwrap_or_default());
    let digits = i16::from(kept) - i16::from(scale);
    let fitting = values.enumerate().map(|(row, value)| {
        let value = value?;
        let found = if digits >= 0 {
            power(digits).and_then(|power| value.checked_mul(power))
        } else {
            // Digits after the last one that is kept must be zero.
            let power = power(-digits)?;
            (value % power == i256::ZERO).then(|| value / power)
        };
        let found = found.filter(|found| *found < most && found.wrapping_neg() < most).and_then(i256::to_i128);
        if found.is_none() {
            let what = format!("it has more digits than {column_type} keeps");
            let raw = if scale == 0 { value.to_string() } else { format!("{value}e{}", -i16::from(scale)) };
            faults.push(Fault { row, kind: ProblemKind::OutOfRange, raw, what });
        }
        found
    });
    let values: Decimal128Array = fitting.collect();
    Arc::new(values.with_data_type(schema::data_type(column_type)))
}

/// Durations in seconds. Those with more digits than a 64-bit float keeps are rounded, with a problem.
fn durations(array: &ArrayRef, unit: TimeUnit, faults: &mut Vec<Fault>) -> Float64Array {
    // The largest number up to which every whole number is a 64-bit float.
    const EXACT_MAX: u64 = 1 << 53;
    let (values, in_second, name): (Vec<Option<i64>>, f64, _) = match unit {
        TimeUnit::Second => (array.as_primitive::<DurationSecondType>().iter().collect(), 1.0, "s"),
        TimeUnit::Millisecond => (array.as_primitive::<DurationMillisecondType>().iter().collect(), 1e3, "ms"),
        TimeUnit::Microsecond => (array.as_primitive::<DurationMicrosecondType>().iter().collect(), 1e6, "µs"),
        TimeUnit::Nanosecond => (array.as_primitive::<DurationNanosecondType>().iter().collect(), 1e9, "ns"),
    };
    let seconds = values.into_iter().enumerate().map(|(row, value)| {
        let value = value?;
        if value.unsigned_abs() > EXACT_MAX {
            let what = "a duration is kept in seconds as a number of 64 bits: its last digits are lost".to_owned();
            faults.push(Fault { row, kind: ProblemKind::Rounded, raw: format!("{value} {name}"), what });
        }
        Some(value as f64 / in_second)
    });
    seconds.collect()
}

/// Values without those that mean "no value": numbers by their value, texts by their words.
#[expect(clippy::float_cmp, reason = "a word stands for exactly one value")]
pub(crate) fn without_nulls(array: ArrayRef, nulls: Option<&Nulls>) -> ArrayRef {
    let Some(nulls) = nulls else { return array };
    match array.data_type() {
        DataType::Int64 => {
            let values = array.as_primitive::<Int64Type>().iter();
            let is_null = |value: i64| nulls.is_number(value.to_string().as_bytes());
            Arc::new(values.map(|value| value.filter(|value| !is_null(*value))).collect::<Int64Array>())
        }
        DataType::Float64 => {
            let wanted: Vec<f64> = nulls.values().collect();
            // A number of 32 bits that was written as the word is the word's nearest such number.
            let is_null = |value: f64| {
                wanted.iter().any(|word| value == *word || value == f64::from(*word as f32))
                    || value.is_nan() && nulls.has_nan()
            };
            let values = array.as_primitive::<Float64Type>().iter();
            Arc::new(values.map(|value| value.filter(|value| !is_null(*value))).collect::<Float64Array>())
        }
        DataType::Decimal128(_, scale) => {
            let digits = u8::try_from(*scale).unwrap_or_default();
            let is_null = |value: i128| nulls.is_number(number::decimal_text(value, digits).as_bytes());
            let values = array.as_primitive::<Decimal128Type>().iter();
            let kept: Decimal128Array = values.map(|value| value.filter(|value| !is_null(*value))).collect();
            Arc::new(kept.with_data_type(array.data_type().clone()))
        }
        DataType::Utf8 => {
            let values = array.as_string::<i32>().iter();
            let is_null = |text: &str| nulls.has(text.trim().as_bytes());
            Arc::new(values.map(|text| text.filter(|text| !is_null(text))).collect::<StringArray>())
        }
        _ => array,
    }
}

/// Times in microseconds. More precise times are truncated with a problem; times out of range become null.
fn moments(array: &ArrayRef, unit: TimeUnit, faults: &mut Vec<Fault>) -> TimestampMicrosecondArray {
    let larger = |values: &mut dyn Iterator<Item = Option<i64>>, factor: i64, faults: &mut Vec<Fault>| {
        let micros = values.enumerate().map(|(row, value)| {
            let value = value?;
            let micros = value.checked_mul(factor);
            if micros.is_none() {
                let what = "a moment too far away to be kept to the microsecond".to_owned();
                faults.push(Fault { row, kind: ProblemKind::OutOfRange, raw: value.to_string(), what });
            }
            micros
        });
        micros.collect()
    };
    match unit {
        TimeUnit::Second => larger(&mut array.as_primitive::<TimestampSecondType>().iter(), 1_000_000, faults),
        TimeUnit::Millisecond => larger(&mut array.as_primitive::<TimestampMillisecondType>().iter(), 1000, faults),
        TimeUnit::Microsecond => array.as_primitive::<TimestampMicrosecondType>().iter().collect(),
        TimeUnit::Nanosecond => {
            let nanos = array.as_primitive::<TimestampNanosecondType>().iter().enumerate();
            nanos
                .map(|(row, value)| {
                    let value = value?;
                    if value % 1000 != 0 {
                        let what = "a moment is kept to the microsecond: the digits after that are left out".to_owned();
                        faults.push(Fault { row, kind: ProblemKind::Rounded, raw: format!("{value} ns"), what });
                    }
                    Some(value.div_euclid(1000))
                })
                .collect()
        }
    }
}
