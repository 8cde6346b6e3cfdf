//! Tables of an export as Parquet files, written row by row and read by row groups.
//!
//! A table is declared once, with a description of each column; the schema and the README come from that declaration.

use std::{borrow::Cow, fs::File, sync::Arc};

use parquet::{
    basic::{Compression, ZstdLevel},
    column::reader::get_typed_column_reader,
    data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type},
    file::{
        properties::WriterProperties,
        reader::{FileReader, RowGroupReader, SerializedFileReader},
        writer::SerializedFileWriter,
    },
    schema::parser::parse_message_type,
};

use super::folder::{Folder, Written};
use crate::series::PartError;

/// The type of a column. Any cell may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Json,
    Int,
    Real,
    Bool,
    /// A point in time, in microseconds, UTC.
    Time,
}

impl Kind {
    const fn parquet(self) -> (&'static str, &'static str) {
        match self {
            Self::Text | Self::Json => ("binary", " (UTF8)"),
            Self::Int => ("int64", ""),
            Self::Real => ("double", ""),
            Self::Bool => ("boolean", ""),
            Self::Time => ("int64", " (TIMESTAMP(MICROS,true))"),
        }
    }
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "JSON",
            Self::Int => "integer",
            Self::Real => "number",
            Self::Bool => "true or false",
            Self::Time => "time (UTC, µs)",
        }
    }
}

/// A column: its name, its type, and its description with the unit.
pub(super) type Column = (&'static str, Kind, &'static str);

#[derive(Debug)]
pub(super) struct Table {
    pub(super) file: &'static str,
    /// The description of one row.
    pub(super) row: &'static str,
    pub(super) columns: &'static [Column],
}

impl Table {
    fn schema(&self) -> String {
        let columns = self.columns.iter().map(|(name, kind, _)| {
            let (stored, logical) = kind.parquet();
            format!("optional {stored} {name}{logical};")
        });
        format!("message rows {{ {} }}", columns.collect::<Vec<_>>().join(" "))
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell<'a> {
    Null,
    Text(Cow<'a, str>),
    Int(i64),
    Real(f64),
    Bool(bool),
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}
impl<'a> From<&'a String> for Cell<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}
impl From<String> for Cell<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}
impl From<i64> for Cell<'_> {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}
impl From<u64> for Cell<'_> {
    fn from(number: u64) -> Self {
        Self::Int(number as i64)
    }
}
impl From<u32> for Cell<'_> {
    fn from(number: u32) -> Self {
        Self::Int(number.into())
    }
}
impl From<f64> for Cell<'_> {
    fn from(number: f64) -> Self {
        Self::Real(number)
    }
}
impl From<bool> for Cell<'_> {
    fn from(is_so: bool) -> Self {
        Self::Bool(is_so)
    }
}
impl From<hven_core::Time> for Cell<'_> {
    fn from(time: hven_core::Time) -> Self {
        Self::Int(time.micros())
    }
}
impl<'a, T: Into<Cell<'a>>> From<Option<T>> for Cell<'a> {
    fn from(cell: Option<T>) -> Self {
        cell.map_or(Self::Null, Into::into)
    }
}

/// The cells of a column that are not missing, with their positions.
#[derive(Debug)]
enum Values {
    Text(Vec<ByteArray>),
    Int(Vec<i64>),
    Real(Vec<f64>),
    Bool(Vec<bool>),
}

impl Values {
    fn of(kind: Kind) -> Self {
        match kind {
            Kind::Text | Kind::Json => Self::Text(Vec::new()),
            Kind::Int | Kind::Time => Self::Int(Vec::new()),
            Kind::Real => Self::Real(Vec::new()),
            Kind::Bool => Self::Bool(Vec::new()),
        }
    }
}

const GROUP_ROWS: usize = 64 * 1024;
const GROUP_BYTES: usize = 16 << 20;

type SheetResult<T> = Result<T, PartError>;

fn wrong(why: impl Into<String>) -> PartError {
    PartError::Parquet(why.into())
}

/// A table that is being written.
pub(super) struct Sheet {
    table: &'static Table,
    writer: SerializedFileWriter<Written>,
    columns: Vec<(Values, Vec<i16>)>,
    rows: usize,
    bytes: usize,
}

impl Sheet {
    pub(super) fn begin(folder: &Folder, table: &'static Table) -> SheetResult<Self> {
        let schema = Arc::new(parse_message_type(&table.schema())?);
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
            .set_created_by("hven".to_owned())
            .build();
        let writer = SerializedFileWriter::new(folder.begin(table.file)?, schema, Arc::new(properties))?;
        let columns = table.columns.iter().map(|(_, kind, _)| (Values::of(*kind), Vec::new())).collect();
        Ok(Self { table, writer, columns, rows: 0, bytes: 0 })
    }

