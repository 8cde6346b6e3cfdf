//! Implements the port [`Series`].

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fs::File,
    io,
    sync::{Arc, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use hven_app::ports::{
    Series, StoreError, StoreResult,
    series::{LogFrame, StreamGrowth, StreamPiece},
    views::RunRow,
};
use hven_core::{
    AttemptId, Digest, Malformed, RunId,
    run::{MetricSummary, PartSealed},
    stream::{Point, Sample, Stream, first_fault},
};
use memchr::{memchr, memmem};
use tokio::{sync::broadcast, task::spawn_blocking};

use super::{
    StreamId, erase,
    live::{StreamExtent, is_points},
    parts::{read_log, read_points, read_samples},
    seal::{self, read_frames, without_repeats},
    snapshot::{Snapshot, UnsealedTail},
};
use crate::{
    errors::io_error,
    home::{Home, Inner},
    objects::Removal,
    views::objects,
    writer::Command,
};

/// Larger requests are checked in a thread that may block.
const CHECK_HERE_BYTES_MAX: usize = 64 * 1024;
/// How many bytes of a live log are read at once.
const WINDOW_BYTES: u64 = 1 << 20;

/// Checks that streams contain whole frames and whole readable lines, so that later code needs no check.
fn check(pieces: &[StreamPiece]) -> Result<(), Malformed> {
    for piece in pieces {
        if let Some(fault) = first_fault(piece.stream, &piece.bytes) {
            let offset = piece.offset.unwrap_or(0).saturating_add(fault.at as u64);
            return Err(Malformed::Stream { stream: piece.stream.as_str(), offset, why: fault.why });
        }
    }
    Ok(())
}

impl Home {
    /// Erases text in a log, which is searched as a whole.
    async fn erase_log(&self, id: StreamId, needle: Vec<u8>) -> StoreResult<(Vec<PartSealed>, u64)> {
        let reach = self.reach(id).await?;
        let parts = self.parts_of(id).await?;
        let erasure = self
            .blocking("a log", move |inner| {
                let segment = inner.segment(id)?.filter(|_| reach.extent > reach.sealed_to);
                let live = segment.as_ref().map(|file| (file, reach));
                erase::in_log(&inner.objects, &parts, live, &needle)
            })
            .await?;
        if !erasure.spans.is_empty() {
            self.inner.writer.ask(|reply| Command::Overwrite { stream: id, spans: erasure.spans, reply }).await?;
        }
        // The journal may contain the bytes even if the segment does not.
        self.inner.writer.ask(|reply| Command::Clear { scrub: true, reply }).await?;
        let again = erasure.parts.into_iter().map(|(part, old)| {
            self.inner.replaced().insert(old);
            part
        });
        Ok((again.collect(), erasure.found))
    }

    async fn append_pieces(&self, pieces: Vec<StreamPiece>, are_last: bool) -> StoreResult<Vec<u64>> {
        let bytes: usize = pieces.iter().map(|piece| piece.bytes.len()).sum();
        let pieces = if bytes <= CHECK_HERE_BYTES_MAX {
            check(&pieces)?;
            pieces
        } else {
            let checked = spawn_blocking(move || check(&pieces).map(|()| pieces)).await;
            checked.map_err(|_| StoreError::Closed)??
        };
        self.inner.writer.ask(|reply| Command::Pieces { pieces, are_last, reply }).await
    }

    pub(super) async fn blocking<T: Send + 'static>(
        &self,
        what: &'static str,
        work: impl FnOnce(&Inner) -> io::Result<T> + Send + 'static,
    ) -> StoreResult<T> {
        let inner = Arc::clone(&self.inner);
        let outcome = spawn_blocking(move || work(&inner)).await.map_err(|_| StoreError::Closed)?;
        outcome.map_err(|e| match e.kind() {
            io::ErrorKind::InvalidData => StoreError::Damaged { what: what.to_owned(), why: e.to_string() },
            _ => io_error(what, e),
        })
    }

    async fn reach(&self, id: StreamId) -> StoreResult<StreamExtent> {
        if let Some(live) = self.inner.shared.live_streams.known().get(&id) {
            return Ok(live.reach);
        }
        let inner = Arc::clone(&self.inner);
        self.inner.readers.read(move |sql| inner.shared.live_streams.reach(id, sql)).await
    }

    async fn parts_of(&self, id: StreamId) -> StoreResult<Vec<PartSealed>> {
        let parts = self.inner.readers.read(move |sql| Ok(objects::parts_of_attempt(sql, id.0)?)).await?;
        Ok(parts.into_iter().filter(|part| part.stream == id.1.as_str()).collect())
    }

    /// The runs that may have points outside the parts. Call it before reading a list: a stream that is sealed after this call
    /// is in the list or is loaded.
    pub(crate) fn runs_with_live_points(&self) -> HashSet<RunId> {
        self.inner.shared.live_streams.runs_with_points()
    }

    /// Adds the summaries of live streams to the runs of a list.
    pub(crate) async fn add_live_summaries(&self, rows: &mut [RunRow], live: &HashSet<RunId>) -> StoreResult<()> {
        // Load all of them, because a part may have been sealed since the row was read.
        let is_live = |row: &&RunRow| live.contains(&row.id);
        let attempts: Vec<AttemptId> = rows.iter().filter(is_live).map(RunRow::last_attempt).collect();
        if attempts.is_empty() {
            return Ok(());
        }
        let mut found = self.summaries_of_many(&attempts, live).await?;
        for row in rows.iter_mut().filter(|row| live.contains(&row.id)) {
            row.metrics = found.remove(&row.last_attempt()).unwrap_or_default();
        }
        Ok(())
    }
}

