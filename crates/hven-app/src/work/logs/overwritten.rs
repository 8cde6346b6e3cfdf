//! Removes the frames that were overwritten from a log (see [`hven_core::log_line`]). A progress bar that was drawn for
//! hours is millions of states, and a reader who wants the last one needs no others.
//!
//! Only whole frames are removed, and only when a later frame of the same answer replaces everything in it. So the
//! remaining frames give the same lines, and the offsets of their bytes do not change.

use hven_core::{
    log_line::without_last_returns,
    stream::{Source, reports_gap},
};

use crate::{ports::series::LogFrame, work::logs::source::index};

/// The continuation of a line behind a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Behind {
    /// No known continuation.
    Nothing,
    /// Text.
    Text,
    /// A new state that replaces everything before it.
    NewState,
}

/// Removes the frames that were overwritten.
pub(super) fn leave_out(frames: &mut Vec<LogFrame>) {
    let mut behind = [Behind::Nothing; 3];
    frames.reverse();
    frames.retain(|frame| {
        if frame.source == Source::Hven && reports_gap(&frame.bytes) {
            behind = [Behind::Nothing; 3];
        }
        let behind = &mut behind[index(frame.source)];
        // The text before its first end of line belongs to the line that is open before the frame.
        if let Some(end) = frame.bytes.iter().position(|byte| *byte == b'\n') {
            *behind = before(&frame.bytes[..end], Behind::Nothing);
            return true;
        }
        let is_kept = *behind != Behind::NewState;
        *behind = before(&frame.bytes, *behind);
        is_kept
    });
    frames.reverse();
}

/// The continuation of a line before these bytes, given the continuation behind them.
fn before(bytes: &[u8], behind: Behind) -> Behind {
    let text = without_last_returns(bytes);
    match behind {
        Behind::NewState => Behind::NewState,
        Behind::Text if bytes.contains(&b'\r') => Behind::NewState,
        Behind::Nothing if text.contains(&b'\r') => Behind::NewState,
        Behind::Nothing if text.is_empty() => Behind::Nothing,
        Behind::Nothing | Behind::Text => Behind::Text,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use bytes::Bytes;
    use hven_core::{
        Time,
        log_line::{OpenLine, updates},
        stream::dropped_note,
    };

    use super::*;

    const OUT: Source = Source::Stdout;

    const ERR: Source = Source::Stderr;

    fn frames(pieces: &[(Source, &str)]) -> Vec<LogFrame> {
        let frame = |(number, (source, text)): (usize, &(Source, &str))| LogFrame {
            offset: number as u64,
            next: number as u64 + 1,
            source: *source,
            time: Time::from_micros(1),
            bytes: Bytes::copy_from_slice(text.as_bytes()),
        };
        pieces.iter().enumerate().map(frame).collect()
    }

    fn kept(pieces: &[(Source, &str)]) -> Vec<LogFrame> {
        let mut frames = frames(pieces);
        leave_out(&mut frames);
        frames
    }

    #[track_caller]
    fn check(pieces: &[(Source, &str)], expect: &[u64]) {
        let offsets: Vec<u64> = kept(pieces).iter().map(|frame| frame.offset).collect();
        assert_eq!(offsets, expect, "{pieces:?}");
    }

    #[test]
    fn only_the_last_state_of_a_progress_bar_remains() {
        check(&[(OUT, "\r1%"), (OUT, "\r2%"), (OUT, "\r3%"), (OUT, "\nend\n")], &[2, 3]);
        check(&[(OUT, "a\n\r1%"), (OUT, "\r2%\r3%"), (OUT, "\r4%\n")], &[0, 2]);
        check(&[(OUT, "1%"), (OUT, "\r"), (OUT, "2%"), (OUT, "%\r\n")], &[1, 2, 3]);
    }

    #[test]
    fn the_carriage_return_that_replaces_a_state_remains() {
        check(&[(OUT, "1%\r"), (OUT, "2%\r"), (OUT, "3%\r"), (OUT, "4%\r\n")], &[2, 3]);
        check(&[(OUT, "1%\r"), (OUT, "2%\r")], &[0, 1]);
    }

    #[test]
    fn outputs_are_kept_apart_and_a_gap_ends_their_lines() {
        check(&[(ERR, "\r1%"), (OUT, "epoch 1\n"), (ERR, "\r2%"), (OUT, "\r")], &[1, 2, 3]);
        let gap = dropped_note(7) + "\n";
        check(&[(OUT, "\r1%"), (Source::Hven, &gap), (OUT, "\r2%")], &[0, 1, 2]);
        check(&[(OUT, "\r1%"), (Source::Hven, "Stopped.\n"), (OUT, "\r2%")], &[1, 2]);
    }

    /// The last state of each line of each source.
    fn lines(frames: &[LogFrame]) -> BTreeMap<&'static str, Vec<Vec<u8>>> {
        let (mut open, mut ended) = (BTreeMap::<_, OpenLine>::new(), BTreeMap::<_, Vec<_>>::new());
        for frame in frames {
            let source = frame.source.as_str();
            for step in updates(&frame.bytes) {
                let line = open.entry(source).or_default();
                line.take(&step);
                if step.ends {
                    ended.entry(source).or_default().push(line.end());
                }
            }
        }
        for (source, mut line) in open {
            ended.entry(source).or_default().push(line.end());
        }
        ended
    }

    #[test]
    fn the_remaining_frames_give_the_same_lines() {
        let parts = ["a", "\r", "b\r", "\rc", "\n", "d\r\n", "e\nf\rg"];
        // All orders of four of them, on two outputs.
        for number in 0..(2 * parts.len()).pow(4) {
            let part = |place: u32| {
                let choice = number / (2 * parts.len()).pow(place) % (2 * parts.len());
                (if choice.is_multiple_of(2) { OUT } else { ERR }, parts[choice / 2])
            };
            let pieces = [part(0), part(1), part(2), part(3)];
            assert_eq!(lines(&kept(&pieces)), lines(&frames(&pieces)), "{pieces:?}");
        }
    }
}
