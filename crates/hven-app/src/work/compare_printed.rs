//! What two runs printed, compared as text: each of the two streams by itself, because how they were woven together is chance.
//!
//! It is told beside the verdict on outputs and metrics and never decides it: a script may print its running time.

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

/// How much of a log is read at once.
const READ_BYTES: usize = 4 << 20;

/// Compares what the last attempts of both runs printed.
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

/// Why what a run printed is not there to be compared as a whole.
async fn not_comparable(work: &Work, run: &RunView) -> StoreResult<Option<Recorded>> {
    let log = run.result.as_ref().map(|result| result.log).unwrap_or_default();
    Ok(if run.attempts == 0 {
        Some(Recorded::PrintedElsewhere)
    } else if log.dropped_bytes > 0 {
        Some(Recorded::PrintedDropped)
    } else if log.bytes > LOG_BYTES_MAX {
        Some(Recorded::PrintedTooLong { limit_bytes: LOG_BYTES_MAX })
    } else {
        // A stream that broke off is shorter than its runner said.
        let here = work.ports.series.extent(run.last_attempt(), Stream::Log).await?;
        (here < log.bytes).then(|| Recorded::PrintedUnreadable { error: "its end is not here".to_owned() })
    })
}

async fn stream(work: &Work, source: Source, before: &RunView, after: &RunView) -> StoreResult<Printed> {
    let [mut before, mut after] =
        [before, after].map(|run| Text { attempt: run.last_attempt(), source, from: 0, open: Vec::new() });
    let mut common = Common::default();
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
        // Comparing long logs must not keep others from being served.
        tokio::task::yield_now().await;
    }
}

/// What an attempt printed to one stream, read piece by piece.
struct Text {
    attempt: AttemptId,
    source: Source,
    /// Where in the log the next piece begins.
    from: u64,
    /// What was read and is not compared yet.
    open: Vec<u8>,
}

impl Text {
    /// Reads on until something is open; nothing is at the end.
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

/// How far two texts are the same.
#[derive(Debug, Default)]
struct Common {
    bytes: u64,
    lines: u64,
}

impl Common {
    /// Takes off what both texts begin with, and answers once it is decided how alike they are. An empty one is at its end.
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

    /// Compares two texts that come in pieces of these lengths.
    fn compared(before: &str, after: &str, lengths: [usize; 2]) -> Printed {
        let mut pieces = [(before, lengths[0]), (after, lengths[1])]
            .map(|(text, length)| text.as_bytes().chunks(length).map(<[u8]>::to_vec).collect::<Vec<_>>().into_iter());
        let mut open = [Vec::new(), Vec::new()];
        let mut common = Common::default();
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
    fn texts_are_compared_line_by_line_however_they_come() {
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
