//! Reading a run's log, and searching in it.

mod follow;
mod overwritten;
mod search;

use hven_core::{
    AttemptId,
    access::Role,
    run::State,
    stream::{Source, Stream},
};
use tokio::task::spawn_blocking;

use self::search::Search;
use crate::{
    App, AppError, AppResult, Caller,
    access::run_for,
    ports::{StoreError, series::LogFrame, views::RunView},
};

pub use self::{
    follow::{Follower, Position, Whole, follow, whole},
    search::Match,
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
async fn attempt_for(app: &App, caller: &Caller, name: &str, number: Option<u32>) -> AppResult<(RunView, AttemptId)> {
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

async fn part(app: &App, run: &RunView, attempt: AttemptId, from: u64, bytes_max: usize) -> AppResult<Part> {
    let over = run.state.is_final() || attempt.number < run.attempts;
    let extent = app.ports.series.extent(attempt, Stream::Log).await?;
    let frames = app.ports.series.log(attempt, from, bytes_max).await?;
    let next = frames.last().map_or(from.min(extent), |frame| frame.next);
    Ok(Part { attempt: attempt.number, frames, next, extent, complete: over && next >= extent, state: run.state })
}

/// What [`read`] answers, without frames that were written over within it: what is left makes lines with the same last
/// states.
pub async fn read_last_states(
    app: &App,
    caller: &Caller,
    name: &str,
    number: Option<u32>,
    from: u64,
    bytes_max: usize,
) -> AppResult<Part> {
    let mut part = read(app, caller, name, number, from, bytes_max).await?;
    overwritten::leave_out(&mut part.frames);
    Ok(part)
}

/// What to look for, and where.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// In any case; the text of one line.
    pub words: &'a str,
    /// The last one when nothing is said.
    pub attempt: Option<u32>,
    /// Every source when nothing is said.
    pub source: Option<Source>,
    pub matches_max: usize,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Found {
    pub attempt: u32,
    /// In the order of the stream.
    pub matches: Vec<Match>,
    /// There are more than these.
    pub is_more: bool,
}

/// Looks through all of a log.
pub async fn search(app: &App, caller: &Caller, name: &str, wanted: Wanted<'_>) -> AppResult<Found> {
    const READ_BYTES: usize = 4 << 20;
    let search = Search::new(wanted.words, wanted.source, wanted.matches_max);
    let Some(mut search) = search else { return Err(AppError::invalid("the search", "needs words of one line")) };
    let (_, attempt) = attempt_for(app, caller, name, wanted.attempt).await?;
    let mut from = 0;
    while !search.is_full() {
        let frames = app.ports.series.log(attempt, from, READ_BYTES).await?;
        let Some(last) = frames.last() else { break };
        from = last.next;
        // Searching a gigabyte must not keep others from being served.
        let looked_through = spawn_blocking(move || {
            for frame in &frames {
                search.take(frame);
            }
            search
        });
        search = looked_through.await.map_err(|_| StoreError::Closed)?;
    }
    let (matches, is_more) = search.finish();
    Ok(Found { attempt: attempt.number, matches, is_more })
}

/// Where something of a source is among those of all three.
const fn index(source: Source) -> usize {
    match source {
        Source::Stdout => 0,
        Source::Stderr => 1,
        Source::Hven => 2,
    }
}
