//! Compares the printed text of two runs. Each of the two streams is compared by itself, because their order relative
//! to each other is random.
//!
//! The result is shown next to the verdict on outputs and metrics and never decides it: a script may print its running
//! time.

use hven_core::{
    AttemptId,
    recorded::Recorded,
    reproduction::{Printed, PrintedComparison},
    stream::{Source, Stream},
};

use crate::{
    ports::{
        error::{StoreError, StoreResult},
        run::RunView,
    },
    work::floor::Work,
};

/// Longer logs are not compared.
const LOG_BYTES_MAX: u64 = 256 << 20;

/// The number of bytes of a log that are read at once.
const READ_BYTES: usize = 4 << 20;

/// Compares the text that the last attempts of both runs printed.
pub(crate) async fn compare(work: &Work, before: &RunView, after: &RunView) -> StoreResult<PrintedComparison> {
    for run in [before, after] {
        if let Some(why) = not_comparable(work, run).await? {
            let not_known = Printed::NotKnown { why: why.to_string() };
            return Ok(PrintedComparison { stdout: not_known.clone(), stderr: not_known });
        }
    }
    Ok(PrintedComparison {
        stdout: stream(work, Source::Stdout, before, after).await?,
        stderr: stream(work, Source::Stderr, before, after).await?,
    })
}

/// The reason why the printed text of a run is not complete here.
async fn not_comparable(work: &Work, run: &RunView) -> StoreResult<Option<Recorded>> {
    let log = run.result.as_ref().map(|result| result.log).unwrap_or_default();
    Ok(if run.attempts == 0 {
        Some(Recorded::PrintedElsewhere)
    } else if log.dropped_bytes > 0 {
        Some(Recorded::PrintedDropped)
    } else if log.bytes > LOG_BYTES_MAX {
        Some(Recorded::PrintedTooLong { limit_bytes: LOG_BYTES_MAX })
    } else {
        // The stream is shorter than its runner reported, so it is incomplete.
        let here = work.ports.series.extent(run.last_attempt(), Stream::Log).await?;
        (here < log.bytes).then(|| Recorded::PrintedUnreadable { error: "its end is not here".to_owned() })
    })
}

async fn stream(work: &Work, source: Source, before: &RunView, after: &RunView) -> StoreResult<Printed> {
    let [mut before, mut after] =
        [before, after].map(|run| PrintedText { attempt: run.last_attempt(), source, from: 0, open: Vec::new() });
    let mut common = CommonStart::default();
    loop {
        for text in [&mut before, &mut after] {
            match text.fill(work).await {
                Err(error @ StoreError::Damaged { .. }) => {
                    let why = Recorded::PrintedUnreadable { error: error.to_string() }.to_string();
                    return Ok(Printed::NotKnown { why });
                }
                filled => filled?,
            }
        }
        if let Some(printed) = common.take(&mut before.open, &mut after.open) {
            return Ok(printed);
        }
        // Gives other tasks a turn, because comparing long logs takes time.
        tokio::task::yield_now().await;
    }
}

/// The text that an attempt printed to one stream, read piece by piece.
struct PrintedText {
    attempt: AttemptId,
    source: Source,
    /// The offset of the next piece in the log.
    from: u64,
    /// Bytes that were read and not compared yet.
    open: Vec<u8>,
}

impl PrintedText {
    /// Reads until `open` has bytes. It stays empty only at the end of the log.
    async fn fill(&mut self, work: &Work) -> StoreResult<()> {
        while self.open.is_empty() {
            let frames = work.ports.series.log(self.attempt, self.from, READ_BYTES).await?;
            let Some(last) = frames.last() else { return Ok(()) };
            self.from = last.next;
            for frame in frames.iter().filter(|frame| frame.source == self.source) {
                self.open.extend_from_slice(&frame.bytes);
            }
        }
        Ok(())
    }
}

/// The common beginning of two texts.
#[derive(Debug, Default)]
struct CommonStart {
    bytes: u64,
    lines: u64,
}

impl CommonStart {
    /// Removes the common beginning of both texts, and returns the result as soon as it is certain. An empty text is at
    /// its end.
    fn take(&mut self, before: &mut Vec<u8>, after: &mut Vec<u8>) -> Option<Printed> {
        let same = before.iter().zip(after.iter()).take_while(|(a, b)| a == b).count();
        self.bytes += same as u64;
        self.lines += before[..same].split(|byte| *byte == b'\n').count() as u64 - 1;
        let shorter = before.len().min(after.len());
        if same == shorter && shorter > 0 {
            before.drain(..same);
            after.drain(..same);
            return None;
        }
        Some(match (before.is_empty() && after.is_empty(), self.bytes) {
            (true, 0) => Printed::Nothing,
            (true, _) => Printed::Same,
            (false, _) => Printed::Differs { line: self.lines + 1 },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares two texts that arrive in pieces of these lengths.
    fn compared(before: &str, after: &str, lengths: [usize; 2]) -> Printed {
        let mut pieces = [(before, lengths[0]), (after, lengths[1])]
            .map(|(text, length)| text.as_bytes().chunks(length).map(<[u8]>::to_vec).collect::<Vec<_>>().into_iter());
        let mut open = [Vec::new(), Vec::new()];
        let mut common = CommonStart::default();
        loop {
            for (open, pieces) in open.iter_mut().zip(&mut pieces) {
                if open.is_empty() {
                    *open = pieces.next().unwrap_or_default();
                }
            }
            let [before, after] = &mut open;
            if let Some(printed) = common.take(before, after) {
                return printed;
            }
        }
    }

    #[test]
    fn texts_are_compared_by_lines_in_pieces_of_any_size() {
        let check = |before: &str, after: &str, expect: &Printed| {
            for lengths in [[1, 1], [1, 3], [100, 2], [100, 100]] {
                assert_eq!(
                    &compared(before, after, lengths),
                    expect,
                    "{before:?} and {after:?} in pieces of {lengths:?}"
                );
            }
        };
        check("", "", &Printed::Nothing);
        check("a\nb\n", "a\nb\n", &Printed::Same);
        check("a\nb\n", "a\nc\n", &Printed::Differs { line: 2 });
        check("a\nb\n", "a\nb\nc\n", &Printed::Differs { line: 3 });
        check("a\nb", "a\nb\n", &Printed::Differs { line: 2 });
        check("", "a", &Printed::Differs { line: 1 });
    }
}
