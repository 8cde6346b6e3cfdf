//! Erasing what a script should not have written: every byte of it becomes an asterisk, and no offset moves.

use std::{fs::File, io};

use bytes::Bytes;
use hven_app::ports::series::LogFrame;
use hven_core::{
    run::{Number, PartSealed},
    stream::{FRAME_HEAD_BYTES, Point, Source, Stream},
};

use super::{
    live::Reach,
    parts::{read_log, read_points},
    seal::{read_frames, read_span, reseal_log, reseal_points},
};
use crate::objects::ObjectStore;

/// How much of a live log is in memory at once.
const WINDOW_BYTES: u64 = 64 << 20;

/// Where in the frames of each source the needle stands, also when it lies across frames: index of the frame, place in
/// its bytes, and how many bytes.
fn places(frames: &[LogFrame], needle: &[u8]) -> (Vec<(usize, usize, usize)>, u64) {
    let mut all = Vec::new();
    let mut found = 0;
    for source in [Source::Stdout, Source::Stderr, Source::Hven] {
        let mut text = Vec::new();
        let mut starts: Vec<(usize, usize)> = Vec::new();
        for (i, frame) in frames.iter().enumerate().filter(|(_, frame)| frame.source == source) {
            starts.push((text.len(), i));
            text.extend_from_slice(&frame.bytes);
        }
        let mut at = 0;
        while let Some(offset) = find(&text[at..], needle) {
            let (mut start, end) = (at + offset, at + offset + needle.len());
            found += 1;
            while start < end {
                let nth = starts.partition_point(|(first, _)| *first <= start) - 1;
                let (first, frame) = starts[nth];
                let frame_end = first + frames[frame].bytes.len();
                let n = end.min(frame_end) - start;
                all.push((frame, start - first, n));
                start += n;
            }
            at = end;
        }
    }
    (all, found)
}

fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    let first = *needle.first()?;
    let mut at = 0;
    while at + needle.len() <= text.len() {
        at += text[at..=text.len() - needle.len()].iter().position(|b| *b == first)?;
        if text[at..].starts_with(needle) {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// What is to be written over a live segment, and how many places that erases.
pub(super) type Overwrites = (Vec<(u64, Vec<u8>)>, u64);

pub(super) fn in_segment(file: &File, stream: Stream, reach: Reach, needle: &[u8]) -> io::Result<Overwrites> {
    let mut spans = Vec::new();
    let mut found = 0;
    if stream == Stream::Log {
        let mut at = reach.sealed_to;
        while at < reach.extent {
            let frames = read_frames(file, at, reach.extent.min(at + WINDOW_BYTES))?;
            let Some(last) = frames.last() else { break };
            at = last.next;
            let (places, count) = places(&frames, needle);
            found += count;
            spans.extend(
                places
                    .into_iter()
                    .map(|(frame, start, n)| (frames[frame].offset + (FRAME_HEAD_BYTES + start) as u64, vec![b'*'; n])),
            );
        }
    } else {
        let bytes = read_span(file, reach.sealed_to, reach.extent)?;
        let mut at = reach.sealed_to;
        for line in bytes.split_inclusive(|b| *b == b'\n') {
            if find(line, needle).is_some() {
                found += 1;
                spans.push((at, erased_line(line, needle)));
            }
            at += line.len() as u64;
        }
    }
    Ok((spans, found))
}

/// The same line without the needle, of the same length, still a line that can be read.
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
        // A needle that is no text may have cut a letter in two.
        Point { key: String::from_utf8_lossy(&key).into_owned(), ..point.clone() }
    } else {
        Point { value: Number(f64::NAN), ..point.clone() }
    }
}

/// The part without the needle, when it had it, and how many places were erased.
pub(super) fn in_part(
    objects: &ObjectStore,
    stream: Stream,
    part: &PartSealed,
    needle: &[u8],
) -> io::Result<Option<(PartSealed, u64)>> {
    let Some(file) = objects.open_file(&part.object)? else { return Ok(None) };
    match stream {
        Stream::Log => {
            let mut frames = Vec::new();
            read_log(file, 0, &mut |frame| {
                frames.push(frame);
                true
            })?;
            let (places, found) = places(&frames, needle);
            if found == 0 {
                return Ok(None);
            }
            for (frame, start, n) in places {
                let mut bytes = frames[frame].bytes.to_vec();
                bytes[start..start + n].fill(b'*');
                frames[frame].bytes = Bytes::from(bytes);
            }
            Ok(Some((reseal_log(objects, part, &frames)?, found)))
        }
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
        // Samples are Hven's own measurements: no script writes there.
        Stream::Resources => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use hven_core::Time;

    use super::*;

    fn frame(offset: u64, source: Source, bytes: &'static [u8]) -> LogFrame {
        let next = offset + (FRAME_HEAD_BYTES + bytes.len()) as u64;
        LogFrame { offset, next, source, time: Time::from_micros(0), bytes: Bytes::from_static(bytes) }
    }

    #[test]
    fn a_needle_across_frames_is_found() {
        let frames = [
            frame(0, Source::Stdout, b"key=abc"),
            frame(20, Source::Stderr, b"warning"),
            frame(40, Source::Stdout, b"def\nabcdef"),
        ];
        let (places, found) = places(&frames, b"abcdef");
        assert_eq!(found, 2);
        assert_eq!(places, [(0, 4, 3), (2, 0, 3), (2, 4, 6)]);
    }

    #[test]
    fn an_erased_line_keeps_its_length_and_can_be_read() {
        let line = br#"{"k":"hunter2/loss","v":0.5,"s":1,"t":7}"#;
        let mut with_end = line.to_vec();
        with_end.push(b'\n');
        let erased = erased_line(&with_end, b"hunter2");
        assert_eq!(erased.len(), with_end.len());
        let point: Point = serde_json::from_slice(&erased).expect("still a point");
        assert_eq!(point.key, "*******/loss");
        // A line that has nowhere to hide it becomes blank.
        let short = erased_line(b"{\"k\":\"a\",\"v\":77,\"s\":0,\"t\":1}\n", b"77");
        assert!(find(&short, b"77").is_none());
    }
}