    /// Adds a row: a cell for each column, in the order of columns.
    pub(super) fn add<'a>(&mut self, cells: impl IntoIterator<Item = Cell<'a>>) -> SheetResult<()> {
        let mut columns = self.columns.iter_mut();
        for cell in cells {
            let Some((values, levels)) = columns.next() else { return Err(wrong("a row has too many cells")) };
            levels.push(i16::from(cell != Cell::Null));
            match (cell, values) {
                (Cell::Null, _) => {}
                (Cell::Text(text), Values::Text(all)) => {
                    self.bytes += text.len();
                    all.push(ByteArray::from(text.into_owned().into_bytes()));
                }
                (Cell::Int(number), Values::Int(all)) => all.push(number),
                (Cell::Real(number), Values::Real(all)) => all.push(number),
                (Cell::Bool(is_so), Values::Bool(all)) => all.push(is_so),
                _ => return Err(wrong(format!("a cell of {} has another type than its column", self.table.file))),
            }
        }
        if columns.next().is_some() {
            return Err(wrong(format!("a row of {} has too few cells", self.table.file)));
        }
        self.rows += 1;
        self.bytes += 16 * self.columns.len();
        if self.rows >= GROUP_ROWS || self.bytes >= GROUP_BYTES { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> SheetResult<()> {
        let mut group = self.writer.next_row_group()?;
        for (values, levels) in &mut self.columns {
            let Some(mut column) = group.next_column()? else { return Err(wrong("there are too many columns")) };
            let levels = std::mem::take(levels);
            match values {
                Values::Text(all) => column.typed::<ByteArrayType>().write_batch(all, Some(&levels), None)?,
                Values::Int(all) => column.typed::<Int64Type>().write_batch(all, Some(&levels), None)?,
                Values::Real(all) => column.typed::<DoubleType>().write_batch(all, Some(&levels), None)?,
                Values::Bool(all) => column.typed::<BoolType>().write_batch(all, Some(&levels), None)?,
            };
            column.close()?;
            match values {
                Values::Text(all) => all.clear(),
                Values::Int(all) => all.clear(),
                Values::Real(all) => all.clear(),
                Values::Bool(all) => all.clear(),
            }
        }
        group.close()?;
        (self.rows, self.bytes) = (0, 0);
        Ok(())
    }

    pub(super) fn end(mut self, folder: &mut Folder) -> SheetResult<()> {
        if self.rows > 0 {
            self.flush()?;
        }
        folder.end(self.writer.into_inner()?)?;
        Ok(())
    }
}

/// Reads a table, one group of rows at a time.
pub(super) struct Rows {
    reader: SerializedFileReader<File>,
    table: &'static Table,
    next: usize,
}

impl Rows {
    pub(super) fn open(file: File, table: &'static Table) -> SheetResult<Self> {
        let reader = SerializedFileReader::new(file)?;
        let found = reader.metadata().file_metadata().schema_descr().columns().iter();
        let wanted = parse_message_type(&table.schema())?;
        let same = found.len() == table.columns.len()
            && found.zip(wanted.get_fields()).all(|(found, wanted)| {
                found.name() == wanted.name() && found.physical_type() == wanted.get_physical_type()
            });
        if !same {
            return Err(wrong("it has the wrong columns"));
        }
        Ok(Self { reader, table, next: 0 })
    }

    /// The cells of the next group, by column.
    pub(super) fn next(&mut self) -> SheetResult<Option<Vec<Vec<Cell<'static>>>>> {
        if self.next >= self.reader.num_row_groups() {
            return Ok(None);
        }
        let group = self.reader.get_row_group(self.next)?;
        self.next += 1;
        let rows = usize::try_from(group.metadata().num_rows())
            .map_err(|_| wrong("the number of rows in a group is invalid"))?;
        let group = group.as_ref();
        let columns = self.table.columns.iter().enumerate().map(|(index, (_, kind, _))| match kind {
            Kind::Text | Kind::Json => column::<ByteArrayType>(group, index, rows, |value| {
                let text = value.as_utf8().map_err(|_| wrong("a cell is not text"))?;
                Ok(Cell::Text(Cow::Owned(text.to_owned())))
            }),
            Kind::Int | Kind::Time => column::<Int64Type>(group, index, rows, |value| Ok(Cell::Int(value))),
            Kind::Real => column::<DoubleType>(group, index, rows, |value| Ok(Cell::Real(value))),
            Kind::Bool => column::<BoolType>(group, index, rows, |value| Ok(Cell::Bool(value))),
        });
        Ok(Some(columns.collect::<Result<_, _>>()?))
    }
}

fn column<T: DataType>(
    group: &dyn RowGroupReader,
    index: usize,
    rows: usize,
    cell: impl Fn(T::T) -> SheetResult<Cell<'static>>,
) -> SheetResult<Vec<Cell<'static>>> {
    let mut reader = get_typed_column_reader::<T>(group.get_column_reader(index)?);
    let (mut values, mut levels) = (Vec::new(), Vec::new());
    while levels.len() < rows {
        let (records, _, _) = reader.read_records(rows - levels.len(), Some(&mut levels), None, &mut values)?;
        if records == 0 {
            return Err(wrong("a column ends early"));
        }
    }
    let mut values = values.into_iter();
    let one = |level: i16| match level {
        0 => Ok(Cell::Null),
        _ => cell(values.next().ok_or_else(|| wrong("a column ends early"))?),
    };
    levels.into_iter().map(one).collect()
}
