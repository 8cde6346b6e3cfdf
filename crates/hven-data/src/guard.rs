//! Protects against foreign Parquet files, whose footers may contain wrong sizes and counts.
//!
//! The footer is checked against the file before anything is read, reads never go beyond the file, and a panic in the reader
//! becomes an error. A page that unpacks to gigabytes is left to the memory limit: files are read in a process of their
//! own.

use std::{
    fs::File,
    io::{self, BufReader, Read},
    os::unix::fs::FileExt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use bytes::Bytes;
use parquet::{
    errors::ParquetError,
    file::{
        metadata::ParquetMetaData,
        reader::{ChunkReader, Length},
    },
};

use crate::error::{Error, Result};

/// A file that many threads can read at once at different positions, and never beyond its end.
#[derive(Clone, Debug)]
pub(crate) struct SharedFile {
    file: Arc<File>,
    length: u64,
}

impl SharedFile {
    pub(crate) fn new(file: File) -> io::Result<Self> {
        let length = file.metadata()?.len();
        Ok(Self { file: Arc::new(file), length })
    }
}
impl Length for SharedFile {
    fn len(&self) -> u64 {
        self.length
    }
}
impl ChunkReader for SharedFile {
    type T = BufReader<ReadFrom>;

    fn get_read(&self, start: u64) -> parquet::errors::Result<Self::T> {
        Ok(BufReader::new(ReadFrom { file: self.clone(), at: start }))
    }
    fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<Bytes> {
        if start.checked_add(length as u64).is_none_or(|end| end > self.length) {
            let what = format!("{length} bytes at {start} are wanted of a file of {} bytes", self.length);
            return Err(ParquetError::EOF(what));
        }
        let mut bytes = vec![0; length];
        self.file.read_exact_at(&mut bytes, start)?;
        Ok(bytes.into())
    }
}

/// A reader from a position on.
#[derive(Debug)]
pub(crate) struct ReadFrom {
    file: SharedFile,
    at: u64,
}
impl Read for ReadFrom {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.file.read_at(buffer, self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

/// Calls `read`. Turns errors and panics of the Parquet reader into [`Error::Damaged`].
pub(crate) fn guarded<T>(read: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|panic| {
        let why = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
        Err(Error::Damaged { why: format!("it is inconsistent ({})", why.unwrap_or("its reader gave up")) })
    })
}

pub(crate) fn damaged(error: &impl std::fmt::Display) -> Error {
    let text = error.to_string();
    let why = ["Parquet error: ", "EOF: ", "Arrow: "].iter().find_map(|lead| text.strip_prefix(lead)).unwrap_or(&text);
    Error::Damaged { why: why.to_owned() }
}

/// Checks a footer against the size of the file.
pub(crate) fn check(metadata: &ParquetMetaData, file_size: u64) -> Result<()> {
    let refuse = |why: String| Err(Error::Damaged { why });
    let mut rows = 0_i64;
    for (number, group) in metadata.row_groups().iter().enumerate() {
        let wanted = metadata.file_metadata().schema_descr().num_columns();
        if group.columns().len() != wanted {
            return refuse(format!("row group {number} has {} columns instead of {wanted}", group.columns().len()));
        }
        rows = match rows.checked_add(group.num_rows()) {
            Some(sum) if group.num_rows() >= 0 => sum,
            _ => return refuse(format!("row group {number} claims {} rows", group.num_rows())),
        };
        for column in group.columns() {
            let name = column.column_path().string();
            // The library's method panics when these are negative.
            let offsets =
                [Some(column.data_page_offset()), column.dictionary_page_offset(), Some(column.compressed_size())];
            if offsets.into_iter().flatten().any(|it| it < 0) || column.uncompressed_size() < 0 {
                return refuse(format!("column {name:?} of row group {number} has a negative place or size"));
            }
            let (start, length) = column.byte_range();
            if start.checked_add(length).is_none_or(|end| end > file_size) {
                return refuse(format!(
                    "column {name:?} of row group {number} is said to be {length} bytes at {start} in a file of {file_size} bytes"
                ));
            }
            let flat = column.column_descr().max_rep_level() == 0;
            if flat && column.num_values() != group.num_rows() {
                return refuse(format!(
                    "column {name:?} of row group {number} has {} values for {} rows",
                    column.num_values(),
                    group.num_rows()
                ));
            }
            // Dictionaries and runs can encode many values in few bytes, but not in none.
            if length == 0 && group.num_rows() > 0 {
                return refuse(format!("column {name:?} of row group {number} has no bytes for its values"));
            }
        }
    }
    let claimed = metadata.file_metadata().num_rows();
    if claimed != rows {
        return refuse(format!("the footer claims {claimed} rows, and its row groups have {rows}"));
    }
    Ok(())
}
