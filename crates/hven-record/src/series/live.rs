//! Live streams: the bytes that are not yet in sealed parts.
//!
//! `segments/<run>/<attempt>.<stream>` contains the bytes of a stream at their own offsets. The bytes in sealed parts are
//! punched out of the file, or the file is removed. An attempt without a byte has no file.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fs::{self, File},
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use hven_app::ports::{
    StoreError, StoreResult,
    series::{StreamGrowth, StreamPiece},
};
use hven_core::{AttemptId, RunId, run::MetricSummary, stream::Stream};
use tokio::sync::broadcast;

use crate::{errors::io_error, facts::Reader, sql::Connection, views};

pub(crate) type StreamId = (AttemptId, Stream);

/// Whether a stream contains points of metrics.
pub(super) const fn is_points(stream: Stream) -> bool {
    matches!(stream, Stream::Metrics | Stream::MetricsApi)
}

/// The minimum distance between two remembered starts of frames.
const MARK_BYTES: u64 = 64 * 1024;
/// How many messages a slow receiver may be behind.
const GROWN_KEPT: usize = 4096;

/// The extent of a stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct StreamExtent {
    /// The number of bytes in the stream.
    pub(crate) extent: u64,
    /// The offset up to which sealed parts contain the bytes.
    pub(crate) sealed_to: u64,
}

impl StreamExtent {
    pub(crate) const fn has_unsealed(self) -> bool {
        self.extent > self.sealed_to
    }
}

/// The state of a live stream.
#[derive(Debug, Default)]
pub(crate) struct LiveStream {
    pub(crate) reach: StreamExtent,
    /// Whether the attempt has parts, of any stream.
    has_parts: bool,
    /// Offsets at which frames of a log start.
    pub(crate) marks: Vec<u64>,
    /// The summaries of the points up to `folded_to`.
    pub(crate) summaries: BTreeMap<String, MetricSummary>,
    pub(crate) folded_to: u64,
}

impl LiveStream {
    fn at(reach: StreamExtent, has_parts: bool) -> Self {
        Self { reach, has_parts, folded_to: reach.sealed_to, ..Self::default() }
    }
}

/// A segment that is open for reading.
#[derive(Debug)]
pub(crate) struct OpenSegment {
    pub(crate) id: StreamId,
    pub(crate) file: File,
    /// The number of bytes in the stream when the segment was opened.
    pub(crate) extent: u64,
}

/// Bytes to write, with their position.
#[derive(Clone, Debug)]
pub(crate) struct PlannedWrite {
    pub(crate) stream: StreamId,
    pub(crate) at: u64,
    pub(crate) bytes: Bytes,
}

impl PlannedWrite {
    pub(crate) fn end(&self) -> u64 {
        self.at + self.bytes.len() as u64
    }
}

pub(crate) struct LiveStreams {
    folder: PathBuf,
    known: Mutex<HashMap<StreamId, LiveStream>>,
    grown: broadcast::Sender<StreamGrowth>,
}

