//! The steps of reading a text table: encoding, dialect, first pass, types, second pass.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, mpsc},
    thread::{ScopedJoinHandle, scope},
};

use arrow_array::{Array, ArrayRef};
use hven_core::dataset::{
    Column, ColumnType, Schema,
    report::{Bytes, CsvFormat, Encoding, Format},
};

use super::{
    blocks::{Block, Blocks},
    census::{Census, Classifier, Extent},
    convert::{BlockPosition, Converted, ReadPlan, convert},
    encoding, header,
    sniff::{Sniffed, sniff},
};
use crate::{
    checks,
    error::{AtPath, Error, Result},
    kelvin::ToKelvin,
    nulls::Nulls,
    options::ImportOptions,
    parallel,
    problems::Collector,
    schema::{self, TABLE_KEY},
    table_read::{PROBLEMS_FILE, Progress, Stage, TABLE_FILE, TableRead, check_names, describe, metadata},
    table_writer::{TableWriter, digest_of},
};

/// How many bytes of the source make a row group of the table.
const GROUP_BYTES: u64 = 64 << 20;
/// The limit of rows in a row group.
const GROUP_ROWS: u64 = 1 << 20;
/// How many bytes decide the dialect.
const HEAD_BYTES: usize = 1 << 20;

/// The position and extent of a block.
#[derive(Clone, Copy, Debug)]
struct BlockPlace {
    number: usize,
    offset: u64,
    bytes: usize,
    extent: Extent,
}

/// The result of the first pass.
struct FirstPass {
    census: Census,
    blocks: Vec<BlockPlace>,
    digest: Bytes,
}

pub(crate) fn read(
    source: &Path,
    folder: &Path,
    encoding: Encoding,
    bom: bool,
    options: &ImportOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<TableRead> {
    if encoding != Encoding::Utf8 {
        return read_transcoded(source, folder, encoding, bom, options, progress);
    }
    let skip = if bom { 3 } else { 0 };
    let sniffed = sniff(&head(source, skip, options)?, options)?;
    let first = first_pass(source, skip, &sniffed, options, progress)?;
    let (letters, strays) = (first.census.letters, first.census.strays);
    if strays > letters && options.encoding.is_none() && !bom {
        let mut read = read_transcoded(source, folder, Encoding::Latin1, false, options, progress)?;
        read.notes
            .insert(0, "the file is not UTF-8 and is read as Latin-1; if letters are wrong, say encoding".to_owned());
        return Ok(read);
    }
    let digest = first.digest;
    let mut read = second_pass(source, folder, digest, skip, &sniffed, &first, (encoding, bom), options, progress)?;
    if strays > 0 {
        read.notes.push(format!("{strays} bytes are not UTF-8, while the rest of the file is: see the problems"));
    }
    Ok(read)
}

/// Reads a source in another encoding: converts it to a temporary UTF-8 file in `folder` first.
fn read_transcoded(
    source: &Path,
    folder: &Path,
    encoding: Encoding,
    bom: bool,
    options: &ImportOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<TableRead> {
    let text = Temporary(folder.join("source.utf8.partial"));
    let size = std::fs::metadata(source).at(source)?.len().max(1);
    let mut look = |bytes: u64| progress(Progress { stage: Stage::Look, share: bytes as f64 / size as f64, rows: 0 });
    let clean = encoding::transcode(source, encoding, &text.0, &mut look)?;
    let digest = digest_of(source, &mut |_| ())?;
    let sniffed = sniff(&head(&text.0, 0, options)?, options)?;
    let first = first_pass(&text.0, 0, &sniffed, options, progress)?;
    let mut read = second_pass(&text.0, folder, digest, 0, &sniffed, &first, (encoding, bom), options, progress)?;
    if !clean {
        read.notes.push(format!("some bytes are not {encoding}: they stand as U+FFFD in the table"));
    }
    Ok(read)
}

/// A temporary file that is removed on drop.
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        // If the removal fails, the file is removed with the folder.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// The first rows of a file after its byte order mark.
fn head(path: &Path, skip: u64, options: &ImportOptions) -> Result<Vec<u8>> {
    let mut file = File::open(path).at(path)?;
    file.seek(SeekFrom::Start(skip)).at(path)?;
    let mut head = Vec::new();
    let row_bytes_max = options.limits.row_bytes_max;
    for wanted in [HEAD_BYTES.min(row_bytes_max), row_bytes_max] {
        let missing = (wanted + 1).saturating_sub(head.len());
        let read = (&mut file).take(missing as u64).read_to_end(&mut head).at(path)?;
        if read < missing {
            return Ok(head);
        }
        if let Some(end) = memchr::memrchr2(b'\n', b'\r', &head) {
            head.truncate(end + 1);
            return Ok(head);
        }
    }
    Err(Error::RowTooLong { line: 1, bytes_max: row_bytes_max as u64 })
}

/// Hashes the bytes that are read through it.
struct Hashed<R> {
    inner: R,
    hasher: blake3::Hasher,
    size: u64,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..count]);
        self.size += count as u64;
        Ok(count)
    }
}