impl Inner {
    /// Opens the file of a segment; `None` if it was sealed and removed.
    pub(super) fn segment(&self, id: StreamId) -> io::Result<Option<File>> {
        match File::open(self.shared.live_streams.path(id)) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            other => other.map(Some),
        }
    }

    fn object(&self, part: &PartSealed) -> io::Result<File> {
        let missing = || io::Error::new(io::ErrorKind::InvalidData, format!("the part {} is missing", part.object));
        self.objects.open_checked(&part.object)?.ok_or_else(missing)
    }

    /// The summaries of the points outside the parts. The results are cached.
    pub(super) fn live_summaries(&self, tails: &[UnsealedTail]) -> io::Result<Option<Vec<MetricSummary>>> {
        let live_streams = &self.shared.live_streams;
        let mut all = Vec::new();
        for tail in tails {
            let known = live_streams.known();
            let folded =
                known.get(&tail.id).filter(|live| live.reach.sealed_to == tail.from && live.folded_to <= tail.extent);
            let is_remembered = folded.is_some();
            let (mut lines, start) = folded.map_or_else(
                || (BTreeMap::new(), tail.from),
                |live| (live.summaries.clone(), live.folded_to.max(tail.from)),
            );
            drop(known);
            let Some((points, to)) = tail.lines::<Point>(start, live_streams)? else { return Ok(None) };
            MetricSummary::gather(&mut lines, points.iter().map(MetricSummary::of_point));
            if is_remembered
                && let Some(live) = live_streams.known().get_mut(&tail.id)
                && live.reach.sealed_to == tail.from
                && live.folded_to == start
            {
                live.summaries.clone_from(&lines);
                live.folded_to = to;
            }
            all.extend(lines.into_values());
        }
        Ok(Some(all))
    }

    /// Reads the live end of a log. `None` if it was sealed meanwhile.
    fn live_log(&self, tail: &UnsealedTail, from: u64, bytes_max: usize) -> io::Result<Option<Vec<LogFrame>>> {
        if from.max(tail.from) >= tail.extent {
            return Ok(Some(Vec::new()));
        }
        let mut at = {
            let known = self.shared.live_streams.known();
            let marks = known.get(&tail.id).map_or(&[][..], |live| &live.marks);
            let before = marks.partition_point(|mark| *mark <= from);
            before.checked_sub(1).map_or(tail.from, |i| marks[i]).max(tail.from)
        };
        let (mut frames, mut bytes) = (Vec::new(), 0);
        while at < tail.extent && bytes < bytes_max {
            let window = match read_frames(&tail.file, at, tail.extent.min(at + WINDOW_BYTES)) {
                Ok(window) => window,
                // The bytes were punched out, or truncated and filled with zeros.
                Err(e) if matches!(e.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof) => {
                    return Ok(None);
                }
                Err(e) => return Err(e),
            };
            let Some(last) = window.last() else { break };
            at = last.next;
            for frame in window.into_iter().filter(|frame| frame.offset >= from) {
                if bytes >= bytes_max {
                    break;
                }
                bytes += frame.bytes.len();
                frames.push(frame);
            }
        }
        Ok(Some(frames))
    }

    fn sealed_log(&self, parts: &[PartSealed], from: u64, bytes_max: usize) -> io::Result<Vec<LogFrame>> {
        let (mut frames, mut bytes) = (Vec::new(), 0);
        for part in parts.iter().filter(|part| part.to > from) {
            if bytes >= bytes_max {
                break;
            }
            read_log(self.object(part)?, from, &mut |frame: LogFrame| {
                bytes += frame.bytes.len();
                frames.push(frame);
                bytes < bytes_max
            })?;
        }
        Ok(frames)
    }
}

