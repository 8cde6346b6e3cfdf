//! A log without frames that were written over (see [`hven_core::log_line`]): a bar that was drawn for hours is millions
//! of states, and a reader who wants the last one needs no other.
//!
//! A frame is left out as a whole, and only when a later one of the same answer takes the place of all that it has. So
//! what is left makes the same lines, and the places of its bytes stay what they are.

use hven_core::{
    log_line::without_last_returns,
    stream::{Source, tells_of_gap},
};

use crate::{ports::series::LogFrame, work::logs::source::index};

/// How a line goes on behind a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Behind {
    /// With nothing that is known of.
    Nothing,
    /// With text.
    Text,
    /// With a state that takes the place of all before it.
    NewState,
}

/// Leaves out the frames that were written over.
pub(super) fn leave_out(frames: &mut Vec<LogFrame>) {
    let mut behind = [Behind::Nothing; 3];
    frames.reverse();
    frames.retain(|frame| {
        if frame.source == Source::Hven && tells_of_gap(&frame.bytes) {
            behind = [Behind::Nothing; 3];
        }
        let behind = &mut behind[index(frame.source)];
        // What stands before its first end of a line belongs to the line that is open before the frame.
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

/// How a line goes on before some of its bytes, when it is known how it goes on behind them.
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
        log_line::{OpenLine, steps},
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
    fn states_of_a_bar_are_left_out_but_for_the_last() {
        check(&[(OUT, "\r1%"), (OUT, "\r2%"), (OUT, "\r3%"), (OUT, "\nend\n")], &[2, 3]);
        check(&[(OUT, "a\n\r1%"), (OUT, "\r2%\r3%"), (OUT, "\r4%\n")], &[0, 2]);
        check(&[(OUT, "1%"), (OUT, "\r"), (OUT, "2%"), (OUT, "%\r\n")], &[1, 2, 3]);
    }

    #[test]
    fn the_return_that_replaces_a_state_stays() {
        check(&[(OUT, "1%\r"), (OUT, "2%\r"), (OUT, "3%\r"), (OUT, "4%\r\n")], &[2, 3]);
        check(&[(OUT, "1%\r"), (OUT, "2%\r")], &[0, 1]);
    }

    #[test]
    fn the_outputs_are_told_apart_and_a_gap_ends_their_lines() {
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
            for step in steps(&frame.bytes) {
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
    fn what_is_left_makes_the_same_lines() {
        let parts = ["a", "\r", "b\r", "\rc", "\n", "d\r\n", "e\nf\rg"];
        // Every way to put four of them one behind the other, on two outputs.
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