fn first_pass(
    path: &Path,
    skip: u64,
    sniffed: &Sniffed,
    options: &ImportOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<FirstPass> {
    let file = File::open(path).at(path)?;
    let size = file.metadata().at(path)?.len().max(1);
    let mut source = Hashed { inner: file, hasher: blake3::Hasher::new(), size: 0 };
    let offset = skip + sniffed.data_offset as u64;
    io::copy(&mut (&mut source).take(offset), &mut io::sink()).at(path)?;
    let row_bytes_max = options.limits.row_bytes_max;
    let mut blocks = Blocks::new(&mut source, sniffed.dialect, row_bytes_max, offset, sniffed.data_line);
    let classifier = Classifier::new(sniffed.dialect, Nulls::of(options));
    let threads = parallel::threads(options.threads);
    let (sender, receiver) = mpsc::sync_channel::<(usize, Block)>(threads * 2);
    // Only the workers own the receiver: if all of them are gone, sending fails instead of blocking.
    let receiver = Arc::new(Mutex::new(receiver));
    let (census, mut places) = scope(|scope| {
        let classifier = &classifier;
        let worker = |receiver: Arc<Mutex<mpsc::Receiver<(usize, Block)>>>| {
            let mut census = Census::new(sniffed.columns);
            let (mut places, mut cells) = (Vec::new(), Vec::new());
            // A poisoned lock means that another worker panicked; the scope propagates the panic.
            while let Some((number, block)) = receiver.lock().ok().and_then(|queue| queue.recv().ok()) {
                let extent = census.count(&block.bytes, classifier, &mut cells);
                places.push(BlockPlace { number, offset: block.offset, bytes: block.bytes.len(), extent });
            }
            (census, places)
        };
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                let receiver = Arc::clone(&receiver);
                scope.spawn(move || worker(receiver))
            })
            .collect();
        drop(receiver);
        let mut number = 0;
        let outcome = loop {
            match blocks.next() {
                Ok(Some(block)) => {
                    let done = block.offset + block.bytes.len() as u64;
                    progress(Progress { stage: Stage::Look, share: done as f64 / size as f64, rows: 0 });
                    if sender.send((number, block)).is_err() {
                        break Ok(());
                    }
                    number += 1;
                }
                Ok(None) => break Ok(()),
                Err(error) => break Err(error.at(path, row_bytes_max)),
            }
        };
        drop(sender);
        let mut census = Census::new(sniffed.columns);
        let mut places = Vec::new();
        for worker in workers {
            let (part, some) = worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            census.add(&part);
            places.extend(some);
        }
        outcome.map(|()| (census, places))
    })?;
    places.sort_unstable_by_key(|place| place.number);
    let digest = Bytes { digest: source.hasher.finalize().into(), size: source.size };
    Ok(FirstPass { census, blocks: places, digest })
}