#[async_trait]
impl Series for Home {
    async fn append(&self, pieces: Vec<StreamPiece>) -> StoreResult<Vec<u64>> {
        self.inner.shared.reserve.refuse_if_low("a run's streams")?;
        self.append_pieces(pieces, false).await
    }

    async fn append_last(&self, pieces: Vec<StreamPiece>) -> StoreResult<Vec<u64>> {
        self.append_pieces(pieces, true).await
    }

    async fn extent(&self, attempt: AttemptId, stream: Stream) -> StoreResult<u64> {
        Ok(self.reach((attempt, stream)).await?.extent)
    }

    async fn log(&self, attempt: AttemptId, from: u64, bytes_max: usize) -> StoreResult<Vec<LogFrame>> {
        let id = (attempt, Stream::Log);
        let StreamExtent { sealed_to, extent, .. } = self.reach(id).await?;
        if from >= extent {
            return Ok(Vec::new());
        }
        // A client that follows the log reads its end, which is not in a part.
        if from >= sealed_to {
            let live = move |inner: &Inner| match inner.segment(id)? {
                Some(file) => inner.live_log(&UnsealedTail { id, file, from: sealed_to, extent }, from, bytes_max),
                None => Ok(None),
            };
            if let Some(frames) = self.blocking("a log", live).await? {
                return Ok(frames);
            }
        }
        let read = move |inner: &Inner, snapshot: &Snapshot| {
            let mut frames = inner.sealed_log(&snapshot.parts, from, bytes_max)?;
            let sealed: usize = frames.iter().map(|frame| frame.bytes.len()).sum();
            let Some(tail) = snapshot.tails.first().filter(|_| sealed < bytes_max) else { return Ok(Some(frames)) };
            let from = frames.last().map_or(from, |last| last.next);
            let live = inner.live_log(tail, from, bytes_max - sealed)?;
            Ok(live.map(|live| {
                frames.extend(live);
                frames
            }))
        };
        self.with_snapshot(attempt.run, "log", move |other| other == id, read).await
    }

    async fn attempts_with_logs(&self, runs: &[RunId]) -> StoreResult<Vec<AttemptId>> {
        let asked: HashSet<RunId> = runs.iter().copied().collect();
        // First the segments: a log that is sealed meanwhile is in a part by then.
        let live = self.inner.shared.live_streams.attempts_with_logs().into_iter();
        let mut with_logs: HashSet<AttemptId> = live.filter(|attempt| asked.contains(&attempt.run)).collect();
        let runs = runs.to_vec();
        with_logs.extend(self.inner.readers.read(move |sql| Ok(objects::attempts_with_logs(sql, &runs)?)).await?);
        Ok(with_logs.into_iter().collect())
    }

