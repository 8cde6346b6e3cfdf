//! Finds the complete pieces of a stream, and checks its lines.

use super::{
    frames::Frames,
    kinds::Stream,
    points::{Point, Sample, check_point, check_time},
};

/// How many of a stream's bytes are complete frames or lines: these may be sent.
pub fn whole_bytes(stream: Stream, bytes: &[u8]) -> usize {
    if stream != Stream::Log {
        return bytes.iter().rposition(|&b| b == b'\n').map_or(0, |end| end + 1);
    }
    let mut frames = Frames::new(bytes);
    while frames.next().is_some_and(|frame| frame.is_ok()) {}
    frames.consumed
}

/// Checks a line of a stream.
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

#[cfg(test)]
mod tests {
    use super::super::frames::Frame;
    use super::super::frames::Source;
    use crate::Malformed;
    use crate::Time;
    use proptest::prelude::*;

    use super::*;

    fn frames(bytes: &[u8]) -> Vec<(Source, i64, Vec<u8>)> {
        let all: Result<Vec<_>, _> = Frames::new(bytes).collect();
        all.expect("good frames").into_iter().map(|f| (f.source, f.time.micros(), f.bytes.to_vec())).collect()
    }

    #[test]
    fn an_incomplete_frame_is_awaited_and_a_damaged_one_is_named() {
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
    fn only_complete_frames_and_lines_are_sent() {
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
