//! Reads tables: columns as numbers, rows for a preview, a sample.

use std::{fs::File, path::Path, sync::Arc};

use arrow_array::{
    Array, ArrayRef, RecordBatch,
    cast::AsArray,
    types::{Date32Type, Decimal128Type, Float64Type, Int64Type, TimestampMicrosecondType},
};
use arrow_schema::{DataType, TimeUnit};
use hven_core::{
    dataset::{Cell, Column, ColumnType, Schema},
    name::Name,
    nearest,
};
use parquet::{
    arrow::{
        ProjectionMask,
        arrow_reader::{
            ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection, RowSelector,
        },
    },
    basic::Encoding,
};

use crate::{
    error::{AtPath, Error, Result},
    guard::{self, SharedFile, damaged, guarded},
    schema::{self, TABLE_KEY, TableMetadata},
};

/// How many rows are in memory at once while a table is read.
pub(crate) const BATCH_ROWS: usize = 1 << 16;

/// A table that Hven wrote. It is cheap to clone, and many threads may read it at once.
#[derive(Clone, Debug)]
pub struct Table {
    file: SharedFile,
    metadata: ArrowReaderMetadata,
    about: Arc<TableMetadata>,
    rows: u64,
}

impl Table {
    /// Opens a table that an import or a split wrote.
    ///
    /// # Errors
    /// [`Error::NotATable`] for a Parquet file of another program, [`Error::Damaged`] for a damaged one.
    pub fn open(path: &Path) -> Result<Self> {
        let (file, metadata) = open_parquet(path)?;
        guarded(|| {
            let key_values = metadata.metadata().file_metadata().key_value_metadata();
            let about = key_values
                .and_then(|all| all.iter().find(|one| one.key == TABLE_KEY))
                .and_then(|one| one.value.as_deref())
                .ok_or_else(|| Error::NotATable {
                    what: "a Parquet file that Hven did not write".to_owned(),
                    hint: "import it first".to_owned(),
                })?;
            let about: TableMetadata = serde_json::from_str(about).map_err(|error| damaged(&error))?;
            let fields = metadata.schema().fields();
            let agrees = |column: &Column, field: &arrow_schema::Field| {
                column.name == *field.name() && schema::column_type(field.data_type()) == Some(column.column_type)
            };
            let columns = &about.schema.columns;
            if columns.len() != fields.len() || !columns.iter().zip(fields).all(|(column, field)| agrees(column, field))
            {
                return Err(Error::Damaged { why: "its columns are not those that it names".to_owned() });
            }
            let metadata = texts_as_views(&metadata)?;
            // The footer's check guarantees that the number is not negative.
            let rows = metadata.metadata().file_metadata().num_rows() as u64;
            Ok(Self { file, metadata, about: Arc::new(about), rows })
        })
    }

    pub fn schema(&self) -> &Schema {
        &self.about.schema
    }
    pub fn rows(&self) -> u64 {
        self.rows
    }
    pub fn name(&self) -> Option<&Name> {
        self.about.name.as_ref()
    }
    pub fn license(&self) -> Option<&str> {
        self.about.license.as_deref()
    }

    /// The index of a column.
    ///
    /// # Errors
    /// [`Error::NoSuchColumn`], which suggests similar names.
    pub fn position(&self, name: &str) -> Result<usize> {
        self.schema().position(name).ok_or_else(|| Error::NoSuchColumn {
            what: "the request",
            name: name.to_owned(),
            help: nearest::suggestion(name, self.schema().columns.iter().map(|column| column.name.as_str())),
        })
    }

    /// Calls `with` for the columns with these indices, batch by batch, with the number of the batch's first row. The arrays are
    /// in the order of the table, each column once.
    pub(crate) fn batches(
        &self,
        columns: &[usize],
        with: &mut dyn FnMut(u64, &[ArrayRef]) -> Result<()>,
    ) -> Result<()> {
        self.selected(columns, None, with)
    }

