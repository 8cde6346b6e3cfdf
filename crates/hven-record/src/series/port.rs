//! The port [`Series`].

use std::{
    collections::{BTreeMap, HashSet},
    fs::File,
    io,
    sync::Arc,
};

use async_trait::async_trait;
use hven_app::ports::{
    Series, StoreError, StoreResult,
    series::{Grown, LogFrame, Piece},
    views::RunRow,
};
use hven_core::{
    AttemptId, Malformed, RunId,
    run::{MetricSummary, PartSealed},
    stream::{Frames, Point, Sample, Stream, check_key},
};
use tokio::{sync::broadcast, task::spawn_blocking};

use super::{
    StreamId, erase,
    live::Reach,
    parts::{read_log, read_points, read_samples},
    seal::{self, fold, read_frames, read_lines, without_repeats},
};
use crate::{
    errors::io_error,
    home::{Home, Inner},
    views::{objects, queries},
    writer::Command,
};

/// Larger requests are checked where blocking is allowed.
const CHECK_HERE_BYTES_MAX: usize = 64 * 1024;
/// How much of a live log is read at once.
const WINDOW_BYTES: u64 = 1 << 20;
/// How often reading starts again when bytes were sealed away meanwhile.
const TRIES_MAX: usize = 5;

fn is_points(stream: &str) -> bool {
    matches!(Stream::parse(stream), Some(Stream::Metrics | Stream::MetricsApi))
}

/// Streams hold whole frames and whole lines that can be read: nobody has to deal with others later.
fn check(pieces: &[Piece]) -> Result<(), Malformed> {
    for piece in pieces {
        let at = |offset: usize| piece.offset.unwrap_or(0) + offset as u64;
        match piece.stream {
            Stream::Log => {
                let mut walk = Frames::new(&piece.bytes);
                for frame in &mut walk {
                    frame?;
                }
                if walk.consumed < piece.bytes.len() {
                    let why = "the last frame is not whole";
                    return Err(Malformed::Stream { stream: "log", offset: at(walk.consumed), why });
                }
            }
            Stream::Metrics | Stream::MetricsApi => check_lines(piece, at, |line| {
                let point: Option<Point> = serde_json::from_slice(line).ok();
                point.is_some_and(|point| check_key(&point.key).is_ok())
            })?,
            Stream::Resources => check_lines(piece, at, |line| serde_json::from_slice::<Sample>(line).is_ok())?,
        }
    }
    Ok(())
}

fn check_lines(piece: &Piece, at: impl Fn(usize) -> u64, is_good: impl Fn(&[u8]) -> bool) -> Result<(), Malformed> {
    let stream = piece.stream.as_str();
    let mut offset = 0;
    for line in piece.bytes.split_inclusive(|b| *b == b'\n') {
        let Some(body) = line.strip_suffix(b"\n") else {
            return Err(Malformed::Stream { stream, offset: at(offset), why: "the last line is not whole" });
        };
        if !is_good(body) {
            return Err(Malformed::Stream { stream, offset: at(offset), why: "a line is not what it should be" });
        }
        offset += line.len();
    }
    Ok(())
}

impl Home {
    /// Erases in a log, which is looked at as a whole.
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
        // The journal may hold the bytes also when the segment no longer does.
        self.inner.writer.ask(|reply| Command::Clear { scrub: true, reply }).await?;
        let again = erasure.parts.into_iter().map(|(part, old)| {
            self.inner.remember_replaced(part.object, old);
            part
        });
        Ok((again.collect(), erasure.found))
    }

    async fn append_pieces(&self, pieces: Vec<Piece>, are_last: bool) -> StoreResult<Vec<u64>> {
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

    async fn blocking<T: Send + 'static>(
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

    async fn reach(&self, id: StreamId) -> StoreResult<Reach> {
        if let Some(live) = self.inner.shared.lives.known().get(&id) {
            return Ok(live.reach);
        }
        let inner = Arc::clone(&self.inner);
        self.inner.readers.read(move |sql| inner.shared.lives.reach(id, sql)).await
    }

    async fn parts_of(&self, id: StreamId) -> StoreResult<Vec<PartSealed>> {
        let parts = self.inner.readers.read(move |sql| Ok(objects::parts_of_attempt(sql, id.0)?)).await?;
        Ok(parts.into_iter().filter(|part| part.stream == id.1.as_str()).collect())
    }

    /// Adds what live streams of runs in a list say to what their parts say.
    pub(crate) async fn add_live_summaries(&self, rows: &mut [RunRow]) -> StoreResult<()> {
        let live: HashSet<RunId> = {
            let known = self.inner.shared.lives.known();
            let unsealed =
                known.iter().filter(|(id, live)| is_points(id.1.as_str()) && live.reach.extent > live.reach.sealed_to);
            unsealed.map(|(id, _)| id.0.run).collect()
        };
        for row in rows.iter_mut().filter(|row| live.contains(&row.id)) {
            // Asked as a whole: a part may have been sealed since the row was read.
            row.metrics = self.summaries(row.id).await?;
        }
        Ok(())
    }
}

