//! Reads a foreign Parquet file: converts columns of single values to Hven's types, row group by row group.

use std::{path::Path, sync::Arc};

use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, Field};
use hven_core::dataset::{
    Column, ColumnType, DECIMAL_DIGITS_MAX, Schema,
    report::{Format, ParquetFormat},
};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::{
    checks,
    error::{AtPath, Error, Result},
    guard::{damaged, guarded},
    kelvin::ToKelvin,
    nulls::Nulls,
    options::ImportOptions,
    page_headers, parallel,
    parquet_values::{converted, without_nulls},
    problems::Collector,
    remarks::Remark,
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
pub(crate) fn read(
    source: &Path,
    folder: &Path,
    options: &ImportOptions,
    rows_max: Option<usize>,
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
    let nulls = options.nulls.as_ref().map(|words| Nulls::new(words.iter().map(String::as_str)));
    let arrow_fields = columns.iter().map(|column| Arc::new(schema::field(column))).collect();
    let mut writer = TableWriter::create(&folder.join(TABLE_FILE), arrow_fields, threads)?;
    let mut problems = Collector::new(folder.join(PROBLEMS_FILE), options.limits.problems_listed);
    let mut null_counts = vec![0_u64; columns.len()];
    let mut waiting: Vec<Vec<ArrayRef>> = vec![Vec::new(); columns.len()];
    let (mut waiting_rows, mut waiting_bytes) = (0, 0);
    let footer = texts_as_views(&footer)?;
    guarded(|| {
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(file, footer)
            .with_batch_size((GROUP_BYTES / 64 / columns.len().max(1)).clamp(64, BATCH_ROWS));
        let reader = match rows_max {
            Some(rows) => reader.with_limit(rows),
            None => reader,
        };
        let reader = reader.build().map_err(|error| damaged(&error))?;
        each_batch(reader, 0, &mut |first, arrays| {
            let rows = arrays.first().map_or(0, Array::len);
            let mut found = Vec::new();
            for (at, array) in arrays.iter().enumerate() {
                let mut faults = Vec::new();
                let column_type = kelvin[at].map_or(columns[at].column_type, |kelvin| kelvin.from);
                let values = without_nulls(converted(array, column_type, &mut faults)?, nulls.as_ref());
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
    Ok(TableRead {
        source: digest,
        format: Format::Parquet(format),
        table,
        problems: problems.finish()?,
        notes: notes.into_iter().map(Remark::from).collect(),
    })
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
        let stated = stated.map(String::as_str).or_else(|| is_duration(field.data_type()).then_some("s"));
        let mut column = Column { name, column_type, unit, nullable: true, description: None };
        if let Some(unit) = stated.filter(|_| !column_type.is_number()) {
            notes.push(format!(
                "the file gives {} the unit {unit}, which is left out: the column is {column_type}, and only numbers have units",
                column.name
            ));
        }
        let description = known
            .and_then(|column| column.description.clone())
            .or_else(|| field.metadata().get("description").cloned());
        kelvin.push(describe(&mut column, stated, options, notes)?);
        column.description = column.description.or(description);
        columns.push(column);
    }
    Ok((columns, kelvin))
}

/// Keys under which programs keep the unit of a field.
const UNIT_KEYS: [&str; 4] = ["unit", "units", "Unit", "Units"];

fn is_duration(data_type: &DataType) -> bool {
    match data_type {
        DataType::Duration(_) => true,
        DataType::Dictionary(_, value) => is_duration(value),
        _ => false,
    }
}

fn column_type(field: &Field) -> Result<ColumnType> {
    type_of(field.name(), field.data_type())
}

fn type_of(name: &str, data_type: &DataType) -> Result<ColumnType> {
    let refuse = |what: &str| {
        Err(Error::ColumnKind {
            column: name.to_owned(),
            what: what.to_owned(),
            hint: "write the file without this column, or with one column for each part of it".to_owned(),
        })
    };
    Ok(match data_type {
        DataType::Boolean => ColumnType::Bool,
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => ColumnType::Int64,
        DataType::UInt8 | DataType::UInt16 | DataType::UInt32 => ColumnType::Int64,
        DataType::UInt64 => ColumnType::Decimal { precision: 20, scale: 0 },
        DataType::Float16 | DataType::Float32 | DataType::Float64 => ColumnType::Float64,
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => decimal_type(*precision, *scale),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => ColumnType::Text,
        // The values of a dictionary are read instead of their numbers.
        DataType::Dictionary(_, value) => type_of(name, value)?,
        DataType::Date32 | DataType::Date64 => ColumnType::Date,
        DataType::Timestamp(_, zone) => ColumnType::Timestamp { zoned: zone.is_some() },
        // Seconds.
        DataType::Duration(_) => ColumnType::Float64,
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            return refuse("bytes");
        }
        DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..) => return refuse("lists"),
        DataType::Struct(_) => return refuse("values with parts"),
        DataType::Map(..) => return refuse("maps"),
        DataType::Time32(_) | DataType::Time64(_) => return refuse("times of day"),
        DataType::Interval(_) => return refuse("intervals of months, days and seconds"),
        other => return refuse(&format!("values of the type {other}")),
    })
}

/// The type for decimal numbers: at most 38 digits, and none after the point for a negative scale.
fn decimal_type(precision: u8, scale: i8) -> ColumnType {
    let more = u8::try_from(-i16::from(scale).min(0)).unwrap_or_default();
    let scale = u8::try_from(scale.max(0)).unwrap_or_default().min(DECIMAL_DIGITS_MAX);
    ColumnType::Decimal { precision: precision.saturating_add(more).clamp(1, DECIMAL_DIGITS_MAX).max(scale), scale }
}