    /// The same table, but columns whose texts are dictionary-encoded in all row groups are read as dictionaries.
    pub(crate) fn with_words(&self) -> Result<Self> {
        let metadata = self.metadata.metadata();
        let in_words = |column: usize| {
            metadata.row_groups().iter().all(|group| {
                let mask = group.column(column).page_encoding_stats_mask();
                mask.is_some_and(|mask| mask.is_only(Encoding::RLE_DICTIONARY))
            })
        };
        let metadata = read_as(&self.metadata, |at, data_type| {
            (*data_type == DataType::Utf8View && in_words(at))
                .then(|| DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)))
        })?;
        Ok(Self { metadata, ..self.clone() })
    }

    fn reader(&self, columns: &[usize]) -> ParquetRecordBatchReaderBuilder<SharedFile> {
        let mask = ProjectionMask::leaves(self.metadata.parquet_schema(), columns.iter().copied());
        // Read fewer rows at a time if there are many columns.
        let rows = (BATCH_ROWS * 16 / columns.len().max(16)).max(64);
        ParquetRecordBatchReaderBuilder::new_with_metadata(self.file.clone(), self.metadata.clone())
            .with_projection(mask)
            .with_batch_size(rows)
    }

    pub(crate) fn selected(
        &self,
        columns: &[usize],
        rows: Option<(u64, u64)>,
        with: &mut dyn FnMut(u64, &[ArrayRef]) -> Result<()>,
    ) -> Result<()> {
        guarded(|| {
            let mut reader = self.reader(columns);
            if let Some((offset, limit)) = rows {
                reader = reader.with_offset(offset as usize).with_limit(limit as usize);
            }
            let reader = reader.build().map_err(|error| damaged(&error))?;
            each_batch(reader, rows.map_or(0, |(offset, _)| offset), with)
        })
    }

    /// Columns as numbers, in the given order: numbers unchanged, true as 1, dates as days and times as seconds since
    /// 1970-01-01.
    ///
    /// # Errors
    /// [`Error::NoSuchColumn`], and [`Error::ColumnKind`] for a text column.
    pub fn numbers(&self, names: &[&str]) -> Result<Vec<NumberColumn>> {
        self.numbers_where(names, &mut |_| true)
    }

    /// The same for the rows for which `wanted` returns true.
    pub(crate) fn numbers_where(
        &self,
        names: &[&str],
        wanted: &mut dyn FnMut(u64) -> bool,
    ) -> Result<Vec<NumberColumn>> {
        let places = names.iter().map(|name| self.position(name)).collect::<Result<Vec<_>>>()?;
        for place in &places {
            let column = &self.schema().columns[*place];
            if column.column_type == ColumnType::Text {
                return Err(Error::ColumnKind {
                    column: column.name.clone(),
                    what: "text".to_owned(),
                    hint: "numbers are wanted here".to_owned(),
                });
            }
        }
        let mut sorted = places.clone();
        sorted.sort_unstable();
        sorted.dedup();
        let mut found: Vec<Vec<Option<f64>>> = vec![Vec::new(); sorted.len()];
        self.batches(&sorted, &mut |first, arrays| {
            let rows = arrays.first().map_or(0, Array::len);
            let keep: Vec<bool> = (0..rows as u64).map(|row| wanted(first + row)).collect();
            for (array, values) in arrays.iter().zip(&mut found) {
                let numbers = array_numbers(array);
                values.extend(numbers.into_iter().zip(&keep).filter(|(_, keep)| **keep).map(|(value, _)| value));
            }
            Ok(())
        })?;
        Ok(places
            .iter()
            .map(|place| {
                let at = sorted.binary_search(place).unwrap_or_default();
                NumberColumn { column: self.schema().columns[*place].clone(), values: found[at].clone() }
            })
            .collect())
    }

    /// At most `limit` rows from `offset` on, each with one cell per column.
    ///
    /// # Errors
    /// [`Error::Damaged`].
    pub fn read_rows(&self, offset: u64, limit: u64) -> Result<Vec<Vec<Cell>>> {
        let limit = limit.min(self.rows.saturating_sub(offset));
        if limit == 0 {
            return Ok(Vec::new());
        }
        let columns: Vec<usize> = (0..self.schema().columns.len()).collect();
        let mut rows = Vec::new();
        self.selected(&columns, Some((offset, limit)), &mut |_, arrays| {
            push_rows(&mut rows, arrays);
            Ok(())
        })?;
        Ok(rows)
    }

    /// At most `count` rows with their numbers, spread pseudorandomly over the table; always the same rows.
    ///
    /// # Errors
    /// [`Error::Damaged`].
    pub fn sample(&self, count: usize) -> Result<Vec<(u64, Vec<Cell>)>> {
        let numbers = spread(self.rows, count as u64);
        let columns: Vec<usize> = (0..self.schema().columns.len()).collect();
        let rows = self.cells(&numbers, &columns)?;
        Ok(numbers.into_iter().zip(rows).collect())
    }

    /// The rows with these ascending numbers, with some columns in the order of the table.
    pub(crate) fn cells(&self, numbers: &[u64], columns: &[usize]) -> Result<Vec<Vec<Cell>>> {
        let mut selectors = Vec::new();
        let mut next = 0;
        for number in numbers {
            if *number > next {
                selectors.push(RowSelector::skip((number - next) as usize));
            }
            selectors.push(RowSelector::select(1));
            next = number + 1;
        }
        let mut rows = Vec::new();
        guarded(|| {
            let reader = self.reader(columns).with_row_selection(RowSelection::from(selectors));
            let reader = reader.build().map_err(|error| damaged(&error))?;
            each_batch(reader, 0, &mut |_, arrays| {
                push_rows(&mut rows, arrays);
                Ok(())
            })
        })?;
        Ok(rows)
    }
}