#[expect(clippy::too_many_arguments, reason = "two callers in this file, which both have all of it at hand")]
fn second_pass(
    path: &Path,
    folder: &Path,
    source: Bytes,
    skip: u64,
    sniffed: &Sniffed,
    first: &FirstPass,
    (encoding, bom): (Encoding, bool),
    options: &ImportOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<TableRead> {
    let rows: u64 = first.blocks.iter().map(|block| block.extent.rows).sum();
    let mut notes = sniffed.notes.clone();
    let (columns, kelvin) = columns(sniffed, &first.census, rows, options, &mut notes)?;
    let schema = Schema { columns };
    checks::prepare(&schema, &options.checks)?;
    let columns = schema.columns;
    let nulls = Nulls::of(options);
    let format = CsvFormat {
        delimiter: sniffed.dialect.delimiter.into(),
        quote: sniffed.dialect.quote.into(),
        decimal: sniffed.dialect.decimal.into(),
        encoding,
        bom,
        header: sniffed.header.is_some(),
        line_end: sniffed.line_end,
        nulls: nulls.words(),
        preamble: sniffed.preamble.clone(),
        blank_lines: first.census.blank_lines,
    };
    let plan = ReadPlan { dialect: sniffed.dialect, nulls, columns, kelvin };
    let threads = parallel::threads(options.threads);
    let fields = plan.columns.iter().map(|column| Arc::new(schema::field(column))).collect();
    let writer = TableWriter::create(&folder.join(TABLE_FILE), fields, threads)?;
    let mut problems = Collector::new(folder.join(PROBLEMS_FILE), options.limits.problems_listed);
    let mut null_counts = vec![0_u64; plan.columns.len()];
    let file = File::open(path).at(path)?;
    let mut place = BlockPosition { line: sniffed.data_line, row: 0, rows: 0 };
    let end = first.blocks.last().map_or(skip, |block| block.offset + block.bytes as u64).max(1);
    // While one group is encoded and written, the cells of the next group are converted.
    let writer = scope(|scope| {
        let mut writing = scope.spawn(|| Ok(writer));
        for group in groups(&first.blocks) {
            let mut work = Vec::new();
            for block in group {
                work.push((*block, BlockPosition { rows: block.extent.rows as usize, ..place }));
                place.line += block.extent.lines;
                place.row += block.extent.rows;
            }
            let converted = parallel::map(work, threads, |(block, place)| {
                let mut bytes = vec![0; block.bytes];
                file.read_exact_at(&mut bytes, block.offset)?;
                io::Result::Ok(convert(&bytes, place, &plan))
            });
            let mut arrays: Vec<Vec<ArrayRef>> = vec![Vec::new(); plan.columns.len()];
            for block in converted {
                let Converted { arrays: some, problems: found } = block.at(path)?;
                for ((all, nulls), array) in arrays.iter_mut().zip(&mut null_counts).zip(some) {
                    *nulls += array.null_count() as u64;
                    all.push(array);
                }
                problems.add(found)?;
            }
            let mut writer = joined(writing)?;
            writing = scope.spawn(move || {
                writer.write(arrays)?;
                Ok(writer)
            });
            let done = group.last().map_or(end, |block| block.offset + block.bytes as u64);
            progress(Progress { stage: Stage::Convert, share: done as f64 / end as f64, rows: place.row });
        }
        joined(writing)
    })?;
    let mut columns = plan.columns;
    for (column, nulls) in columns.iter_mut().zip(null_counts) {
        column.nullable = nulls > 0;
    }
    let table = writer.finish(&[(TABLE_KEY, metadata(columns, options)?)])?;
    Ok(TableRead { source, format: Format::Csv(format), table, problems: problems.finish()?, notes })
}

/// The result of a thread; propagates its panic.
fn joined<T>(thread: ScopedJoinHandle<'_, Result<T>>) -> Result<T> {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// The columns with their names and types, and the conversion of those in °C or °F.
fn columns(
    sniffed: &Sniffed,
    census: &Census,
    rows: u64,
    options: &ImportOptions,
    notes: &mut Vec<String>,
) -> Result<(Vec<Column>, Vec<Option<ToKelvin>>)> {
    let (names, name_notes) = header::names(sniffed.header.as_deref(), sniffed.columns);
    notes.extend(name_notes);
    if rows == 0 {
        notes.push("there are names, but no rows: all columns are text unless types are said".to_owned());
    }
    check_names(options, &names)?;
    let (mut columns, mut kelvin) = (Vec::with_capacity(names.len()), Vec::with_capacity(names.len()));
    for (name, evidence) in names.into_iter().zip(&census.columns) {
        let column_type = match options.types.get(&name) {
            Some(column_type) => *column_type,
            None if rows == 0 => ColumnType::Text,
            None => {
                let (column_type, note) = evidence.column_type(&name);
                notes.extend(note);
                column_type
            }
        };
        let mut column = Column { name, column_type, unit: None, nullable: true, description: None };
        kelvin.push(describe(&mut column, None, options, notes)?);
        columns.push(column);
    }
    Ok((columns, kelvin))
}

/// Groups neighbouring blocks into row groups.
fn groups(blocks: &[BlockPlace]) -> Vec<&[BlockPlace]> {
    let mut groups = Vec::new();
    let (mut start, mut bytes, mut rows) = (0, 0, 0);
    for (at, block) in blocks.iter().enumerate() {
        bytes += block.bytes as u64;
        rows += block.extent.rows;
        if bytes >= GROUP_BYTES || rows >= GROUP_ROWS {
            groups.push(&blocks[start..=at]);
            (start, bytes, rows) = (at + 1, 0, 0);
        }
    }
    if rows > 0 {
        groups.push(&blocks[start..]);
    }
    groups
}
