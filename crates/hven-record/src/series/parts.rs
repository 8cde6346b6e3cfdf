//! Sealed parts: Parquet files of rows, written and read by column.
//!
//! The row groups of a log are in the order of offsets, and those of metrics in the order of keys. A reader finds the few
//! row groups that it needs by their statistics, and has one of them in memory at a time.

use std::{fs::File, io, sync::Arc};

use bytes::Bytes;
use hven_app::ports::series::LogFrame;
use hven_core::{
    Time,
    run::Number,
    stream::{FRAME_HEAD_BYTES, Point, Sample, Source},
};
use parquet::{
    basic::{Compression, ZstdLevel},
    column::reader::get_typed_column_reader,
    data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type},
    errors::ParquetError,
    file::{
        properties::{EnabledStatistics, WriterProperties},
        reader::{FileReader, RowGroupReader, SerializedFileReader},
        statistics::Statistics,
        writer::{SerializedFileWriter, SerializedRowGroupWriter},
    },
    schema::parser::parse_message_type,
};

const LOG_SCHEMA: &str = "message log {
    required int64 offset; required int64 time_us; required int32 source; required binary bytes; }";
const METRICS_SCHEMA: &str = "message metrics {
    required binary key (UTF8); required int64 step; required int64 time_us; required double value;
    required int32 class; }";
const RESOURCES_SCHEMA: &str = "message resources {
    required int64 time_us; required double cpu_s; required int64 rss; required int64 read; required int64 written;
    required int32 procs; }";

/// The maximum bytes and rows of a log in one row group.
const LOG_GROUP_BYTES: usize = 1 << 20;
const LOG_GROUP_ROWS: usize = 16 * 1024;
const GROUP_ROWS: usize = 64 * 1024;

type PartResult<T> = Result<T, PartError>;

#[derive(Debug, thiserror::Error)]
pub(crate) enum PartError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("{0}")]
    Parquet(String),
}

impl From<ParquetError> for PartError {
    fn from(e: ParquetError) -> Self {
        match e {
            ParquetError::External(inner) => match inner.downcast::<io::Error>() {
                Ok(io) => Self::Io(*io),
                Err(other) => Self::Parquet(other.to_string()),
            },
            other => Self::Parquet(other.to_string()),
        }
    }
}

impl From<PartError> for io::Error {
    fn from(e: PartError) -> Self {
        match e {
            PartError::Io(e) => e,
            PartError::Parquet(text) => Self::new(io::ErrorKind::InvalidData, text),
        }
    }
}

/// Writes row groups into a file.
pub(super) struct PartWriter<'a> {
    writer: SerializedFileWriter<&'a mut File>,
}

impl<'a> PartWriter<'a> {
    fn new(file: &'a mut File, schema: &str) -> PartResult<Self> {
        let schema = Arc::new(parse_message_type(schema)?);
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_created_by("hven".to_owned())
            .build();
        Ok(Self { writer: SerializedFileWriter::new(file, schema, Arc::new(properties))? })
    }

    pub(super) fn log(file: &'a mut File) -> PartResult<Self> {
        Self::new(file, LOG_SCHEMA)
    }

    /// Adds frames as one or more row groups.
    pub(super) fn add_log(&mut self, frames: &[LogFrame]) -> PartResult<()> {
        let mut tail = frames;
        while !tail.is_empty() {
            let mut bytes = 0;
            let mut fits = |frame: &LogFrame| {
                bytes += frame.bytes.len();
                bytes <= LOG_GROUP_BYTES
            };
            let rows = tail.iter().take(LOG_GROUP_ROWS).map_while(|frame| fits(frame).then_some(())).count().max(1);
            let (group, after) = tail.split_at(rows);
            tail = after;
            let mut columns = self.writer.next_row_group()?;
            add::<Int64Type>(&mut columns, group.iter().map(|f| f.offset as i64))?;
            add::<Int64Type>(&mut columns, group.iter().map(|f| f.time.micros()))?;
            add::<Int32Type>(&mut columns, group.iter().map(|f| i32::from(f.source.to_byte())))?;
            add::<ByteArrayType>(&mut columns, group.iter().map(|f| ByteArray::from(f.bytes.clone())))?;
            columns.close()?;
        }
        Ok(())
    }

