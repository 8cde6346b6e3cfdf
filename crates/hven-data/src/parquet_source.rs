//! Reads a foreign Parquet file: converts columns of single values to Hven's types, row group by row group.

use std::{path::Path, sync::Arc};

use arrow_array::{
    Array, ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, StringArray,
    TimestampMicrosecondArray,
    cast::AsArray,
    types::{
        ArrowPrimitiveType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Float16Type,
        Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, TimestampMicrosecondType,
        TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type,
        UInt64Type,
    },
};
use arrow_schema::{DataType, Field, TimeUnit};
use hven_core::dataset::{
    Column, ColumnType, Problem, ProblemKind, Schema,
    report::{Format, ParquetFormat},
};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::{
    checks,
    error::{AtPath, Error, Result},
    guard::{damaged, guarded},
    kelvin::ToKelvin,
    options::ImportOptions,
    page_headers, parallel,
    parse::calendar::DAY_US,
    problems::Collector,
    schema::{self, TABLE_KEY, TableMetadata},
    table::{each_batch, open_parquet, texts_as_views},
    table_read::{PROBLEMS_FILE, Progress, Stage, TABLE_FILE, TableRead, check_names, describe, metadata},
    table_writer::{TableWriter, digest_of},
};

/// The limit of rows in a row group of the table.
const GROUP_ROWS: usize = 1 << 20;
/// The limit of memory for the values of a row group.
const GROUP_BYTES: usize = 128 << 20;

/// How many rows are read at once.
const BATCH_ROWS: usize = 1 << 12;
/// The limit of text bytes of one column in a batch. A word of a megabyte that occurs in every row takes little space in the
/// file.
const BATCH_TEXT_BYTES: usize = 256 << 20;

