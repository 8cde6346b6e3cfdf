//! Writes Parquet files: encodes columns in parallel, gives the same bytes for the same values, and hashes them.

use std::{
    collections::HashSet,
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use arrow_array::{
    Array, ArrayRef,
    cast::AsArray,
    types::{Float64Type, Int64Type, TimestampMicrosecondType},
};
use arrow_schema::{DataType, FieldRef, Schema as ArrowSchema, TimeUnit};
use hven_core::{Digest, dataset::report::Bytes};
use parquet::{
    arrow::{
        ArrowSchemaConverter, ArrowWriter,
        arrow_writer::{ArrowColumnChunk, ArrowRowGroupWriterFactory, ArrowWriterOptions, compute_leaves},
    },
    basic::{Compression, Encoding, ZstdLevel},
    errors::ParquetError,
    file::{
        metadata::KeyValue,
        properties::{WriterProperties, WriterPropertiesBuilder},
        writer::SerializedFileWriter,
    },
};

use crate::{
    error::{AtPath, Error, Result},
    parallel,
};

/// The `created_by` of every file. It has no version, so that the bytes change only with the content.
const CREATED_BY: &str = "hven";

/// A Parquet file that is being written under a temporary name.
pub(crate) struct TableWriter {
    writer: SerializedFileWriter<Hashing<BufWriter<File>>>,
    fields: Vec<FieldRef>,
    path: PathBuf,
    partial: PathBuf,
    threads: usize,
    row_groups: usize,
}

impl TableWriter {
    pub(crate) fn create(path: &Path, fields: Vec<FieldRef>, threads: usize) -> Result<Self> {
        let mut partial = path.as_os_str().to_owned();
        partial.push(".partial");
        let partial = PathBuf::from(partial);
        let file = File::create(&partial).at(&partial)?;
        let hashing =
            Hashing { inner: BufWriter::with_capacity(1 << 20, file), hasher: blake3::Hasher::new(), size: 0 };
        let schema = Arc::new(ArrowSchema::new(fields.clone()));
        let options = ArrowWriterOptions::new().with_properties(basic().build());
        let writer = ArrowWriter::try_new_with_options(hashing, schema, options).map_err(|error| unwritten(&error))?;
        let (writer, _) = writer.into_serialized_writer().map_err(|error| unwritten(&error))?;
        Ok(Self { writer, fields, path: path.to_owned(), partial, threads, row_groups: 0 })
    }

    /// Appends a row group. Each column is a list of arrays with the same total length.
    pub(crate) fn write(&mut self, columns: Vec<Vec<ArrayRef>>) -> Result<()> {
        let group = self.row_groups;
        let work: Vec<_> = self.fields.iter().cloned().zip(columns).collect();
        let chunks = parallel::map(work, self.threads, |(field, arrays)| encode(&field, &arrays, group));
        let mut row_group = self.writer.next_row_group().map_err(|error| unwritten(&error))?;
        for chunk in chunks {
            chunk.and_then(|chunk| chunk.append_to_row_group(&mut row_group)).map_err(|error| unwritten(&error))?;
        }
        row_group.close().map_err(|error| unwritten(&error))?;
        self.row_groups += 1;
        Ok(())
    }

    /// Writes the footer with the metadata and gives the file its final name.
    pub(crate) fn finish(mut self, metadata: &[(&str, String)]) -> Result<Bytes> {
        for (key, value) in metadata {
            self.writer.append_key_value_metadata(KeyValue::new((*key).to_owned(), value.clone()));
        }
        let hashing = self.writer.into_inner().map_err(|error| unwritten(&error))?;
        let Hashing { mut inner, hasher, size } = hashing;
        inner.flush().at(&self.partial)?;
        std::fs::rename(&self.partial, &self.path).at(&self.path)?;
        Ok(Bytes { digest: hasher.finalize().into(), size })
    }
}

fn unwritten(error: &ParquetError) -> Error {
    Error::Write { why: error.to_string() }
}

fn basic() -> WriterPropertiesBuilder {
    // Level 1 is valid.
    let level = ZstdLevel::try_new(1).unwrap_or_default();
    WriterProperties::builder().set_created_by(CREATED_BY.to_owned()).set_compression(Compression::ZSTD(level))
}

/// Encodes one column of a row group. Its writer exists only during the call: a table may have 10⁵ columns, and an idle
/// writer also takes memory.
fn encode(field: &FieldRef, arrays: &[ArrayRef], group: usize) -> Result<ArrowColumnChunk, ParquetError> {
    let schema = Arc::new(ArrowSchema::new(vec![Arc::clone(field)]));
    let properties = Arc::new(properties(field.data_type(), arrays).build());
    let parquet_schema = ArrowSchemaConverter::new().convert(&schema)?;
    let alone = SerializedFileWriter::new(io::sink(), parquet_schema.root_schema_ptr(), properties)?;
    let mut writers = ArrowRowGroupWriterFactory::new(&alone, schema).create_column_writers(group)?;
    let mut writer = writers.pop().ok_or_else(|| ParquetError::General("a column has no writer".to_owned()))?;
    for array in arrays {
        for leaf in compute_leaves(field, array)? {
            writer.write(&leaf)?;
        }
    }
    writer.close()
}

/// Shorter columns are not compressed.
const COMPRESSED_MIN: usize = 64;
/// How many values decide the encoding.
const SAMPLE: usize = 4096;

/// Chooses no dictionary for values that hardly repeat, because the library would discard it after much work.
fn properties(data_type: &DataType, arrays: &[ArrayRef]) -> WriterPropertiesBuilder {
    let mut properties = basic();
    if arrays.iter().map(Array::len).sum::<usize>() < COMPRESSED_MIN {
        properties = properties.set_compression(Compression::UNCOMPRESSED);
    }
    let Some(first) = arrays.first() else { return properties };
    let bits: HashSet<u64> = match data_type {
        DataType::Float64 => {
            first.as_primitive::<Float64Type>().values().iter().take(SAMPLE).map(|it| it.to_bits()).collect()
        }
        DataType::Int64 => {
            first.as_primitive::<Int64Type>().values().iter().take(SAMPLE).map(|it| *it as u64).collect()
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            first.as_primitive::<TimestampMicrosecondType>().values().iter().take(SAMPLE).map(|it| *it as u64).collect()
        }
        _ => return properties,
    };
    if bits.len() * 2 <= first.len().min(SAMPLE) {
        return properties;
    }
    let encoding =
        if *data_type == DataType::Float64 { Encoding::BYTE_STREAM_SPLIT } else { Encoding::DELTA_BINARY_PACKED };
    properties.set_dictionary_enabled(false).set_encoding(encoding)
}

/// Hashes the bytes that pass through it.
struct Hashing<W> {
    inner: W,
    hasher: blake3::Hasher,
    size: u64,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.size += written as u64;
        Ok(written)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// The digest and size of a file.
pub(crate) fn digest_of(path: &Path, progress: &mut dyn FnMut(u64)) -> Result<Bytes> {
    let mut file = File::open(path).at(path)?;
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; 1 << 20];
    let mut size = 0;
    loop {
        let count = io::Read::read(&mut file, &mut buffer).at(path)?;
        if count == 0 {
            return Ok(Bytes { digest: Digest::from(hasher.finalize()), size });
        }
        hasher.update(&buffer[..count]);
        size += count as u64;
        progress(size);
    }
}
