//! Standard input of runs: the calls of senders and runners on a pipe, and the recorded standard input as a file.

use std::{sync::Arc, time::Duration};

use hven_core::{AttemptId, RunId, access::Role, limits, object::FileRef, stdin::Stdin};
use tokio::time::{Instant, timeout_at};

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        find::run::run_for,
    },
    ports::run::{RunName, RunView},
    work::{
        floor::Work,
        pipes::{OpenPipe, Pipe, PipeEnd, WAIT, wait_for},
    },
};

pub use super::pipes::{NextPiece, PipePiece, PipeProgress};

/// The maximum duration of the call that holds the input open. Its connection proves that the sender lives. A sender
/// that is stopped (Ctrl-Z) makes no new calls.
const HOLD_WAIT: Duration = Duration::from_hours(24);

/// Holds the input of a run open until no more bytes are needed, or for a day.
pub async fn hold(work: &Work, caller: &Caller, name: &str) -> AppResult<PipeProgress> {
    let pipe = match pipe_of(work, caller, name).await? {
        Ok(pipe) => pipe,
        Err(progress) => return Ok(progress),
    };
    let _held = OpenPipe::new(Arc::clone(&pipe));
    wait_for(&pipe, HOLD_WAIT, |state| state.over.is_some()).await
}

/// Accepts a piece. Returns when the process has read some of it, when no more is needed, or after a timeout.
pub async fn send(work: &Work, caller: &Caller, name: &str, piece: PipePiece) -> AppResult<PipeProgress> {
    limits::whole("the place of the bytes in standard input", piece.from, limits::WHOLE_MAX)?;
    let pipe = match pipe_of(work, caller, name).await? {
        Ok(pipe) => pipe,
        Err(progress) => return Ok(progress),
    };
    // A sender that sends is alive, so this call holds the input open too.
    let _held = OpenPipe::new(Arc::clone(&pipe));
    let from = piece.from;
    pipe.send_modify(|state| {
        if state.over.is_none() {
            state.piece = piece;
        }
    });
    wait_for(&pipe, WAIT, |state| state.over.is_some() || state.read > from).await
}

/// Ends the input, because the sender cannot continue.
pub async fn cut_off(work: &Work, caller: &Caller, name: &str) -> AppResult<PipeProgress> {
    Ok(match pipe_of(work, caller, name).await? {
        Ok(pipe) => {
            pipe.send_modify(|state| state.end(PipeEnd::CutOff));
            pipe.borrow().progress()
        }
        Err(progress) => progress,
    })
}

/// The bytes after the first `from`, all of which the process has read; for the runner that has the attempt. Waits for
/// bytes up to a timeout. With `is_over`, the process needs no more bytes.
pub async fn next(work: &Work, caller: &Caller, attempt: AttemptId, from: u64, is_over: bool) -> AppResult<NextPiece> {
    let runner = caller.require_runner()?;
    if !work.schedule.is_with(attempt, runner) {
        return Err(AppError::Denied);
    }
    let Some(pipe) = work.pipes.of(&work.schedule, attempt.run) else { return Ok(NextPiece::CutOff) };
    pipe.send_modify(|state| {
        state.read = state.read.max(from);
        if is_over {
            state.end(PipeEnd::Unwanted);
        }
    });
    if is_over {
        return Ok(NextPiece::Nothing);
    }
    let deadline = Instant::now() + WAIT;
    let mut changes = pipe.subscribe();
    loop {
        pipe.send_if_modified(|state| state.cut_off_if_unheld(Instant::now()));
        let until = {
            let state = changes.borrow_and_update();
            if let Some(next) = state.next(from) {
                return Ok(next);
            }
            state.patience(deadline)
        };
        if timeout_at(until, changes.changed()).await.is_err() && Instant::now() >= deadline {
            return Ok(NextPiece::Nothing);
        }
    }
}

/// The pipe of a run, for the user who submitted it. If the run has ended, the number of bytes that it read.
async fn pipe_of(work: &Work, caller: &Caller, name: &str) -> AppResult<Result<Arc<Pipe>, PipeProgress>> {
    if let Some(RunName::Id(run)) = RunName::parse(name)
        && is_own_pipe(work, caller, run)
        && let Some(pipe) = work.pipes.of(&work.schedule, run)
    {
        // An unfinished run is known in memory, so the record is not queried for each piece.
        return Ok(Ok(pipe));
    }
    let run = run_for(work, caller, name, Role::Member).await?;
    if run.submitted_by != caller.actor() {
        return Err(AppError::Denied);
    }
    if !run.spec().is_some_and(|spec| spec.stdin == Some(Stdin::Pipe)) {
        return Err(AppError::Conflict(format!("run {} reads no pipe on its standard input", run.handle)));
    }
    let read = run.result.as_ref().and_then(|result| result.stdin).map_or(0, |read| read.bytes);
    Ok(work.pipes.of(&work.schedule, run.id).ok_or(PipeProgress { bytes: read, is_over: true }))
}

/// Whether the caller submitted an unfinished run that reads a pipe, and still has the needed role.
fn is_own_pipe(work: &Work, caller: &Caller, run: RunId) -> bool {
    let live = work.schedule.live();
    live.get(&run).is_some_and(|live| {
        live.submitted_by == caller.actor()
            && caller.may(Role::Member, &live.project)
            && live.spec.stdin == Some(Stdin::Pipe)
    })
}

/// The standard input of a run as a file: a recorded file, or the kept bytes of a pipe.
pub fn file_of(run: &RunView) -> Option<FileRef> {
    match run.spec()?.stdin.as_ref()? {
        Stdin::File { file, .. } => Some(file.clone()),
        Stdin::Pipe => run.result.as_ref()?.stdin?.as_file(),
    }
}

/// The standard input for a repetition of the run, or the reason why there is none.
pub(crate) fn again(run: &RunView) -> Result<Option<Stdin>, String> {
    match run.spec().and_then(|spec| spec.stdin.clone()) {
        Some(Stdin::Pipe) => {}
        known => return Ok(known),
    }
    if let Some(file) = file_of(run) {
        return Ok(Some(Stdin::File { file, from: 0 }));
    }
    Err(match run.result.as_ref().and_then(|result| result.stdin) {
        Some(read) if read.bytes == 0 => return Ok(None),
        Some(read) => format!("its standard input was a pipe of {} bytes that was not kept", read.bytes),
        None => "its standard input was a pipe, and what came through it is not known".to_owned(),
    })
}
