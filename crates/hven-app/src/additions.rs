//! What is added to a run after its end. It is recorded as a fact of its own and never becomes part of what was measured.

use hven_core::{
    AttemptId, Fact,
    additions::{BYTES_MAX, MetricsAdded, POINTS_MAX, ParamsAdded},
    limits,
    params::Params,
    stream::Point,
};

use crate::{
    App, AppError, AppResult, Caller,
    ports::{
        StoreError,
        views::{RunName, RunView},
    },
};

/// Where a run stands for somebody who wants to add something to it.
#[derive(Debug)]
pub(crate) enum Standing {
    /// What is added now is part of it, of this attempt; 0 when none was started yet.
    GoesOn { attempt: u32 },
    /// It has ended: it stays as it was measured.
    Ended(Box<RunView>),
}

/// Whether a run goes on. The answer is good while [`crate::schedule::Schedule::without_ends`] is held.
pub(crate) async fn standing(app: &App, caller: &Caller, run: &RunView) -> AppResult<Standing> {
    if let Caller::Attempt { id } = caller {
        // Its token is dead from the moment at which its end is recorded.
        return if app.schedule.is_live(*id) {
            Ok(Standing::GoesOn { attempt: id.number })
        } else {
            Err(AppError::Unauthenticated)
        };
    }
    if let Some(attempt) = app.schedule.unended(run.id) {
        return Ok(Standing::GoesOn { attempt: attempt.max(run.attempts) });
    }
    let now = app.ports.views.runs_named(&RunName::Id(run.id)).await?.pop();
    let now = now.ok_or_else(|| AppError::not_found("run", run.handle))?;
    if now.state.is_final() {
        return Ok(Standing::Ended(Box::new(now)));
    }
    // Its submission is recorded, and the schedule hears of it in a moment.
    Ok(Standing::GoesOn { attempt: now.attempts })
}

pub(crate) async fn add_metrics(
    app: &App,
    caller: &Caller,
    key: Option<String>,
    run: &RunView,
    points: Vec<Point>,
) -> AppResult<()> {
    limits::count(&format!("points added to run {}, which has ended,", run.handle), points.len(), POINTS_MAX)?;
    record(app, caller, key, MetricsAdded { run: run.id, points }.into()).await
}

/// Answers whether they were added later: a call that is repeated after a lost answer may have been in time.
pub(crate) async fn add_params(
    app: &App,
    caller: &Caller,
    key: Option<String>,
    run: &RunView,
    params: Params,
) -> AppResult<bool> {
    let is_known = params.iter().all(|(name, value)| run.params.get(name) == Some(value));
    match record(app, caller, key, ParamsAdded { run: run.id, params }.into()).await {
        Ok(()) => Ok(true),
        Err(AppError::Store(StoreError::KeyReused { .. })) if is_known => Ok(false),
        Err(error) => Err(error),
    }
}

async fn record(app: &App, caller: &Caller, key: Option<String>, fact: Fact) -> AppResult<()> {
    limits::bytes("what is added to a run that has ended", fact.encode()?.len(), BYTES_MAX)?;
    app.record(caller.actor(), key, vec![fact]).await.map(drop)
}

/// The attempt to which points of a run that goes on belong.
pub(crate) fn attempt_of(run: &RunView, attempt: u32) -> AppResult<AttemptId> {
    if attempt == 0 {
        return Err(AppError::Conflict(format!("run {} has not started, so it has no metrics yet", run.handle)));
    }
    Ok(AttemptId { run: run.id, number: attempt })
}
