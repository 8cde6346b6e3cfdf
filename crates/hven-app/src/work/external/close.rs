//! Ends runs whose work is done elsewhere.

use hven_core::{
    ActorId, RunId, Time,
    access::Role,
    limits,
    run::{Closed, ExternalEnd, State},
};

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        find::run::run_to_log,
        streams::seal,
    },
    ports::run::{RunName, RunView},
    work::{external::only_external::require_external, floor::Work},
};

/// Ends a run as its reporter says. A call that repeats the recorded end changes nothing.
pub async fn close(
    work: &Work,
    caller: &Caller,
    name: &str,
    end: ExternalEnd,
    ended: Option<Time>,
) -> AppResult<RunView> {
    let run = run_to_log(work, caller, name, Role::Member).await?;
    require_external(&run)?;
    if let ExternalEnd::Failed { why } = &end {
        limits::lines("the reason", why, limits::TEXT_BYTES_MAX)?;
    }
    let ended = ended.unwrap_or_else(|| work.now());
    limits::time("the end", ended)?;
    {
        let _no_report = work.schedule.ending().await;
        let run = run_to_log(work, caller, &run.id.to_string(), Role::Member).await?;
        if run.state.is_final() {
            let is_same = run.external().is_some_and(|external| external.end.as_ref() == Some(&end));
            let why = || format!("run {} has ended already: {}", run.handle, run.state.as_str());
            return if is_same { Ok(run) } else { Err(AppError::Conflict(why())) };
        }
        record(work, caller.actor(), run.id, end, ended).await?;
    }
    if let Err(error) = seal(work, run.last_attempt()).await {
        tracing::warn!(run = %run.id, %error, "could not seal; trying again later");
    }
    run_to_log(work, caller, &run.id.to_string(), Role::Member).await
}

async fn record(work: &Work, actor: ActorId, run: RunId, end: ExternalEnd, ended: Time) -> AppResult<()> {
    work.record(actor, None, vec![Closed { run, end, ended }.into()]).await?;
    work.reporters.forget(run);
    Ok(())
}

/// Ends the runs that processes left open whose attempts have ended: their tokens ended with the attempts, so no report can come.
pub(crate) async fn end_left_open(work: &Work) -> AppResult<()> {
    for (run, attempt) in work.reporters.of_attempts() {
        if work.schedule.is_live(attempt) {
            continue;
        }
        let _no_report = work.schedule.ending().await;
        if work.reporters.is_open(run) {
            record(work, ActorId::SYSTEM, run, ExternalEnd::LeftOpen, work.now()).await?;
        }
    }
    Ok(())
}

/// Ends a run if a user cancelled it. Its reporter is silent, and the caller admits no report at the same time.
pub(crate) async fn end_if_cancelled(work: &Work, run: RunId) -> AppResult<()> {
    let view = work.ports.views.runs_named(&RunName::Id(run)).await?.pop();
    match view.filter(|view| view.state == State::Stopping) {
        Some(_) => record(work, ActorId::SYSTEM, run, ExternalEnd::Cancelled, work.now()).await,
        None => Ok(()),
    }
}