    pub(super) fn close(self) -> PartResult<()> {
        self.writer.close()?;
        Ok(())
    }
}

fn add<T: DataType>(
    columns: &mut SerializedRowGroupWriter<'_, &mut File>,
    values: impl Iterator<Item = T::T>,
) -> PartResult<()> {
    let values: Vec<T::T> = values.collect();
    let missing = || PartError::Parquet("there are too many columns".to_owned());
    let mut column = columns.next_column()?.ok_or_else(missing)?;
    column.typed::<T>().write_batch(&values, None, None)?;
    Ok(column.close()?)
}

/// Classifies a value as finite or not, in a separate column, because other readers may treat NaN as a missing value.
fn class(value: f64) -> i32 {
    match value {
        x if x.is_finite() => 0,
        x if x.is_nan() => 1,
        x if x > 0.0 => 2,
        _ => 3,
    }
}

/// Writes points, which must be in the order of their keys.
pub(super) fn write_points(file: &mut File, points: &[Point]) -> PartResult<()> {
    let mut part = PartWriter::new(file, METRICS_SCHEMA)?;
    for group in points.chunks(GROUP_ROWS) {
        let mut columns = part.writer.next_row_group()?;
        add::<ByteArrayType>(&mut columns, group.iter().map(|p| ByteArray::from(p.key.as_str())))?;
        add::<Int64Type>(&mut columns, group.iter().map(|p| p.step))?;
        add::<Int64Type>(&mut columns, group.iter().map(|p| p.time_us))?;
        add::<DoubleType>(&mut columns, group.iter().map(|p| p.value.0))?;
        add::<Int32Type>(&mut columns, group.iter().map(|p| class(p.value.0)))?;
        columns.close()?;
    }
    part.close()
}

pub(super) fn write_samples(file: &mut File, samples: &[Sample]) -> PartResult<()> {
    let mut part = PartWriter::new(file, RESOURCES_SCHEMA)?;
    for group in samples.chunks(GROUP_ROWS) {
        let mut columns = part.writer.next_row_group()?;
        add::<Int64Type>(&mut columns, group.iter().map(|s| s.time_us))?;
        add::<DoubleType>(&mut columns, group.iter().map(|s| s.cpu_s))?;
        add::<Int64Type>(&mut columns, group.iter().map(|s| s.rss as i64))?;
        add::<Int64Type>(&mut columns, group.iter().map(|s| s.read as i64))?;
        add::<Int64Type>(&mut columns, group.iter().map(|s| s.written as i64))?;
        add::<Int32Type>(&mut columns, group.iter().map(|s| s.procs as i32))?;
        columns.close()?;
    }
    part.close()
}

fn column<T: DataType>(group: &dyn RowGroupReader, index: usize, rows: usize) -> PartResult<Vec<T::T>> {
    let mut reader = get_typed_column_reader::<T>(group.get_column_reader(index)?);
    let mut values = Vec::with_capacity(rows);
    while values.len() < rows {
        let (records, _, _) = reader.read_records(rows - values.len(), None, None, &mut values)?;
        if records == 0 {
            return Err(PartError::Parquet("a column ends early".to_owned()));
        }
    }
    Ok(values)
}

