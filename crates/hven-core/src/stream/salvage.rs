//! Salvages the readable part of a bad piece of a stream.
//!
//! Its offsets are those of the runner's own copy, so nothing may move: a bad line is replaced with spaces of the same length.
//! A log cannot be read after an invalid frame, so it ends there.

use super::{Frames, Stream, check_line};
use crate::Malformed;

/// A part that cannot be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Its offset in the piece.
    pub at: usize,
    pub length: usize,
    pub why: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Salvaged {
    pub bytes: Vec<u8>,
    pub faults: Vec<Fault>,
    /// The stream ends here: the following bytes have no position in it.
    pub is_cut: bool,
}

pub fn salvage(stream: Stream, bytes: &[u8]) -> Salvaged {
    if stream == Stream::Log { salvage_log(bytes) } else { salvage_lines(stream, bytes) }
}

/// The first part that cannot be kept. A piece without one is kept unchanged.
pub fn first_fault(stream: Stream, bytes: &[u8]) -> Option<Fault> {
    if stream == Stream::Log { log_fault(bytes) } else { salvage_lines(stream, bytes).faults.into_iter().next() }
}

/// The bytes after the last complete frame.
fn log_fault(bytes: &[u8]) -> Option<Fault> {
    let mut frames = Frames::new(bytes);
    let mut why = "the last frame is not whole";
    for frame in &mut frames {
        let Err(wrong) = frame else { continue };
        if let Malformed::Stream { why: reason, .. } = wrong {
            why = reason;
        }
        break;
    }
    let at = frames.consumed;
    let length = bytes.len() - at;
    (length > 0).then_some(Fault { at, length, why })
}

fn salvage_log(bytes: &[u8]) -> Salvaged {
    let fault = log_fault(bytes);
    let whole = fault.as_ref().map_or(bytes.len(), |fault| fault.at);
    Salvaged { bytes: bytes[..whole].to_vec(), is_cut: fault.is_some(), faults: fault.into_iter().collect() }
}

fn salvage_lines(stream: Stream, bytes: &[u8]) -> Salvaged {
    let mut salvaged = Salvaged { bytes: Vec::with_capacity(bytes.len()), faults: Vec::new(), is_cut: false };
    for line in bytes.split_inclusive(|&b| b == b'\n') {
        let at = salvaged.bytes.len();
        let Some(body) = line.strip_suffix(b"\n") else {
            salvaged.faults.push(Fault { at, length: line.len(), why: "the last line is not whole" });
            salvaged.is_cut = true;
            break;
        };
        match check_line(stream, body) {
            Err(why) if !body.trim_ascii().is_empty() => {
                salvaged.faults.push(Fault { at, length: line.len(), why });
                salvaged.bytes.resize(at + body.len(), b' ');
                salvaged.bytes.push(b'\n');
            }
            _ => salvaged.bytes.extend_from_slice(line),
        }
    }
    salvaged
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        Time,
        stream::{Frame, Source},
    };

    #[test]
    fn bad_lines_become_spaces_and_a_bad_log_ends() {
        let good = "{\"k\":\"a\",\"v\":1.0,\"s\":0,\"t\":1}\n";
        let found = salvage(Stream::Metrics, format!("{good}nonsense\n{good}").as_bytes());
        assert_eq!(String::from_utf8_lossy(&found.bytes), format!("{good}        \n{good}"));
        assert_eq!((found.faults.len(), found.faults[0].at, found.is_cut), (1, good.len(), false));
        let torn = salvage(Stream::Resources, b"{}\n{");
        assert_eq!((torn.bytes.as_slice(), torn.faults.len(), torn.is_cut), (&b"  \n"[..], 2, true));
        let mut log = Vec::new();
        Frame { source: Source::Stdout, time: Time::from_micros(1), bytes: b"hello" }.write(&mut log);
        let whole = log.len();
        assert_eq!(salvage(Stream::Log, &log).faults, []);
        log.extend_from_slice(&[9; 40]);
        let found = salvage(Stream::Log, &log);
        assert_eq!((found.bytes.len(), found.faults[0].length, found.is_cut), (whole, 40, true));
    }

    #[test]
    fn a_cut_log_has_a_reason() {
        let mut log = Vec::new();
        Frame { source: Source::Stdout, time: Time::from_micros(1), bytes: b"hello" }.write(&mut log);
        let mut too_long = log.clone();
        too_long[9..13].copy_from_slice(&u32::MAX.to_le_bytes());
        let mut other = log.clone();
        other[0] = 9;
        for (bytes, expect) in [
            (&log[..12], "the last frame is not whole"),
            (&log[..log.len() - 1], "the last frame is not whole"),
            (&too_long[..], "a frame is longer than any can be"),
            (&other[..], "no frame begins here"),
        ] {
            let found = salvage(Stream::Log, bytes);
            assert_eq!((found.bytes.len(), found.faults[0].why), (0, expect));
            assert_eq!(first_fault(Stream::Log, bytes), found.faults.first().cloned());
        }
    }

    proptest! {
        #[test]
        fn a_salvaged_stream_has_no_faults(lines in prop::collection::vec("[ -~]{0,40}", 0..20), torn in "[ -~]{0,5}") {
            let text = lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect::<String>() + &torn;
            for stream in Stream::ALL {
                let found = salvage(stream, text.as_bytes());
                prop_assert_eq!(&salvage(stream, &found.bytes).faults, &[]);
                prop_assert_eq!(first_fault(stream, &found.bytes), None);
                prop_assert_eq!(salvage(stream, &found.bytes).bytes, found.bytes);
            }
        }
    }
}
