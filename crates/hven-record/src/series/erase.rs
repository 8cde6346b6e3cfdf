//! Erases text that a script wrote to a stream: every byte of it becomes an asterisk, and no offset changes.

use std::{fs::File, io};

use hven_app::ports::series::LogFrame;
use hven_core::{
    Digest,
    run::{Number, PartSealed},
    stream::{FRAME_HEAD_BYTES, Point, Stream},
};

use super::{
    live::StreamExtent,
    needle::{Search, find},
    parts::{read_log, read_points},
    seal::{read_frames, read_span, reseal_log, reseal_points},
};
use crate::objects::ObjectStore;

/// How many bytes of a live log are in memory at once.
const WINDOW_BYTES: u64 = 64 << 20;

/// The changes that remove the needle from a log.
#[derive(Debug, Default)]
pub(super) struct LogErasure {
    /// The bytes to write over the live segment, with their offsets.
    pub(super) spans: Vec<(u64, Vec<u8>)>,
    /// New parts without the needle, each with the digest of the object that it replaces.
    pub(super) parts: Vec<(PartSealed, Digest)>,
    pub(super) found: u64,
}

/// Finds the needle in a whole log, including a match across two parts or across a part and the live segment. Reads the
/// log twice, so that it is never completely in memory: first all of it, then the pieces with a part of a match.
pub(super) fn in_log(
    objects: &ObjectStore,
    parts: &[PartSealed],
    live: Option<(&File, StreamExtent)>,
    needle: &[u8],
) -> io::Result<LogErasure> {
    let mut search = Search::new(needle);
    let mut ends = Vec::with_capacity(parts.len());
    for part in parts {
        match objects.open_checked(&part.object)? {
            Some(file) => read_log(file, 0, &mut |frame| {
                search.take(frame.source, &frame.bytes);
                true
            })?,
            // The whole part was erased.
            None => search.interrupt(),
        }
        ends.push(search.seen());
    }
    let sealed = search.seen();
    each_live(live, &mut |frame| search.take(frame.source, &frame.bytes))?;
    let found = search.finish();
    let mut erasure = LogErasure { found: found.count(), ..LogErasure::default() };
    let mut begin = [0; 3];
    for (part, end) in parts.iter().zip(ends) {
        let from = std::mem::replace(&mut begin, end);
        if !found.overlaps(from, end) {
            continue;
        }
        let Some(file) = objects.open_checked(&part.object)? else { continue };
        let (mut again, mut frames) = (found.from(from), Vec::new());
        read_log(file, 0, &mut |frame| {
            frames.push(LogFrame { bytes: again.mask(frame.source, frame.bytes.clone()), ..frame });
            true
        })?;
        erasure.parts.push((reseal_log(objects, part, &frames)?, part.object));
    }
    if found.overlaps(sealed, [u64::MAX; 3]) {
        let mut again = found.from(sealed);
        each_live(live, &mut |frame| {
            for range in again.take(frame.source, &frame.bytes) {
                let at = frame.offset + (FRAME_HEAD_BYTES + range.start) as u64;
                erasure.spans.push((at, vec![b'*'; range.len()]));
            }
        })?;
    }
    Ok(erasure)
}

/// Iterates over the frames of a live log, with a limited number in memory.
fn each_live(live: Option<(&File, StreamExtent)>, look: &mut dyn FnMut(&LogFrame)) -> io::Result<()> {
    let Some((file, reach)) = live else { return Ok(()) };
    let mut at = reach.sealed_to;
    while at < reach.extent {
        let frames = read_frames(file, at, reach.extent.min(at + WINDOW_BYTES))?;
        let Some(last) = frames.last() else { break };
        at = last.next;
        frames.iter().for_each(&mut *look);
    }
    Ok(())
}

/// The bytes to write over a live segment with their offsets, and the number of erased matches.
pub(super) type Overwrites = (Vec<(u64, Vec<u8>)>, u64);

/// Finds the needle in a live stream of lines.
pub(super) fn in_segment(file: &File, reach: StreamExtent, needle: &[u8]) -> io::Result<Overwrites> {
    let mut spans = Vec::new();
    let mut found = 0;
    let bytes = read_span(file, reach.sealed_to, reach.extent)?;
    let mut at = reach.sealed_to;
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        if find(line, needle).is_some() {
            found += 1;
            spans.push((at, erased_line(line, needle)));
        }
        at += line.len() as u64;
    }
    Ok((spans, found))
}

/// Returns the line without the needle, with the same length, and still readable.
fn erased_line(line: &[u8], needle: &[u8]) -> Vec<u8> {
    let body = line.strip_suffix(b"\n").unwrap_or(line);
    let mut masked = body.to_vec();
    while let Some(at) = find(&masked, needle).filter(|_| needle.iter().any(|b| *b != b'*')) {
        masked[at..at + needle.len()].fill(b'*');
    }
    if serde_json::from_slice::<Point>(&masked).is_ok() {
        masked.extend_from_slice(&line[body.len()..]);
        return masked;
    }
    let erased = serde_json::from_slice::<Point>(body).ok().map(|point| erased_point(&point, needle));
    let mut text = erased.and_then(|point| serde_json::to_vec(&point).ok()).unwrap_or_default();
    if text.len() > body.len() || find(&text, needle).is_some() {
        text.clear();
    }
    text.resize(body.len(), b' ');
    text.extend_from_slice(&line[body.len()..]);
    text
}

fn erased_point(point: &Point, needle: &[u8]) -> Point {
    let mut key = point.key.clone().into_bytes();
    let mut changed = false;
    while let Some(at) = find(&key, needle).filter(|_| needle.iter().any(|b| *b != b'*')) {
        key[at..at + needle.len()].fill(b'*');
        changed = true;
    }
    if changed {
        // A needle that is not text may have split a character.
        Point { key: String::from_utf8_lossy(&key).into_owned(), ..point.clone() }
    } else {
        Point { value: Number(f64::NAN), ..point.clone() }
    }
}

/// Returns the part without the needle if it contained the needle, and the number of erased matches.
pub(super) fn in_part(
    objects: &ObjectStore,
    stream: Stream,
    part: &PartSealed,
    needle: &[u8],
) -> io::Result<Option<(PartSealed, u64)>> {
    let Some(file) = objects.open_checked(&part.object)? else { return Ok(None) };
    match stream {
        Stream::Metrics | Stream::MetricsApi => {
            let mut points = read_points(file, None)?;
            let mut found = 0;
            for point in &mut points {
                if find(point.key.as_bytes(), needle).is_some()
                    || find(point.value.0.to_string().as_bytes(), needle).is_some()
                {
                    *point = erased_point(point, needle);
                    found += 1;
                }
            }
            if found == 0 { Ok(None) } else { Ok(Some((reseal_points(objects, part, points)?, found))) }
        }
        // Hven measures the samples, so they contain no text of a script. A log is searched as a whole.
        Stream::Resources | Stream::Log => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_erased_line_keeps_its_length_and_can_be_read() {
        let line = br#"{"k":"hunter2/loss","v":0.5,"s":1,"t":7}"#;
        let mut with_end = line.to_vec();
        with_end.push(b'\n');
        let erased = erased_line(&with_end, b"hunter2");
        assert_eq!(erased.len(), with_end.len());
        let point: Point = serde_json::from_slice(&erased).expect("still a point");
        assert_eq!(point.key, "*******/loss");
        // A line with no replaceable field becomes blank.
        let short = erased_line(b"{\"k\":\"a\",\"v\":77,\"s\":0,\"t\":1}\n", b"77");
        assert!(find(&short, b"77").is_none());
    }
}