    async fn points(&self, attempt: AttemptId, key: &str) -> StoreResult<Vec<Point>> {
        let key: Arc<str> = key.into();
        let read = move |inner: &Inner, snapshot: &Snapshot, key: &str| -> io::Result<Option<Vec<Point>>> {
            let mut points = Vec::new();
            let name = format!("\"{key}\"");
            let name = memmem::Finder::new(&name);
            // A line of JSON without escapes has the bytes of the name. Other lines are read in order to report damage.
            let may_have = |line: &[u8]| {
                let is_whole = line.starts_with(b"{") && line.trim_ascii_end().ends_with(b"}");
                !is_whole || name.find(line).is_some() || memchr(b'\\', line).is_some()
            };
            for tail in &snapshot.tails {
                let lines = tail.lines_where::<Point>(tail.from, &inner.shared.live_streams, &may_have)?;
                let Some((lines, _)) = lines else { return Ok(None) };
                points.extend(lines.into_iter().filter(|point| point.key == *key));
            }
            let has_key = |part: &&PartSealed| part.summary.iter().any(|line| line.key == *key);
            for part in snapshot.parts.iter().filter(has_key) {
                points.extend(read_points(inner.object(part)?, Some(key))?);
            }
            Ok(Some(without_repeats(points)))
        };
        let read = move |inner: &Inner, snapshot: &Snapshot| read(inner, snapshot, &key);
        self.with_snapshot(attempt.run, "points", move |id| id.0 == attempt && is_points(id.1), read).await
    }

    async fn summaries(&self, attempt: AttemptId) -> StoreResult<Vec<MetricSummary>> {
        let read = |inner: &Inner, snapshot: &Snapshot| {
            let Some(live) = inner.live_summaries(&snapshot.tails)? else { return Ok(None) };
            let mut all = BTreeMap::new();
            for part in &snapshot.parts {
                MetricSummary::gather(&mut all, part.summary.iter().cloned());
            }
            MetricSummary::gather(&mut all, live);
            Ok(Some(all.into_values().collect()))
        };
        self.with_snapshot(attempt.run, "metrics", move |id| id.0 == attempt && is_points(id.1), read).await
    }

    async fn summaries_of(&self, attempts: &[AttemptId]) -> StoreResult<HashMap<AttemptId, Vec<MetricSummary>>> {
        let live = self.runs_with_live_points();
        self.summaries_of_many(attempts, &live).await
    }

    async fn samples(&self, attempt: AttemptId) -> StoreResult<Vec<Sample>> {
        let read = |inner: &Inner, snapshot: &Snapshot| {
            let mut samples = Vec::new();
            for part in &snapshot.parts {
                samples.extend(read_samples(inner.object(part)?)?);
            }
            for tail in &snapshot.tails {
                let Some((lines, _)) = tail.lines::<Sample>(tail.from, &inner.shared.live_streams)? else {
                    return Ok(None);
                };
                samples.extend(lines);
            }
            samples.sort_by_key(|sample| sample.time_us);
            samples.dedup();
            Ok(Some(samples))
        };
        self.with_snapshot(attempt.run, "samples", move |id| id == (attempt, Stream::Resources), read).await
    }