pub(crate) fn read(
    source: &Path,
    folder: &Path,
    options: &ImportOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<TableRead> {
    let size = std::fs::metadata(source).at(source)?.len().max(1);
    let digest = digest_of(source, &mut |done| {
        progress(Progress { stage: Stage::Look, share: done as f64 / size as f64, rows: 0 });
    })?;
    let (file, footer) = open_parquet(source)?;
    page_headers::check(&file, footer.metadata())?;
    let mut notes = Vec::new();
    let fields = footer.schema().fields().clone();
    if fields.len() > options.limits.columns_max {
        return Err(Error::TooManyColumns { columns: fields.len(), columns_max: options.limits.columns_max });
    }
    let key_values = footer.metadata().file_metadata().key_value_metadata();
    let own: Option<TableMetadata> = key_values
        .and_then(|all| all.iter().find(|one| one.key == TABLE_KEY))
        .and_then(|one| serde_json::from_str(one.value.as_deref()?).ok());
    let (columns, kelvin) = columns(&fields, own.as_ref(), options, &mut notes)?;
    let schema = Schema { columns };
    checks::prepare(&schema, &options.checks)?;
    let columns = schema.columns;
    let rows_claimed = footer.metadata().file_metadata().num_rows().max(1);
    let format = ParquetFormat {
        created_by: footer.metadata().file_metadata().created_by().map(|by| by.chars().take(200).collect()),
        row_groups: footer.metadata().num_row_groups() as u64,
    };
    let threads = parallel::threads(options.threads);
    let arrow_fields = columns.iter().map(|column| Arc::new(schema::field(column))).collect();
    let mut writer = TableWriter::create(&folder.join(TABLE_FILE), arrow_fields, threads)?;
    let mut problems = Collector::new(folder.join(PROBLEMS_FILE), options.limits.problems_listed);
    let mut null_counts = vec![0_u64; columns.len()];
    let mut waiting: Vec<Vec<ArrayRef>> = vec![Vec::new(); columns.len()];
    let (mut waiting_rows, mut waiting_bytes) = (0, 0);
    let footer = texts_as_views(&footer)?;
    guarded(|| {
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(file, footer)
            .with_batch_size((GROUP_BYTES / 64 / columns.len().max(1)).clamp(64, BATCH_ROWS))
            .build()
            .map_err(|error| damaged(&error))?;
        each_batch(reader, 0, &mut |first, arrays| {
            let rows = arrays.first().map_or(0, Array::len);
            let mut found = Vec::new();
            for (at, array) in arrays.iter().enumerate() {
                let mut faults = Vec::new();
                let column_type = kelvin[at].map_or(columns[at].column_type, |kelvin| kelvin.from);
                let values = converted(array, column_type, &mut faults)?;
                let values = kelvin[at].map_or_else(|| Arc::clone(&values), |kelvin| kelvin.of_array(&values));
                null_counts[at] += values.null_count() as u64;
                waiting_bytes += values.get_array_memory_size();
                waiting[at].push(values);
                found.extend(faults.into_iter().map(|fault| fault.at(first, &columns[at].name)));
            }
            found.sort_by_key(|problem| problem.line);
            problems.add(found)?;
            waiting_rows += rows;
            if waiting_rows >= GROUP_ROWS || waiting_bytes >= GROUP_BYTES {
                (waiting_rows, waiting_bytes) = (0, 0);
                writer.write(waiting.iter_mut().map(std::mem::take).collect())?;
            }
            let rows = first + rows as u64;
            progress(Progress { stage: Stage::Convert, share: rows as f64 / rows_claimed as f64, rows });
            Ok(())
        })
    })?;
    if waiting_rows > 0 {
        writer.write(waiting)?;
    }
    let mut columns = columns;
    for (column, nulls) in columns.iter_mut().zip(null_counts) {
        column.nullable = nulls > 0;
    }
    let table = writer.finish(&[(TABLE_KEY, metadata(columns, options)?)])?;
    Ok(TableRead { source: digest, format: Format::Parquet(format), table, problems: problems.finish()?, notes })
}

fn columns(
    fields: &[Arc<Field>],
    own: Option<&TableMetadata>,
    options: &ImportOptions,
    notes: &mut Vec<String>,
) -> Result<(Vec<Column>, Vec<Option<ToKelvin>>)> {
    let header: Vec<Vec<u8>> = fields.iter().map(|field| field.name().clone().into_bytes()).collect();
    let (names, name_notes) = crate::csv::header::names(Some(&header), fields.len());
    notes.extend(name_notes);
    check_names(options, &names)?;
    let (mut columns, mut kelvin) = (Vec::with_capacity(names.len()), Vec::with_capacity(names.len()));
    for (name, field) in names.into_iter().zip(fields) {
        let column_type = column_type(field)?;
        if let Some(wanted) = options.types.get(&name)
            && *wanted != column_type
        {
            let why = format!("{name} is {column_type} in the Parquet file; types are chosen for text tables alone");
            return Err(Error::BadOption { option: "types", why });
        }
        let known = own.and_then(|own| own.schema.column(&name));
        // The unit comes from Hven's own metadata, or from the metadata that other programs add to a field.
        let unit = known.and_then(|column| column.unit.clone()).filter(|_| column_type.is_number());
        let stated = UNIT_KEYS.iter().find_map(|key| field.metadata().get(*key)).filter(|_| unit.is_none());
        let mut column = Column { name, column_type, unit, nullable: true, description: None };
        let description = known
            .and_then(|column| column.description.clone())
            .or_else(|| field.metadata().get("description").cloned());
        kelvin.push(describe(&mut column, stated.map(String::as_str), options, notes)?);
        column.description = column.description.or(description);
        columns.push(column);
    }
    Ok((columns, kelvin))
}

/// Keys under which programs keep the unit of a field.
const UNIT_KEYS: [&str; 4] = ["unit", "units", "Unit", "Units"];

fn column_type(field: &Field) -> Result<ColumnType> {
    let refuse = |what: &str| {
        Err(Error::ColumnKind {
            column: field.name().clone(),
            what: what.to_owned(),
            hint: "write the file without this column, or with one column for each part of it".to_owned(),
        })
    };
    Ok(match field.data_type() {
        DataType::Boolean => ColumnType::Bool,
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => ColumnType::Int64,
        DataType::UInt8 | DataType::UInt16 | DataType::UInt32 => ColumnType::Int64,
        DataType::UInt64 => ColumnType::Decimal { precision: 20, scale: 0 },
        DataType::Float16 | DataType::Float32 | DataType::Float64 => ColumnType::Float64,
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale) => match u8::try_from(*scale) {
            Ok(scale) if scale <= *precision => ColumnType::Decimal { precision: *precision, scale },
            _ => return refuse("decimal numbers of an unusual scale"),
        },
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => ColumnType::Text,
        DataType::Dictionary(_, value) if **value == DataType::Utf8 => ColumnType::Text,
        DataType::Date32 | DataType::Date64 => ColumnType::Date,
        DataType::Timestamp(_, zone) => ColumnType::Timestamp { zoned: zone.is_some() },
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            return refuse("bytes");
        }
        DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..) => return refuse("lists"),
        DataType::Struct(_) | DataType::Map(..) => return refuse("values with parts"),
        DataType::Time32(_) | DataType::Time64(_) | DataType::Duration(_) | DataType::Interval(_) => {
            return refuse("times of day or durations");
        }
        other => return refuse(&format!("values of the type {other}")),
    })
}

/// A value that could not be converted exactly.
struct Fault {
    row: usize,
    kind: ProblemKind,
    raw: String,
    what: String,
}

impl Fault {
    fn at(self, first: u64, column: &str) -> Problem {
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
fn converted(array: &ArrayRef, column_type: ColumnType, faults: &mut Vec<Fault>) -> Result<ArrayRef> {
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
        DataType::Decimal32(..) => Ok(decimals(array.as_primitive::<Decimal32Type>(), i128::from, column_type)),
        DataType::Decimal64(..) => Ok(decimals(array.as_primitive::<Decimal64Type>(), i128::from, column_type)),
        DataType::Decimal128(..) => Ok(decimals(array.as_primitive::<Decimal128Type>(), |value| value, column_type)),
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
