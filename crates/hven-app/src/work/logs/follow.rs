//! Follows the log of a run while it grows, and reads a whole log in pieces.

use std::sync::Arc;

use hven_core::{AttemptId, RunId, access::Role, stream::Stream};
use tokio::sync::broadcast::{
    Receiver,
    error::RecvError::{Closed, Lagged},
};

use crate::{
    kernel::{callers::Caller, error::AppResult},
    ports::{
        fact_feed::FactFeed,
        run::RunView,
        series::{LogFrame, StreamGrowth},
    },
    work::{
        floor::Work,
        logs::read::{LogPart, attempt_for, part, read},
    },
};

/// A reader of a growing log. A slow reader delays only itself: the next piece is read after it took the last one.
#[derive(Debug)]
pub struct LogFollower {
    work: Arc<Work>,
    caller: Caller,
    pub run: RunId,
    /// `None`: the last attempt. Then a retry starts the log again.
    number: Option<u32>,
    /// The attempt to which `from` belongs; `None`: not known yet.
    seen: Option<u32>,
    from: u64,
    grown: Receiver<StreamGrowth>,
    recorded: FactFeed,
}

/// The position of a reader: the attempt, if known, and the offset.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogPosition {
    pub attempt: Option<u32>,
    pub from: u64,
}

/// Follows the log of an attempt, or of the last one.
pub async fn follow(
    work: &Arc<Work>,
    caller: &Caller,
    name: &str,
    number: Option<u32>,
    at: LogPosition,
) -> AppResult<LogFollower> {
    let (view, attempt) = attempt_for(work, caller, name, number).await?;
    let is_own = matches!(caller, Caller::Attempt { id } if *id == attempt);
    if !is_own {
        caller.require(Role::Viewer, &view.project)?;
    }
    Ok(LogFollower {
        work: Arc::clone(work),
        caller: caller.clone(),
        run: view.id,
        number,
        seen: at.attempt,
        from: at.from,
        grown: work.ports.series.subscribe(),
        recorded: work.ports.record.subscribe(),
    })
}

impl LogFollower {
    /// The next piece of the log; empty when the log did not grow.
    pub async fn read(&mut self, bytes_max: usize) -> AppResult<LogPart> {
        let name = self.run.to_string();
        let mut part = read(&self.work, &self.caller, &name, self.number, self.from, bytes_max).await?;
        if self.seen.is_some_and(|seen| seen != part.attempt) {
            part = read(&self.work, &self.caller, &name, Some(part.attempt), 0, bytes_max).await?;
        }
        self.seen = Some(part.attempt);
        self.from = part.next;
        Ok(part)
    }

    /// Waits until the log grew or the run changed. `false`: nothing can follow any more.
    pub async fn changed(&mut self) -> bool {
        let subject = Some(self.run.as_u128());
        loop {
            tokio::select! {
                growth = self.grown.recv() => match growth {
                    Ok(growth) if Some(growth.attempt.number) == self.seen
                        && growth.stream == Stream::Log
                        && growth.attempt.run == self.run => return true,
                    Ok(_) => {}
                    Err(Lagged(_)) => return true,
                    Err(Closed) => return false,
                },
                fact = self.recorded.recv() => match fact {
                    Ok(fact) if fact.header.subject == subject => return true,
                    Ok(_) => {}
                    Err(Lagged(_)) => return true,
                    Err(Closed) => return false,
                },
            }
        }
    }
}

/// A whole log, piece by piece.
#[derive(Debug)]
pub struct WholeLog {
    work: Arc<Work>,
    pub run: RunView,
    attempt: AttemptId,
    from: u64,
}

/// The present log of an attempt, or of the last one.
pub async fn whole(work: &Arc<Work>, caller: &Caller, name: &str, number: Option<u32>) -> AppResult<WholeLog> {
    let (run, attempt) = attempt_for(work, caller, name, number).await?;
    Ok(WholeLog { work: Arc::clone(work), run, attempt, from: 0 })
}

impl WholeLog {
    /// The next frames, about `bytes_max` bytes; none at the end.
    pub async fn next(&mut self, bytes_max: usize) -> AppResult<Vec<LogFrame>> {
        let part = part(&self.work, &self.run, self.attempt, self.from, bytes_max).await?;
        self.from = part.next;
        Ok(part.frames)
    }
}