impl LiveStreams {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder, known: Mutex::default(), grown: broadcast::channel(GROWN_KEPT).0 }
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<StreamGrowth> {
        self.grown.subscribe()
    }

    pub(crate) fn known(&self) -> MutexGuard<'_, HashMap<StreamId, LiveStream>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn run_folder(&self, run: RunId) -> PathBuf {
        self.folder.join(run.to_string())
    }

    pub(crate) fn path(&self, (attempt, stream): StreamId) -> PathBuf {
        self.run_folder(attempt.run).join(format!("{}.{stream}", attempt.number))
    }

    /// Loads the extents of all streams with segments, when the home is opened. From then on, the known streams are those with
    /// segments, so that lists need not look at the files.
    pub(crate) fn load(&self, sql: &mut Connection) -> StoreResult<()> {
        let failed = |e| io_error("the segments", e);
        for attempt in self.attempts().map_err(failed)? {
            for stream in Stream::ALL {
                let id = (attempt, stream);
                if self.path(id).try_exists().map_err(failed)? {
                    let new = LiveStream::at(self.reach(id, sql)?, views::has_parts(sql, attempt)?);
                    self.known().insert(id, new);
                }
            }
        }
        Ok(())
    }

    /// Whether a stream of the run may have bytes outside the parts. On an error of the disk, it returns true.
    pub(crate) fn has_segments(&self, run: RunId) -> bool {
        self.run_folder(run).try_exists().unwrap_or(true)
    }

    /// The extent of a stream, which is loaded if it is not known. The file is read before the parts: bytes that leave it
    /// meanwhile are in a part by then. For the same reason, a reader calls this first in its transaction. Only the thread of
    /// the writer, which extends and seals streams, stores the result.
    pub(crate) fn reach(&self, id: StreamId, sql: &mut Connection) -> StoreResult<StreamExtent> {
        if let Some(live) = self.known().get(&id) {
            return Ok(live.reach);
        }
        let in_file = match fs::metadata(self.path(id)) {
            Ok(found) => found.len(),
            Err(e) if e.kind() == io::ErrorKind::NotFound => 0,
            Err(e) => return Err(io_error("a segment", e)),
        };
        let sealed_to = views::sealed_to(sql, id.0, id.1.as_str())?;
        Ok(StreamExtent { extent: in_file.max(sealed_to), sealed_to })
    }

    /// Opens the current segments of a run. An open segment keeps its bytes, even if they are sealed, until they are punched
    /// out of it.
    pub(crate) fn open(&self, run: RunId, wanted: impl Fn(StreamId) -> bool) -> io::Result<Vec<OpenSegment>> {
        let mut opened = Vec::new();
        for attempt in self.attempts_of(run)? {
            for id in Stream::ALL.map(|stream| (attempt, stream)).into_iter().filter(|id| wanted(*id)) {
                let file = match File::open(self.path(id)) {
                    Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
                    other => other?,
                };
                let known = self.known().get(&id).map(|live| live.reach.extent);
                let extent = match known {
                    Some(extent) => extent,
                    None => file.metadata()?.len(),
                };
                opened.push(OpenSegment { id, file, extent });
            }
        }
        Ok(opened)
    }

    /// Whether bytes at or after this offset were moved from the segment to a part. For an unknown stream, it returns true.
    pub(crate) fn has_left(&self, id: StreamId, from: u64) -> bool {
        self.known().get(&id).is_none_or(|live| live.reach.sealed_to > from)
    }

    /// Notes that an attempt has a part.
    pub(crate) fn note_part(&self, attempt: AttemptId) {
        let mut known = self.known();
        for stream in Stream::ALL {
            if let Some(live) = known.get_mut(&(attempt, stream)) {
                live.has_parts = true;
            }
        }
    }

    /// Whether all bytes of an attempt are in segments: it has no part. `false` if it has no segment.
    pub(crate) fn is_only_live(&self, attempt: AttemptId) -> bool {
        let known = self.known();
        let mut live = Stream::ALL.into_iter().filter_map(|stream| known.get(&(attempt, stream))).peekable();
        live.peek().is_some() && live.all(|live| !live.has_parts)
    }

    /// A stream with a segment, and the summaries of its points outside the parts if all of them are known.
    pub(crate) fn folded(&self, id: StreamId) -> Option<(StreamExtent, Option<Vec<MetricSummary>>)> {
        let known = self.known();
        let live = known.get(&id)?;
        let is_whole = live.folded_to >= live.reach.extent;
        Some((live.reach, is_whole.then(|| live.summaries.values().cloned().collect())))
    }

    /// The runs with points outside the parts.
    pub(crate) fn runs_with_points(&self) -> HashSet<RunId> {
        let known = self.known();
        let has_points = |(id, live): &(&StreamId, &LiveStream)| is_points(id.1) && live.reach.has_unsealed();
        known.iter().filter(has_points).map(|((attempt, _), _)| attempt.run).collect()
    }

    /// The attempts whose log has bytes outside the parts.
    pub(crate) fn attempts_with_logs(&self) -> Vec<AttemptId> {
        let known = self.known();
        let has_log = |(id, live): &(&StreamId, &LiveStream)| id.1 == Stream::Log && live.reach.has_unsealed();
        known.iter().filter(has_log).map(|((attempt, _), _)| *attempt).collect()
    }

    /// Decides which bytes of some pieces are new. `extents` contains the streams that the same group already extended.
    pub(crate) fn plan(
        &self,
        pieces: &[StreamPiece],
        extents: &mut HashMap<StreamId, u64>,
        sql: &mut Connection,
    ) -> StoreResult<(Vec<PlannedWrite>, Vec<u64>)> {
        let mut grown: HashMap<StreamId, u64> = HashMap::new();
        let (mut writes, mut answer) = (Vec::new(), Vec::new());
        for piece in pieces {
            let id = (piece.attempt, piece.stream);
            let have = match grown.get(&id).or_else(|| extents.get(&id)) {
                Some(extent) => *extent,
                None => self.reach(id, sql)?.extent,
            };
            let from = piece.offset.unwrap_or(have);
            if from > have {
                return Err(StoreError::Gap { have, from });
            }
            let known = ((have - from) as usize).min(piece.bytes.len());
            let plan = PlannedWrite { stream: id, at: from + known as u64, bytes: piece.bytes.slice(known..) };
            let extent = have.max(plan.end());
            grown.insert(id, extent);
            answer.push(extent);
            if !plan.bytes.is_empty() {
                writes.push(plan);
            }
        }
        extents.extend(grown);
        Ok((writes, answer))
    }

    /// Writes bytes to their segment. If it fails, no byte remains.
    pub(crate) fn write(&self, plan: &PlannedWrite) -> io::Result<()> {
        let path = self.path(plan.stream);
        let open = || File::options().write(true).create(true).truncate(false).open(&path);
        let file = match open() {
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                fs::create_dir_all(self.run_folder(plan.stream.0.run))?;
                open()?
            }
            other => other?,
        };
        file.write_all_at(&plan.bytes, plan.at).inspect_err(|_| self.undo(plan))
    }

    /// Truncates a segment to the offset at which a write started.
    pub(crate) fn undo(&self, plan: &PlannedWrite) {
        let path = self.path(plan.stream);
        let undo = || -> io::Result<()> {
            let file = File::options().write(true).open(&path)?;
            let size = file.metadata()?.len();
            if plan.at == 0 { fs::remove_file(&path) } else { file.set_len(size.min(plan.at)) }
        };
        if let Err(e) = undo() {
            tracing::error!(path = %path.display(), error = %e, "the end of a segment could not be truncated");
        }
    }

    /// Extends the stream by durable bytes, so that readers see them.
    pub(crate) fn grow(&self, plan: &PlannedWrite, sql: &mut Connection) -> StoreResult<()> {
        if !self.known().contains_key(&plan.stream) {
            let new = LiveStream::at(self.reach(plan.stream, sql)?, views::has_parts(sql, plan.stream.0)?);
            self.known().insert(plan.stream, new);
        }
        let mut known = self.known();
        let Some(live) = known.get_mut(&plan.stream) else { return Ok(()) };
        live.reach.extent = live.reach.extent.max(plan.end());
        let last_mark = live.marks.last().copied().unwrap_or(live.reach.sealed_to);
        if plan.stream.1 == Stream::Log && plan.at >= last_mark + MARK_BYTES {
            live.marks.push(plan.at);
        }
        drop(known);
        // There may be no receiver.
        let _ = self.grown.send(StreamGrowth { attempt: plan.stream.0, stream: plan.stream.1, extent: plan.end() });
        Ok(())
    }

    /// The attempts with segments, in order.
    pub(crate) fn attempts(&self) -> io::Result<Vec<AttemptId>> {
        let mut attempts = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let Some(run) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            attempts.extend(self.attempts_of(run)?);
        }
        attempts.sort_unstable();
        Ok(attempts)
    }

    /// The attempts of a run with segments.
    pub(crate) fn attempts_of(&self, run: RunId) -> io::Result<Vec<AttemptId>> {
        let mut attempts: Vec<AttemptId> = Vec::new();
        let entries = match fs::read_dir(self.run_folder(run)) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(attempts),
            other => other?,
        };
        for entry in entries {
            let name = entry?.file_name();
            let number = name.to_str().and_then(|name| name.split('.').next()).and_then(|n| n.parse().ok());
            attempts.extend(number.map(|number| AttemptId { run, number }));
        }
        attempts.sort_unstable();
        attempts.dedup();
        Ok(attempts)
    }
}

/// Encodes a piece for the journal.
pub(crate) fn write_piece(plan: &PlannedWrite, out: &mut Vec<u8>) {
    let (attempt, stream) = plan.stream;
    out.extend_from_slice(&attempt.run.to_bytes());
    out.extend_from_slice(&attempt.number.to_le_bytes());
    let name = stream.as_str();
    out.extend_from_slice(&(name.len() as u32).to_le_bytes());
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(&plan.at.to_le_bytes());
    out.extend_from_slice(&plan.bytes);
}

pub(crate) fn read_piece(payload: &[u8]) -> Option<PlannedWrite> {
    let mut reader = Reader(payload);
    let run = RunId::from_bytes(reader.array()?);
    let number = reader.u32()?;
    let stream = Stream::parse(std::str::from_utf8(reader.sized()?).ok()?)?;
    let at = reader.u64()?;
    Some(PlannedWrite { stream: (AttemptId { run, number }, stream), at, bytes: Bytes::copy_from_slice(reader.0) })
}
