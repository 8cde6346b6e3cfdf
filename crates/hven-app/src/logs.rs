//! Reading a run's log, and searching in it.

use hven_core::{AttemptId, access::Role, run::State};

use crate::{
    App, AppError, AppResult, Caller,
    access::run_for,
    ports::{series::LogFrame, views::RunView},
};

/// Some of a log.
#[derive(Clone, Debug)]
pub struct Part {
    pub attempt: u32,
    pub frames: Vec<LogFrame>,
    pub next: u64,
    pub extent: u64,
    /// Nothing will follow.
    pub complete: bool,
    pub state: State,
}

/// Which attempt of which run is meant: the one with that number, or the last.
pub async fn attempt_for(
    app: &App,
    caller: &Caller,
    name: &str,
    number: Option<u32>,
) -> AppResult<(RunView, AttemptId)> {
    let run = run_for(app, caller, name, Role::Viewer).await?;
    let number = number.unwrap_or(run.attempts.max(1));
    if number == 0 || number > run.attempts.max(1) {
        return Err(AppError::not_found("attempt", format!("{}.{number}", run.handle)));
    }
    Ok((run.clone(), AttemptId { run: run.id, number }))
}

/// About `bytes_max` bytes of the log from `from` on.
pub async fn read(
    app: &App,
    caller: &Caller,
    name: &str,
    number: Option<u32>,
    from: u64,
    bytes_max: usize,
) -> AppResult<Part> {
    let (run, attempt) = attempt_for(app, caller, name, number).await?;
    part(app, &run, attempt, from, bytes_max).await
}

pub async fn part(app: &App, run: &RunView, attempt: AttemptId, from: u64, bytes_max: usize) -> AppResult<Part> {
    let over = run.state.is_final() || attempt.number < run.attempts;
    let extent = app.ports.series.extent(attempt, hven_core::stream::Stream::Log).await?;
    let frames = app.ports.series.log(attempt, from, bytes_max).await?;
    let next = frames.last().map_or(from.min(extent), |frame| frame.next);
    Ok(Part { attempt: attempt.number, frames, next, extent, complete: over && next >= extent, state: run.state })
}

/// A line in which the words were found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    pub offset: u64,
    pub line: u64,
    pub text: String,
}

/// Lines that contain `needle`, in any case, and whether there may be more.
pub async fn search(
    app: &App,
    caller: &Caller,
    name: &str,
    number: Option<u32>,
    needle: &str,
    matches_max: usize,
) -> AppResult<(Vec<Match>, bool)> {
    const READ_BYTES: usize = 4 << 20;
    if needle.is_empty() {
        return Err(AppError::invalid("the search", "has no words"));
    }
    let (_, attempt) = attempt_for(app, caller, name, number).await?;
    let mut lines = Lines::new(needle);
    let mut from = 0;
    loop {
        let frames = app.ports.series.log(attempt, from, READ_BYTES).await?;
        let Some(last) = frames.last() else { break };
        from = last.next;
        for frame in &frames {
            lines.take(frame.offset, &frame.bytes);
        }
        if lines.matches.len() >= matches_max {
            lines.matches.truncate(matches_max);
            return Ok((lines.matches, true));
        }
        // Searching a gigabyte must not keep others from being served.
        tokio::task::yield_now().await;
    }
    lines.finish();
    lines.matches.truncate(matches_max);
    Ok((lines.matches, false))
}

/// Puts frames together to lines and keeps those that match.
struct Lines {
    needle: String,
    number: u64,
    /// The line that is not ended yet, and where it began.
    open: Vec<u8>,
    begun: Option<u64>,
    matches: Vec<Match>,
}

/// So much of a line is looked at and shown.
const LINE_BYTES_MAX: usize = 4096;

impl Lines {
    fn new(needle: &str) -> Self {
        Self { needle: needle.to_lowercase(), number: 1, open: Vec::new(), begun: None, matches: Vec::new() }
    }

    fn take(&mut self, offset: u64, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|&b| b == b'\n') {
            self.begun.get_or_insert(offset);
            let room = LINE_BYTES_MAX.saturating_sub(self.open.len());
            self.open.extend_from_slice(&piece[..piece.len().min(room)]);
            if piece.ends_with(b"\n") {
                self.end_line(offset);
            }
        }
    }

    fn end_line(&mut self, offset: u64) {
        let text = String::from_utf8_lossy(&self.open);
        let text = text.trim_end_matches(['\n', '\r']);
        if text.to_lowercase().contains(&self.needle) {
            let found = Match { offset: self.begun.unwrap_or(offset), line: self.number, text: text.to_owned() };
            self.matches.push(found);
        }
        self.open.clear();
        self.begun = None;
        self.number += 1;
    }

    fn finish(&mut self) {
        if let Some(begun) = self.begun {
            self.end_line(begun);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_put_together_across_frames() {
        let mut lines = Lines::new("ERROR");
        lines.take(0, b"all well\nan er");
        lines.take(50, b"ror here\nerror again");
        lines.finish();
        let found: Vec<_> = lines.matches.iter().map(|m| (m.offset, m.line, m.text.as_str())).collect();
        assert_eq!(found, [(0, 2, "an error here"), (50, 3, "error again")]);
    }
}