impl Inner {
    /// A file of a segment; `None` when it was sealed and is gone.
    fn segment(&self, id: StreamId) -> io::Result<Option<File>> {
        match File::open(self.shared.lives.path(id)) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            other => other.map(Some),
        }
    }

    fn object(&self, part: &PartSealed) -> io::Result<File> {
        let missing = || io::Error::new(io::ErrorKind::InvalidData, format!("the part {} is missing", part.object));
        self.objects.open_checked(&part.object)?.ok_or_else(missing)
    }

    /// What points from each of these places to the end of their stream say. What was read once is remembered.
    fn live_summaries(&self, streams: &[(StreamId, u64)]) -> io::Result<Vec<MetricSummary>> {
        let mut all = Vec::new();
        for &(id, from) in streams {
            let Some(file) = self.segment(id)? else { continue };
            let known = self.shared.lives.known();
            let Some(live) = known.get(&id) else { continue };
            let extent = live.reach.extent;
            let remembered = live.reach.sealed_to == from;
            let (mut lines, start) =
                if remembered { (live.summaries.clone(), live.folded_to.max(from)) } else { (BTreeMap::new(), from) };
            drop(known);
            let (points, to) = read_lines::<Point>(&file, start, extent)?;
            fold(&mut lines, &points);
            if remembered
                && let Some(live) = self.shared.lives.known().get_mut(&id)
                && live.reach.sealed_to == from
                && live.folded_to == start
            {
                live.summaries.clone_from(&lines);
                live.folded_to = to;
            }
            all.extend(lines.into_values());
        }
        Ok(all)
    }

    /// Reads the live end of a log. `None` when it was sealed away meanwhile.
    fn live_log(&self, id: StreamId, reach: Reach, from: u64, bytes_max: usize) -> io::Result<Option<Vec<LogFrame>>> {
        if from.max(reach.sealed_to) >= reach.extent {
            return Ok(Some(Vec::new()));
        }
        let Some(file) = self.segment(id)? else { return Ok(None) };
        let mut at = {
            let known = self.shared.lives.known();
            let marks = known.get(&id).map_or(&[][..], |live| &live.marks);
            let before = marks.partition_point(|mark| *mark <= from);
            before.checked_sub(1).map_or(reach.sealed_to, |i| marks[i]).max(reach.sealed_to)
        };
        let (mut frames, mut bytes) = (Vec::new(), 0);
        while at < reach.extent && bytes < bytes_max {
            let window = match read_frames(&file, at, reach.extent.min(at + WINDOW_BYTES)) {
                Ok(window) => window,
                // Punched out, or cut off and filled with zeros.
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

    /// The points or samples that live segments hold.
    fn live_lines<T: serde::de::DeserializeOwned>(&self, streams: &[(StreamId, Reach)]) -> io::Result<Vec<T>> {
        let mut all = Vec::new();
        for (id, reach) in streams.iter().filter(|(_, reach)| reach.extent > reach.sealed_to) {
            // When it is gone, or its first bytes are, a part has it: parts are read after this.
            let Some(file) = self.segment(*id)? else { continue };
            match read_lines::<T>(&file, reach.sealed_to, reach.extent) {
                Ok((lines, _)) => all.extend(lines),
                Err(e)
                    if self.shared.lives.known().get(id).is_none_or(|live| live.reach.sealed_to > reach.sealed_to) =>
                {
                    tracing::debug!(error = %e, "a segment was sealed while it was read");
                }
                Err(e) => return Err(e),
            }
        }
        Ok(all)
    }
}

#[async_trait]
impl Series for Home {
    async fn append(&self, pieces: Vec<Piece>) -> StoreResult<Vec<u64>> {
        self.inner.shared.reserve.refuse_if_low("a run's streams")?;
        self.append_pieces(pieces, false).await
    }

    async fn append_last(&self, pieces: Vec<Piece>) -> StoreResult<Vec<u64>> {
        self.append_pieces(pieces, true).await
    }

    async fn extent(&self, attempt: AttemptId, stream: Stream) -> StoreResult<u64> {
        Ok(self.reach((attempt, stream)).await?.extent)
    }

    async fn log(&self, attempt: AttemptId, from: u64, bytes_max: usize) -> StoreResult<Vec<LogFrame>> {
        let id = (attempt, Stream::Log);
        for _ in 0..TRIES_MAX {
            let reach = self.reach(id).await?;
            if from >= reach.extent {
                return Ok(Vec::new());
            }
            let parts = if from < reach.sealed_to { self.parts_of(id).await? } else { Vec::new() };
            let read = move |inner: &Inner| {
                let mut frames = inner.sealed_log(&parts, from, bytes_max)?;
                let sealed: usize = frames.iter().map(|frame| frame.bytes.len()).sum();
                if sealed >= bytes_max {
                    return Ok(Some(frames));
                }
                // A part may be recorded whose bytes have not left the segment yet.
                let from = frames.last().map_or(from, |last| last.next);
                let live = inner.live_log(id, reach, from, bytes_max - sealed)?;
                Ok(live.map(|live| {
                    frames.extend(live);
                    frames
                }))
            };
            if let Some(frames) = self.blocking("a log", read).await? {
                return Ok(frames);
            }
        }
        Err(StoreError::Damaged { what: format!("the log of {attempt}"), why: "its segment cannot be read".to_owned() })
    }

    async fn points(&self, run: RunId, key: &str) -> StoreResult<Vec<Point>> {
        let streams = self.live_streams(run, is_points).await?;
        let mut points: Vec<Point> = self.blocking("live metrics", move |inner| inner.live_lines(&streams)).await?;
        points.retain(|point| point.key == key);
        let parts = self.inner.readers.read(move |sql| Ok(objects::parts_of_run(sql, run)?)).await?;
        let wanted = key.to_owned();
        let sealed = self
            .blocking("a part of metrics", move |inner| {
                let mut points = Vec::new();
                let has_key = |part: &&PartSealed| part.summary.iter().any(|line| line.key == wanted);
                for part in parts.iter().filter(|part| is_points(&part.stream)).filter(has_key) {
                    points.extend(read_points(inner.object(part)?, Some(&wanted))?);
                }
                Ok(points)
            })
            .await?;
        points.extend(sealed);
        Ok(without_repeats(points))
    }

    async fn summaries(&self, run: RunId) -> StoreResult<Vec<MetricSummary>> {
        let inner = Arc::clone(&self.inner);
        // One state of the parts for both questions: what they say, and where the live points begin.
        let (lines, live) = self
            .inner
            .readers
            .read(move |sql| {
                let lines = queries::sealed_summaries(sql, run)?;
                let attempts = inner.shared.lives.attempts_of(run).map_err(|e| io_error("the segments", e))?;
                let mut live = Vec::new();
                for attempt in attempts {
                    for stream in [Stream::Metrics, Stream::MetricsApi] {
                        // Makes it known, so that what is read can be remembered.
                        inner.shared.lives.reach((attempt, stream), sql)?;
                        live.push(((attempt, stream), objects::sealed_to(sql, attempt, stream.as_str())?));
                    }
                }
                Ok((lines, live))
            })
            .await?;
        let live = self.blocking("live metrics", move |inner| inner.live_summaries(&live)).await?;
        let mut all: BTreeMap<_, _> = lines.into_iter().map(|line| (line.key.clone(), line)).collect();
        queries::merge_summaries(&mut all, live);
        Ok(all.into_values().collect())
    }

    async fn samples(&self, attempt: AttemptId) -> StoreResult<Vec<Sample>> {
        let id = (attempt, Stream::Resources);
        let streams = vec![(id, self.reach(id).await?)];
        let live: Vec<Sample> = self.blocking("live samples", move |inner| inner.live_lines(&streams)).await?;
        let parts = self.parts_of(id).await?;
        let mut samples = self
            .blocking("a part of samples", move |inner| {
                let mut samples = Vec::new();
                for part in &parts {
                    samples.extend(read_samples(inner.object(part)?)?);
                }
                Ok(samples)
            })
            .await?;
        samples.extend(live);
        samples.sort_by_key(|sample| sample.time_us);
        samples.dedup();
        Ok(samples)
    }

    async fn seal(&self, attempt: AttemptId) -> StoreResult<Vec<PartSealed>> {
        let mut all = Vec::new();
        // Most short tasks say nothing, and of those nothing need be looked up.
        if !self.inner.shared.lives.has_segments(attempt.run) {
            return Ok(all);
        }
        for stream in Stream::ALL {
            let id = (attempt, stream);
            let mut reach = self.reach(id).await?;
            if reach.extent <= reach.sealed_to {
                continue;
            }
            let parts = self.parts_of(id).await?;
            // A part that is recorded but whose bytes have not left the segment is not sealed again.
            reach.sealed_to = parts.iter().map(|part| part.to).max().unwrap_or(0).max(reach.sealed_to);
            let next_part = parts.iter().map(|part| part.part + 1).max().unwrap_or(0);
            let seal = move |inner: &Inner| seal::seal(&inner.shared.lives, &inner.objects, id, reach, next_part);
            all.extend(self.blocking("a part", seal).await?);
        }
        Ok(all)
    }

    async fn sealed(&self, parts: &[PartSealed]) -> StoreResult<()> {
        let parts = parts.to_vec();
        let objects: Vec<_> = parts.iter().map(|part| part.object).collect();
        self.inner.writer.ask(|reply| Command::Sealed { parts, reply }).await?;
        self.remove_replaced(&objects).await
    }

    async fn unsealed(&self) -> StoreResult<Vec<AttemptId>> {
        let inner = Arc::clone(&self.inner);
        self.inner
            .readers
            .read(move |sql| {
                let lives = &inner.shared.lives;
                let mut unsealed = Vec::new();
                for attempt in lives.attempts().map_err(|e| io_error("the segments", e))? {
                    for stream in Stream::ALL {
                        let reach = lives.reach((attempt, stream), sql)?;
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
        // The journal may hold the bytes also when the segment no longer does.
        self.inner.writer.ask(|reply| Command::Clear { scrub: true, reply }).await?;
        let mut again = Vec::new();
        for part in self.parts_of(id).await? {
            let bytes = needle.to_vec();
            let old = part.object;
            let outcome =
                self.blocking("a part", move |inner| erase::in_part(&inner.objects, stream, &part, &bytes)).await?;
            if let Some((part, found)) = outcome {
                erased += found;
                self.inner.remember_replaced(part.object, old);
                again.push(part);
            }
        }
        Ok((again, erased))
    }

    fn subscribe(&self) -> broadcast::Receiver<Grown> {
        self.inner.shared.lives.subscribe()
    }
}

impl Home {
    /// The streams of a run that have a segment, and how far they go.
    async fn live_streams(&self, run: RunId, wanted: fn(&str) -> bool) -> StoreResult<Vec<(StreamId, Reach)>> {
        let inner = Arc::clone(&self.inner);
        self.inner
            .readers
            .read(move |sql| {
                let lives = &inner.shared.lives;
                let mut streams = Vec::new();
                for attempt in lives.attempts_of(run).map_err(|e| io_error("the segments", e))? {
                    for stream in Stream::ALL.into_iter().filter(|stream| wanted(stream.as_str())) {
                        streams.push(((attempt, stream), lives.reach((attempt, stream), sql)?));
                    }
                }
                Ok(streams)
            })
            .await
    }

    /// Removes the objects that these replaced, unless something else refers to them.
    async fn remove_replaced(&self, new: &[hven_core::Digest]) -> StoreResult<()> {
        let old: Vec<_> = new.iter().filter_map(|object| self.inner.forget_replaced(object)).collect();
        if old.is_empty() { Ok(()) } else { hven_app::ports::Objects::remove(self, &old).await }
    }
}

impl Inner {
    fn remember_replaced(&self, new: hven_core::Digest, old: hven_core::Digest) {
        self.replaced.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(new, old);
    }
    fn forget_replaced(&self, new: &hven_core::Digest) -> Option<hven_core::Digest> {
        self.replaced.lock().unwrap_or_else(std::sync::PoisonError::into_inner).remove(new)
    }
}