    async fn seal(&self, attempt: AttemptId) -> StoreResult<Vec<PartSealed>> {
        let mut all = Vec::new();
        // Most short tasks write nothing, and then there is nothing to load.
        if !self.inner.shared.live_streams.has_segments(attempt.run) {
            return Ok(all);
        }
        for stream in Stream::ALL {
            let id = (attempt, stream);
            let mut reach = self.reach(id).await?;
            if reach.extent <= reach.sealed_to {
                continue;
            }
            let parts = self.parts_of(id).await?;
            // Do not seal a recorded part again if its bytes are still in the segment.
            reach.sealed_to = parts.iter().map(|part| part.to).max().unwrap_or(0).max(reach.sealed_to);
            let next_part = parts.iter().map(|part| part.part + 1).max().unwrap_or(0);
            let seal =
                move |inner: &Inner| seal::seal(&inner.shared.live_streams, &inner.objects, id, reach, next_part);
            all.extend(self.blocking("a part", seal).await?);
        }
        Ok(all)
    }

    async fn sealed(&self, parts: &[PartSealed]) -> StoreResult<()> {
        let parts = parts.to_vec();
        self.inner.writer.ask(|reply| Command::Sealed { parts, reply }).await?;
        self.remove_replaced().await
    }

    async fn unsealed(&self) -> StoreResult<Vec<AttemptId>> {
        let inner = Arc::clone(&self.inner);
        self.inner
            .readers
            .read(move |sql| {
                let live_streams = &inner.shared.live_streams;
                let mut unsealed = Vec::new();
                for attempt in live_streams.attempts().map_err(|e| io_error("the segments", e))? {
                    for stream in Stream::ALL {
                        let reach = live_streams.reach((attempt, stream), sql)?;
                        if reach.extent > reach.sealed_to {
                            unsealed.push(attempt);
                            break;
                        }
                    }
                }
                Ok(unsealed)
            })
            .await
    }

    async fn erase(&self, attempt: AttemptId, stream: Stream, needle: &[u8]) -> StoreResult<(Vec<PartSealed>, u64)> {
        let id = (attempt, stream);
        if needle.is_empty() {
            return Ok((Vec::new(), 0));
        }
        if stream == Stream::Log {
            return self.erase_log(id, needle.to_vec()).await;
        }
        let mut erased = 0;
        let reach = self.reach(id).await?;
        let bytes = needle.to_vec();
        let (spans, found) = self
            .blocking("a segment", move |inner| match inner.segment(id)? {
                Some(file) if reach.extent > reach.sealed_to => erase::in_segment(&file, reach, &bytes),
                _ => Ok((Vec::new(), 0)),
            })
            .await?;
        erased += found;
        if !spans.is_empty() {
            self.inner.writer.ask(|reply| Command::Overwrite { stream: id, spans, reply }).await?;
        }
        // The journal may contain the bytes even if the segment does not.
        self.inner.writer.ask(|reply| Command::Clear { scrub: true, reply }).await?;
        let mut again = Vec::new();
        for part in self.parts_of(id).await? {
            let bytes = needle.to_vec();
            let old = part.object;
            let outcome =
                self.blocking("a part", move |inner| erase::in_part(&inner.objects, stream, &part, &bytes)).await?;
            if let Some((part, found)) = outcome {
                erased += found;
                self.inner.replaced().insert(old);
                again.push(part);
            }
        }
        Ok((again, erased))
    }

    fn subscribe(&self) -> broadcast::Receiver<StreamGrowth> {
        self.inner.shared.live_streams.subscribe()
    }
}

impl Home {
    /// Removes the objects of replaced parts once no fact names them. After a failure, the next call repeats it.
    async fn remove_replaced(&self) -> StoreResult<()> {
        let old: Vec<Digest> = self.inner.replaced().iter().copied().collect();
        if old.is_empty() {
            return Ok(());
        }
        let unnamed = self.inner.readers.read(move |sql| Ok(objects::unnamed(sql, old)?)).await?;
        if unnamed.is_empty() {
            return Ok(());
        }
        let gone = self.remove_objects(unnamed, Removal::Replaced).await?;
        let mut replaced = self.inner.replaced();
        replaced.retain(|digest| !gone.digests.contains(digest));
        Ok(())
    }
}

impl Inner {
    fn replaced(&self) -> MutexGuard<'_, HashSet<Digest>> {
        self.replaced.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