fn push_rows(rows: &mut Vec<Vec<Cell>>, arrays: &[ArrayRef]) {
    let count = arrays.first().map_or(0, Array::len);
    rows.extend((0..count).map(|row| arrays.iter().map(|array| schema::cell(array, row)).collect()));
}

/// A column as numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct NumberColumn {
    pub column: Column,
    /// One value per row; `None` where the cell is null.
    pub values: Vec<Option<f64>>,
}

/// One row out of each of `count` equal intervals, at a pseudorandom position in it.
fn spread(rows: u64, count: u64) -> Vec<u64> {
    let count = count.min(rows);
    let at = |part: u64| (u128::from(rows) * u128::from(part) / u128::from(count.max(1))) as u64;
    (0..count)
        .map(|part| {
            let (start, end) = (at(part), at(part + 1));
            start + xxhash_rust::xxh3::xxh3_64(&part.to_le_bytes()) % (end - start)
        })
        .collect()
}

/// Opens any Parquet file and checks its footer.
pub(crate) fn open_parquet(path: &Path) -> Result<(SharedFile, ArrowReaderMetadata)> {
    let file = SharedFile::new(File::open(path).at(path)?).at(path)?;
    let metadata = guarded(|| {
        let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).map_err(|error| damaged(&error))?;
        guard::check(metadata.metadata(), parquet::file::reader::Length::len(&file))?;
        Ok(metadata)
    })?;
    Ok((file, metadata))
}

/// Reads texts as views of the file's bytes, so that a repeated word is in memory once.
pub(crate) fn texts_as_views(metadata: &ArrowReaderMetadata) -> Result<ArrowReaderMetadata> {
    let is_text = |data_type: &DataType| match data_type {
        DataType::Utf8 | DataType::LargeUtf8 => true,
        DataType::Dictionary(_, words) => matches!(**words, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View),
        _ => false,
    };
    read_as(metadata, |_, data_type| is_text(data_type).then_some(DataType::Utf8View))
}

/// Reads some columns as other types; `other` gets the index and the type of each column.
fn read_as(
    metadata: &ArrowReaderMetadata,
    other: impl Fn(usize, &DataType) -> Option<DataType>,
) -> Result<ArrowReaderMetadata> {
    let schema = metadata.schema();
    let fields = schema.fields().iter().enumerate().map(|(at, field)| match other(at, field.data_type()) {
        Some(data_type) => Arc::new(field.as_ref().clone().with_data_type(data_type)),
        None => Arc::clone(field),
    });
    let schema = arrow_schema::Schema::new_with_metadata(fields.collect::<Vec<_>>(), schema.metadata().clone());
    let options = ArrowReaderOptions::new().with_schema(Arc::new(schema));
    guarded(|| ArrowReaderMetadata::try_new(Arc::clone(metadata.metadata()), options).map_err(|error| damaged(&error)))
}

/// Calls `with` for each batch of a reader.
pub(crate) fn each_batch<E: std::fmt::Display>(
    reader: impl Iterator<Item = std::result::Result<RecordBatch, E>>,
    first_row: u64,
    with: &mut dyn FnMut(u64, &[ArrayRef]) -> Result<()>,
) -> Result<()> {
    let mut row = first_row;
    for batch in reader {
        let batch = batch.map_err(|error| damaged(&error))?;
        with(row, batch.columns())?;
        row += batch.num_rows() as u64;
    }
    Ok(())
}

/// The values of an array as numbers; see [`Table::numbers`]. Text gives `None`.
pub(crate) fn array_numbers(array: &ArrayRef) -> Vec<Option<f64>> {
    match array.data_type() {
        DataType::Boolean => array.as_boolean().iter().map(|it| it.map(|it| f64::from(u8::from(it)))).collect(),
        DataType::Int64 => array.as_primitive::<Int64Type>().iter().map(|it| it.map(|it| it as f64)).collect(),
        DataType::Float64 => array.as_primitive::<Float64Type>().iter().collect(),
        DataType::Decimal128(_, scale) => {
            let scale = u8::try_from(*scale).unwrap_or_default();
            // Parse the decimal text, which gives the nearest number.
            let number = |value| crate::parse::number::decimal_text(value, scale).parse().ok();
            array.as_primitive::<Decimal128Type>().iter().map(|it| it.and_then(number)).collect()
        }
        DataType::Date32 => array.as_primitive::<Date32Type>().iter().map(|it| it.map(f64::from)).collect(),
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            array.as_primitive::<TimestampMicrosecondType>().iter().map(|it| it.map(|it| it as f64 / 1e6)).collect()
        }
        _ => vec![None; array.len()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_spread_over_all_rows() {
        assert_eq!(spread(3, 10), [0, 1, 2]);
        assert_eq!(spread(0, 10), [0; 0]);
        let numbers = spread(1_000_000, 100);
        assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(numbers.iter().enumerate().all(|(part, number)| number / 10_000 == part as u64));
    }
}