/// Calls `look` for the frames of a part from the first that starts at or after `from`, until `look` returns false.
pub(crate) fn read_log(file: File, from: u64, look: &mut dyn FnMut(LogFrame) -> bool) -> PartResult<()> {
    let reader = SerializedFileReader::new(file)?;
    for index in 0..reader.num_row_groups() {
        let statistics = reader.metadata().row_group(index).column(0).statistics();
        let last = match statistics {
            Some(Statistics::Int64(offsets)) => offsets.max_opt().map_or(u64::MAX, |max| *max as u64),
            _ => u64::MAX,
        };
        if last < from {
            continue;
        }
        let group = reader.get_row_group(index)?;
        let rows = group.metadata().num_rows() as usize;
        let offsets = column::<Int64Type>(group.as_ref(), 0, rows)?;
        let times = column::<Int64Type>(group.as_ref(), 1, rows)?;
        let sources = column::<Int32Type>(group.as_ref(), 2, rows)?;
        let pieces = column::<ByteArrayType>(group.as_ref(), 3, rows)?;
        for (((offset, time), source), piece) in offsets.into_iter().zip(times).zip(sources).zip(pieces) {
            let offset = offset as u64;
            if offset < from {
                continue;
            }
            let source = u8::try_from(source).ok().and_then(Source::from_byte);
            let source = source.ok_or_else(|| PartError::Parquet("a frame has no known source".to_owned()))?;
            // Copy the bytes, because the array shares the memory of a whole page.
            let bytes = Bytes::copy_from_slice(piece.data());
            let next = offset + (FRAME_HEAD_BYTES + bytes.len()) as u64;
            if !look(LogFrame { offset, next, source, time: Time::from_micros(time), bytes }) {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Reads the points of one key, or all points.
pub(crate) fn read_points(file: File, key: Option<&str>) -> PartResult<Vec<Point>> {
    let reader = SerializedFileReader::new(file)?;
    let mut points = Vec::new();
    for index in 0..reader.num_row_groups() {
        let statistics = reader.metadata().row_group(index).column(0).statistics();
        if let (Some(key), Some(Statistics::ByteArray(keys))) = (key, statistics)
            && let (Some(min), Some(max)) = (keys.min_opt(), keys.max_opt())
            && (key.as_bytes() < min.data() || (key.as_bytes() > max.data() && keys.max_is_exact()))
        {
            continue;
        }
        let group = reader.get_row_group(index)?;
        let rows = group.metadata().num_rows() as usize;
        let keys = column::<ByteArrayType>(group.as_ref(), 0, rows)?;
        let steps = column::<Int64Type>(group.as_ref(), 1, rows)?;
        let times = column::<Int64Type>(group.as_ref(), 2, rows)?;
        let values = column::<DoubleType>(group.as_ref(), 3, rows)?;
        let classes = column::<Int32Type>(group.as_ref(), 4, rows)?;
        for i in 0..rows {
            if key.is_some_and(|key| key.as_bytes() != keys[i].data()) {
                continue;
            }
            let name = keys[i].as_utf8()?.to_owned();
            let value = match classes[i] {
                0 => values[i],
                1 => f64::NAN,
                2 => f64::INFINITY,
                _ => f64::NEG_INFINITY,
            };
            points.push(Point { key: name, value: Number(value), step: steps[i], time_us: times[i] });
        }
    }
    Ok(points)
}

pub(crate) fn read_samples(file: File) -> PartResult<Vec<Sample>> {
    let reader = SerializedFileReader::new(file)?;
    let mut samples = Vec::new();
    for index in 0..reader.num_row_groups() {
        let group = reader.get_row_group(index)?;
        let rows = group.metadata().num_rows() as usize;
        let times = column::<Int64Type>(group.as_ref(), 0, rows)?;
        let cpu = column::<DoubleType>(group.as_ref(), 1, rows)?;
        let rss = column::<Int64Type>(group.as_ref(), 2, rows)?;
        let read = column::<Int64Type>(group.as_ref(), 3, rows)?;
        let written = column::<Int64Type>(group.as_ref(), 4, rows)?;
        let procs = column::<Int32Type>(group.as_ref(), 5, rows)?;
        samples.extend((0..rows).map(|i| Sample {
            time_us: times[i],
            cpu_s: cpu[i],
            rss: rss[i] as u64,
            read: read[i] as u64,
            written: written[i] as u64,
            procs: procs[i] as u32,
        }));
    }
    Ok(samples)
}
