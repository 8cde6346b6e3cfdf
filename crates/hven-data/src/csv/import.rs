//! Reads the rows of a text table in two passes: the first counts, the second converts.

use std::{
    fs::File,
    io::{self, Read},
    os::unix::fs::FileExt,
    path::Path,
    sync::{Arc, Mutex, mpsc},
    thread::{ScopedJoinHandle, scope},
};

use arrow_array::{Array, ArrayRef};
use hven_core::dataset::{
    Schema,
    report::{Bytes, CsvFormat, Encoding, Format, Layout},
};

use super::{
    blocks::{Block, Blocks},
    census::{Census, Extent, TableForm},
    class::Classifier,
    columns::columns,
    convert::{BlockPosition, Converted, ReadPlan, convert},
    layout::{Cut, LeftOut},
    sniff::Sniffed,
};
use crate::{
    checks,
    error::{AtPath, Result},
    nulls::Nulls,
    options::ImportOptions,
    parallel,
    problems::Collector,
    schema::{self, TABLE_KEY},
    table_read::{PROBLEMS_FILE, Progress, Stage, TABLE_FILE, TableRead, metadata},
    table_writer::TableWriter,
};

/// How many bytes of the source make a row group of the table.
const GROUP_BYTES: u64 = 64 << 20;
/// The limit of rows in a row group.
const GROUP_ROWS: u64 = 1 << 20;

/// The position and extent of a block.
#[derive(Clone, Copy, Debug)]
struct BlockPlace {
    number: usize,
    offset: u64,
    bytes: usize,
    extent: Extent,
}

/// The result of the first pass.
pub(super) struct FirstPass {
    pub census: Census,
    blocks: Vec<BlockPlace>,
    pub digest: Bytes,
}

impl FirstPass {
    /// The first lines of the blocks.
    fn lines(&self, first: u64) -> Vec<u64> {
        let starts = self.blocks.iter().scan(first, |line, block| {
            let start = *line;
            *line += block.extent.lines;
            Some(start)
        });
        starts.collect()
    }
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

/// Counts the cells of all rows.
pub(super) fn first_pass(
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
    let form = TableForm {
        columns: sniffed.columns,
        has_blank_rows: sniffed.has_blank_rows(),
        comment: sniffed.preamble.prefix.as_ref().and_then(|prefix| prefix.first()).copied().unwrap_or(b'#'),
    };
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
                let extent = census.count(&block.bytes, number, form, classifier, &mut cells);
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

/// Where the rows are.
pub(super) struct Place<'a> {
    pub source: Bytes,
    pub path: &'a Path,
    pub skip: u64,
    pub left_out: &'a LeftOut,
}

/// Converts the cells of all rows, and writes the table.
pub(super) fn second_pass(
    place: &Place,
    folder: &Path,
    sniffed: &Sniffed,
    first: &FirstPass,
    (encoding, bom): (Encoding, bool),
    options: &ImportOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<TableRead> {
    let (path, skip) = (place.path, place.skip);
    let mut notes = sniffed.notes.clone();
    let lines = first.lines(sniffed.data_line);
    let found = columns(sniffed, &first.census, &lines, options, &mut notes)?;
    let schema = Schema { columns: found.columns };
    checks::prepare(&schema, &options.checks)?;
    let columns = schema.columns;
    let nulls = Nulls::of(options);
    let layout = match &sniffed.rewriting.cut {
        Cut::Delimiter(_) => None,
        Cut::Blanks => Some(Layout::Blanks),
        Cut::Fixed(starts) => Some(Layout::Fixed { starts: starts.iter().map(|start| *start as u64).collect() }),
    };
    let format = CsvFormat {
        delimiter: if layout.is_some() { ' ' } else { sniffed.dialect.delimiter.into() },
        quote: sniffed.dialect.quote.into(),
        decimal: found.decimal.into(),
        encoding,
        bom,
        header: sniffed.header.is_some(),
        line_end: sniffed.line_end,
        nulls: nulls.words(),
        preamble: sniffed.preamble.lines.clone(),
        // Lines that are left out are empty in the rewritten text.
        blank_lines: first.census.blank_lines.saturating_sub(place.left_out.comments + place.left_out.skipped),
        layout,
        units_line: sniffed.units_line,
        comment_lines: place.left_out.comments,
        skipped_lines: place.left_out.skipped,
    };
    let plan = ReadPlan {
        dialect: sniffed.dialect,
        nulls,
        columns,
        kelvin: found.kelvin,
        styles: found.styles,
        has_blank_rows: sniffed.has_blank_rows(),
        has_trailing_delimiter: sniffed.has_trailing_delimiter,
    };
    let threads = parallel::threads(options.threads);
    let fields = plan.columns.iter().map(|column| Arc::new(schema::field(column))).collect();
    let writer = TableWriter::create(&folder.join(TABLE_FILE), fields, threads)?;
    let mut problems = Collector::new(folder.join(PROBLEMS_FILE), options.limits.problems_listed);
    let mut null_counts = vec![0_u64; plan.columns.len()];
    let file = File::open(path).at(path)?;
    let mut position = BlockPosition { line: sniffed.data_line, row: 0, rows: 0 };
    let end = first.blocks.last().map_or(skip, |block| block.offset + block.bytes as u64).max(1);
    // While one group is encoded and written, the cells of the next group are converted.
    let writer = scope(|scope| {
        let mut writing = scope.spawn(|| Ok(writer));
        for group in groups(&first.blocks) {
            let mut work = Vec::new();
            for block in group {
                work.push((*block, BlockPosition { rows: block.extent.rows as usize, ..position }));
                position.line += block.extent.lines;
                position.row += block.extent.rows;
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
            progress(Progress { stage: Stage::Convert, share: done as f64 / end as f64, rows: position.row });
        }
        joined(writing)
    })?;
    let mut columns = plan.columns;
    for (column, nulls) in columns.iter_mut().zip(null_counts) {
        column.nullable = nulls > 0;
    }
    let table = writer.finish(&[(TABLE_KEY, metadata(columns, options)?)])?;
    Ok(TableRead { source: place.source, format: Format::Csv(format), table, problems: problems.finish()?, notes })
}

/// The result of a thread; propagates its panic.
fn joined<T>(thread: ScopedJoinHandle<'_, Result<T>>) -> Result<T> {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
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
