//! Streams: what a run says too often for facts. A stream is bytes of one attempt, only ever added to.
//!
//! The runner's spool, the wire and the server's segment hold the same bytes at the same offsets. So sending twice is
//! harmless: an overlap is ignored, a gap is refused with the offset that is wanted.
//!
//! - `log`: frames of `[source u8][time i64 LE µs][length u32 LE][bytes]`.
//! - `metrics`: JSON lines `{"k":"loss","v":0.25,"s":3,"t":1767225600000000}`.
//! - `resources`: JSON lines, one [`Sample`] each.

mod gap;
mod salvage;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Malformed, Time, run::Number};

pub use gap::{dropped_note, lost_note, tells_of_gap};
pub use salvage::{Fault, Salvaged, first_fault, salvage};

/// Which stream of an attempt. The `.api` one is filled by calls to the server, the others by the runner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Stream {
    #[serde(rename = "log")]
    Log,
    #[serde(rename = "metrics")]
    Metrics,
    #[serde(rename = "metrics.api")]
    MetricsApi,
    #[serde(rename = "resources")]
    Resources,
}

impl Stream {
    pub const ALL: [Self; 4] = [Self::Log, Self::Metrics, Self::MetricsApi, Self::Resources];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Metrics => "metrics",
            Self::MetricsApi => "metrics.api",
            Self::Resources => "resources",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stream| stream.as_str() == text)
    }
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Who wrote a piece of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    Stdout,
    Stderr,
    /// Hven itself, such as a note that the middle of the log was dropped.
    Hven,
}

impl Source {
    pub const fn to_byte(self) -> u8 {
        match self {
            Self::Stdout => 1,
            Self::Stderr => 2,
            Self::Hven => 3,
        }
    }
    pub const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::Stdout),
            2 => Some(Self::Stderr),
            3 => Some(Self::Hven),
            _ => None,
        }
    }
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
            Self::Hven => "hven",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Stdout, Self::Stderr, Self::Hven].into_iter().find(|source| source.as_str() == text)
    }
}

/// The longest payload of one log frame.
pub const FRAME_BYTES_MAX: usize = 64 * 1024;
/// The bytes before a frame's payload.
pub const FRAME_HEAD_BYTES: usize = 13;

/// One piece of the log, borrowed from the stream's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    pub source: Source,
    pub time: Time,
    pub bytes: &'a [u8],
}

impl Frame<'_> {
    /// Appends the frame's bytes; a payload over [`FRAME_BYTES_MAX`] is split.
    pub fn write(&self, out: &mut Vec<u8>) {
        for piece in self.bytes.chunks(FRAME_BYTES_MAX) {
            out.push(self.source.to_byte());
            out.extend_from_slice(&self.time.micros().to_le_bytes());
            out.extend_from_slice(&(piece.len() as u32).to_le_bytes());
            out.extend_from_slice(piece);
        }
    }
}

/// Walks the whole frames at the start of some bytes of a log.
#[derive(Clone, Debug)]
pub struct Frames<'a> {
    bytes: &'a [u8],
    /// How many bytes whole frames have taken so far.
    pub consumed: usize,
}

impl<'a> Frames<'a> {
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, consumed: 0 }
    }
}

impl<'a> Iterator for Frames<'a> {
    type Item = Result<Frame<'a>, Malformed>;

    /// The next whole frame; `None` at the end and at a frame that is not whole yet.
    fn next(&mut self) -> Option<Self::Item> {
        let rest = &self.bytes[self.consumed..];
        let (head, body) = rest.split_at_checked(FRAME_HEAD_BYTES)?;
        let damaged = |why| Some(Err(Malformed::Stream { stream: "log", offset: self.consumed as u64, why }));
        let Some(source) = Source::from_byte(head[0]) else { return damaged("no frame begins here") };
        let (mut micros, mut length) = ([0; 8], [0; 4]);
        micros.copy_from_slice(&head[1..9]);
        length.copy_from_slice(&head[9..13]);
        let length = u32::from_le_bytes(length) as usize;
        if length > FRAME_BYTES_MAX {
            return damaged("a frame is longer than any can be");
        }
        let bytes = body.get(..length)?;
        self.consumed += FRAME_HEAD_BYTES + length;
        Some(Ok(Frame { source, time: Time::from_micros(i64::from_le_bytes(micros)), bytes }))
    }
}

/// How many of a stream's bytes are whole frames, or whole lines: so many may be sent on.
pub fn whole_bytes(stream: Stream, bytes: &[u8]) -> usize {
    if stream != Stream::Log {
        return bytes.iter().rposition(|&b| b == b'\n').map_or(0, |end| end + 1);
    }
    let mut frames = Frames::new(bytes);
    while frames.next().is_some_and(|frame| frame.is_ok()) {}
    frames.consumed
}

/// One value of a metric.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    #[serde(rename = "k")]
    pub key: String,
    #[serde(rename = "v")]
    pub value: Number,
    #[serde(rename = "s", default)]
    pub step: i64,
    #[serde(rename = "t")]
    pub time_us: i64,
}

