//! Sealing: writes the bytes of a segment after the last part to Parquet objects.
//!
//! Equal points are stored once: a client that repeats a call after a lost reply repeats the point.

use std::{
    fs::File,
    io::{self},
    os::unix::fs::FileExt,
};

use bytes::Bytes;
use hven_app::ports::series::LogFrame;
use hven_core::{
    AttemptId, Digest,
    run::{MetricSummary, PartSealed},
    stream::{FRAME_HEAD_BYTES, Frames, Point, Sample, Stream},
};

use super::{
    StreamId,
    live::StreamExtent,
    parts::{PartWriter, write_points, write_samples},
};
use crate::{objects::ObjectStore, series::LiveStreams};

/// The maximum bytes of a stream in one part.
const LOG_PART_BYTES: u64 = 64 << 20;
const LINES_PART_BYTES: u64 = 16 << 20;
/// How many bytes of a log are in memory at once.
const WINDOW_BYTES: u64 = 4 << 20;

/// Seals the bytes between the last part and the end of a stream. `next_part` is the number of the first new part.
pub(super) fn seal(
    live_streams: &LiveStreams,
    objects: &ObjectStore,
    (attempt, stream): StreamId,
    reach: StreamExtent,
    next_part: u32,
) -> io::Result<Vec<PartSealed>> {
    let mut parts: Vec<PartSealed> = Vec::new();
    let file = File::open(live_streams.path((attempt, stream)))?;
    let mut from = reach.sealed_to;
    while from < reach.extent {
        let most = if stream == Stream::Log { LOG_PART_BYTES } else { LINES_PART_BYTES };
        let until = reach.extent.min(from + most);
        let sealed = match stream {
            Stream::Log => seal_log(&file, objects, from, until)?,
            Stream::Metrics | Stream::MetricsApi => {
                let (points, to) = read_lines::<Point>(&file, from, until, |_| true)?;
                let points = without_repeats(points);
                let summary = MetricSummary::of_points(&points);
                let rows = points.len() as u64;
                let (object, object_bytes, ()) = objects.put_with(|file| Ok(write_points(file, &points)?))?;
                Sealed { to, rows, object, object_bytes, summary }
            }
            Stream::Resources => {
                let (samples, to) = read_lines::<Sample>(&file, from, until, |_| true)?;
                let rows = samples.len() as u64;
                let (object, object_bytes, ()) = objects.put_with(|file| Ok(write_samples(file, &samples)?))?;
                Sealed { to, rows, object, object_bytes, summary: Vec::new() }
            }
        };
        if sealed.to == from {
            return Err(damaged(stream, from));
        }
        let part = next_part + parts.len() as u32;
        parts.push(sealed.into_part(attempt, stream, part, from));
        from = parts.last().map_or(from, |part| part.to);
    }
    Ok(parts)
}

fn damaged(stream: Stream, at: u64) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the {stream} stream cannot be read from byte {at} on"))
}

pub(super) struct Sealed {
    to: u64,
    rows: u64,
    object: Digest,
    object_bytes: u64,
    summary: Vec<MetricSummary>,
}

impl Sealed {
    fn into_part(self, attempt: AttemptId, stream: Stream, part: u32, from: u64) -> PartSealed {
        let Self { to, rows, object, object_bytes, summary } = self;
        PartSealed { attempt, stream: stream.as_str().to_owned(), part, from, to, rows, object, object_bytes, summary }
    }
}

fn seal_log(file: &File, objects: &ObjectStore, from: u64, until: u64) -> io::Result<Sealed> {
    let (object, object_bytes, (to, rows)) = objects.put_with(|target| {
        let mut part = PartWriter::log(target)?;
        let (mut at, mut rows) = (from, 0);
        while at < until {
            let frames = read_frames(file, at, until.min(at + WINDOW_BYTES))?;
            let Some(last) = frames.last() else { break };
            at = last.next;
            rows += frames.len() as u64;
            part.add_log(&frames)?;
        }
        part.close()?;
        Ok((at, rows))
    })?;
    Ok(Sealed { to, rows, object, object_bytes, summary: Vec::new() })
}

/// The whole frames between two offsets; a frame must start at the first offset.
pub(super) fn read_frames(file: &File, from: u64, until: u64) -> io::Result<Vec<LogFrame>> {
    let bytes = Bytes::from(read_span(file, from, until)?);
    let mut walk = Frames::new(&bytes);
    let mut frames = Vec::new();
    while let Some(frame) = walk.next() {
        let frame = frame.map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))?;
        let next = walk.consumed;
        let start = next - frame.bytes.len();
        frames.push(LogFrame {
            offset: from + (start - FRAME_HEAD_BYTES) as u64,
            next: from + next as u64,
            source: frame.source,
            time: frame.time,
            bytes: bytes.slice(start..next),
        });
    }
    Ok(frames)
}

pub(super) fn read_span(file: &File, from: u64, until: u64) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; (until - from) as usize];
    file.read_exact_at(&mut bytes, from)?;
    Ok(bytes)
}

/// The whole lines between two offsets that `may_count` does not leave out, and the end of the last line. A blank line is an
/// erased line.
pub(super) fn read_lines<T: serde::de::DeserializeOwned>(
    file: &File,
    from: u64,
    until: u64,
    may_count: impl Fn(&[u8]) -> bool,
) -> io::Result<(Vec<T>, u64)> {
    let bytes = read_span(file, from, until)?;
    let whole = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |end| end + 1);
    let lines = bytes[..whole].split(|b| *b == b'\n').filter(|line| !line.trim_ascii().is_empty() && may_count(line));
    let rows = lines.map(serde_json::from_slice).collect::<Result<_, _>>()?;
    Ok((rows, from + whole as u64))
}

/// Sorts points by key, step and time, and removes duplicates.
pub(super) fn without_repeats(mut points: Vec<Point>) -> Vec<Point> {
    points.sort_by(|a, b| {
        (&a.key, a.step, a.time_us, a.value.0.to_bits()).cmp(&(&b.key, b.step, b.time_us, b.value.0.to_bits()))
    });
    points.dedup_by(|a, b| {
        (&a.key, a.step, a.time_us, a.value.0.to_bits()) == (&b.key, b.step, b.time_us, b.value.0.to_bits())
    });
    points
}

/// Seals a part again with other rows.
pub(super) fn reseal_log(objects: &ObjectStore, part: &PartSealed, frames: &[LogFrame]) -> io::Result<PartSealed> {
    let (object, object_bytes, ()) = objects.put_with(|file| {
        let mut writer = PartWriter::log(file)?;
        writer.add_log(frames)?;
        Ok(writer.close()?)
    })?;
    Ok(PartSealed { object, object_bytes, rows: frames.len() as u64, ..part.clone() })
}

pub(super) fn reseal_points(objects: &ObjectStore, part: &PartSealed, points: Vec<Point>) -> io::Result<PartSealed> {
    let points = without_repeats(points);
    let (object, object_bytes, ()) = objects.put_with(|file| Ok(write_points(file, &points)?))?;
    Ok(PartSealed {
        object,
        object_bytes,
        rows: points.len() as u64,
        summary: MetricSummary::of_points(&points),
        ..part.clone()
    })
}
