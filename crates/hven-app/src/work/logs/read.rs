//! Reads the log of a run.

use hven_core::{AttemptId, access::Role, run::State, stream::Stream};

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        find::run::run_for,
    },
    ports::{run::RunView, series::LogFrame},
    work::{floor::Work, logs::overwritten},
};

/// A piece of a log.
#[derive(Clone, Debug)]
pub struct LogPart {
    pub attempt: u32,
    pub frames: Vec<LogFrame>,
    pub next: u64,
    pub extent: u64,
    /// Nothing follows.
    pub complete: bool,
    pub state: State,
}

/// The attempt of a run with this number, or its last attempt.
pub(super) async fn attempt_for(
    work: &Work,
    caller: &Caller,
    name: &str,
    number: Option<u32>,
) -> AppResult<(RunView, AttemptId)> {
    let run = run_for(work, caller, name, Role::Viewer).await?;
    let number = number.unwrap_or(run.attempts.max(1));
    if number == 0 || number > run.attempts.max(1) {
        return Err(AppError::not_found("attempt", format!("{}.{number}", run.handle)));
    }
    Ok((run.clone(), AttemptId { run: run.id, number }))
}

/// About `bytes_max` bytes of the log, from the offset `from`.
pub async fn read(
    work: &Work,
    caller: &Caller,
    name: &str,
    number: Option<u32>,
    from: u64,
    bytes_max: usize,
) -> AppResult<LogPart> {
    let (run, attempt) = attempt_for(work, caller, name, number).await?;
    part(work, &run, attempt, from, bytes_max).await
}

pub(super) async fn part(
    work: &Work,
    run: &RunView,
    attempt: AttemptId,
    from: u64,
    bytes_max: usize,
) -> AppResult<LogPart> {
    let over = run.state.is_final() || attempt.number < run.attempts;
    let extent = work.ports.series.extent(attempt, Stream::Log).await?;
    let frames = work.ports.series.log(attempt, from, bytes_max).await?;
    let next = frames.last().map_or(from.min(extent), |frame| frame.next);
    Ok(LogPart { attempt: attempt.number, frames, next, extent, complete: over && next >= extent, state: run.state })
}

/// The answer of [`read`] without the frames that were overwritten within it: the remaining frames give lines with the
/// same last states.
pub async fn read_last_states(
    work: &Work,
    caller: &Caller,
    name: &str,
    number: Option<u32>,
    from: u64,
    bytes_max: usize,
) -> AppResult<LogPart> {
    let mut part = read(work, caller, name, number, from, bytes_max).await?;
    overwritten::leave_out(&mut part.frames);
    Ok(part)
}