/// The longest name of a metric or a parameter, in bytes.
pub const KEY_BYTES_MAX: usize = 250;

/// Says why a metric's or parameter's name is not a good one.
pub fn check_key(key: &str) -> Result<(), Malformed> {
    let refuse = |why: &str| {
        Err(Malformed::Text { noun: "metric or parameter name", text: key.to_owned(), why: why.to_owned() })
    };
    if key.is_empty() || key.len() > KEY_BYTES_MAX {
        return refuse("it has 1 to 250 bytes");
    }
    if key.chars().any(char::is_control) {
        return refuse("it has no control characters");
    }
    Ok(())
}

/// What all processes of an attempt used at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    #[serde(rename = "t")]
    pub time_us: i64,
    /// CPU time so far, user and system, in seconds.
    pub cpu_s: f64,
    /// Resident memory now, in bytes.
    pub rss: u64,
    pub read: u64,
    pub written: u64,
    pub procs: u32,
}

/// Says why a line of a stream is not what it should be.
pub fn check_line(stream: Stream, line: &[u8]) -> Result<(), &'static str> {
    match stream {
        Stream::Log => Ok(()),
        Stream::Metrics | Stream::MetricsApi => {
            let point: Point = serde_json::from_slice(line).map_err(|_| "a line is no point of a metric")?;
            check_point(&point)
        }
        Stream::Resources => {
            let sample: Sample = serde_json::from_slice(line).map_err(|_| "a line is no sample of resources")?;
            check_time(sample.time_us)
        }
    }
}

/// Says why a point is not a good one.
pub fn check_point(point: &Point) -> Result<(), &'static str> {
    if check_key(&point.key).is_err() {
        return Err("the name of a metric has 1 to 250 bytes and no control characters");
    }
    check_time(point.time_us)
}

/// A time that cannot be written as a date cannot be written into a fact.
fn check_time(time_us: i64) -> Result<(), &'static str> {
    if (Time::MIN..=Time::MAX).contains(&Time::from_micros(time_us)) {
        return Ok(());
    }
    Err("a time lies outside of the years 0 to 9999")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frames(bytes: &[u8]) -> Vec<(Source, i64, Vec<u8>)> {
        let all: Result<Vec<_>, _> = Frames::new(bytes).collect();
        all.expect("good frames").into_iter().map(|f| (f.source, f.time.micros(), f.bytes.to_vec())).collect()
    }

    #[test]
    fn a_torn_frame_is_waited_for_and_a_damaged_one_is_named() {
        let mut bytes = Vec::new();
        Frame { source: Source::Stdout, time: Time::from_micros(1), bytes: b"hello\n" }.write(&mut bytes);
        let whole = bytes.len();
        Frame { source: Source::Stderr, time: Time::from_micros(2), bytes: b"oh\n" }.write(&mut bytes);
        for end in whole..bytes.len() {
            assert_eq!(frames(&bytes[..end]), [(Source::Stdout, 1, b"hello\n".to_vec())]);
        }
        bytes[whole] = 77;
        let mut walk = Frames::new(&bytes);
        assert!(walk.next().is_some_and(|f| f.is_ok()));
        assert!(matches!(walk.next(), Some(Err(Malformed::Stream { offset, .. })) if offset == whole as u64));
    }

    #[test]
    fn only_whole_frames_and_lines_are_sent_on() {
        let mut bytes = Vec::new();
        Frame { source: Source::Stdout, time: Time::from_micros(1), bytes: b"hello\n" }.write(&mut bytes);
        let whole = bytes.len();
        bytes.extend_from_slice(&[1, 2, 3]);
        assert_eq!(whole_bytes(Stream::Log, &bytes), whole);
        assert_eq!(whole_bytes(Stream::Log, &bytes[..whole - 1]), 0);
        assert_eq!(whole_bytes(Stream::Metrics, b"{}\n{}\n{\"k"), 6);
        assert_eq!(whole_bytes(Stream::Metrics, b"{"), 0);
    }

    #[test]
    fn points_that_are_not_finite_survive() {
        let line = r#"{"k":"loss","v":"NaN","s":3,"t":5}"#;
        let point: Point = serde_json::from_str(line).expect("a point");
        assert!(point.value.0.is_nan());
        assert_eq!(serde_json::to_string(&point).expect("points serialise"), line);
    }

    proptest! {
        #[test]
        fn logs_round_trip(pieces in prop::collection::vec((1_u8..4, any::<i64>(), prop::collection::vec(any::<u8>(), 1..200)), 0..20)) {
            let mut bytes = Vec::new();
            for (source, time, piece) in &pieces {
                let source = Source::from_byte(*source).expect("1 to 3 are sources");
                Frame { source, time: Time::from_micros(*time), bytes: piece }.write(&mut bytes);
            }
            let wanted: Vec<_> = pieces.into_iter().map(|(s, t, b)| (Source::from_byte(s).expect("a source"), t, b)).collect();
            prop_assert_eq!(frames(&bytes), wanted);
        }
    }
}
