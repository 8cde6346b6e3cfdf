//! Additions to a run after its end. Each is a fact of its own and never becomes part of the measured values.

use std::collections::{BTreeSet, HashSet};

use hven_core::{
    AttemptId, Fact,
    additions::{BYTES_MAX, MetricsAdded, POINTS_MAX, ParamsAdded, RUN_BYTES_MAX, RUN_VALUES_MAX, Sum},
    limits,
    params::Params,
    stream::Point,
};

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
    },
    ports::{
        error::StoreError,
        record::FactQuery,
        run::{RunName, RunView},
    },
    work::floor::Work,
};

/// Whether an addition comes before the end of the run or after it.
#[derive(Debug)]
pub(crate) enum Phase {
    /// The run is unfinished: the addition is part of this attempt; 0 when no attempt has started.
    BeforeEnd { attempt: u32 },
    /// The run has ended: its measured values stay as they are.
    AfterEnd(Box<RunView>),
}

/// Whether a run is unfinished. The answer is valid while [`crate::work::schedule::Schedule::without_ends`] is held.
pub(crate) async fn phase(work: &Work, caller: &Caller, run: &RunView) -> AppResult<Phase> {
    if let Caller::Attempt { id } = caller {
        // The token is invalid from the moment at which the end of its attempt is recorded.
        return if work.schedule.is_live(*id) {
            Ok(Phase::BeforeEnd { attempt: id.number })
        } else {
            Err(AppError::Unauthenticated)
        };
    }
    if let Some(attempt) = work.schedule.unended(run.id) {
        return Ok(Phase::BeforeEnd { attempt: attempt.max(run.attempts) });
    }
    let now = work.ports.views.runs_named(&RunName::Id(run.id)).await?.pop();
    let now = now.ok_or_else(|| AppError::not_found("run", run.handle))?;
    if now.state.is_final() {
        return Ok(Phase::AfterEnd(Box::new(now)));
    }
    // Its submission is recorded, and the schedule is about to receive it.
    Ok(Phase::BeforeEnd { attempt: now.attempts })
}

/// Returns whether the points were added after the end. A call that is repeated after a lost answer may have been in
/// time.
pub(crate) async fn add_metrics(
    work: &Work,
    caller: &Caller,
    key: Option<String>,
    run: &RunView,
    points: Vec<Point>,
) -> AppResult<bool> {
    limits::count(&format!("points added to run {}, which has ended,", run.handle), points.len(), POINTS_MAX)?;
    let points = if key.is_some() { not_measured(work, run, points).await? } else { points };
    if points.is_empty() {
        return Ok(false);
    }
    let added = MetricsAdded { run: run.id, points, original: None };
    let sum = added.sum();
    record(work, caller, key, run, sum, added.into()).await?;
    Ok(true)
}

/// The points that the run has not measured. If a repeated call with a key was in time, the run has all of them. Their
/// times are not compared, because a point without a time gets the time of the call.
async fn not_measured(work: &Work, run: &RunView, points: Vec<Point>) -> AppResult<Vec<Point>> {
    let mut known: HashSet<(String, i64, u64)> = HashSet::new();
    // The call may have been in time for an attempt that was not the last.
    for number in 1..=run.last_attempt().number {
        let attempt = AttemptId { run: run.id, number };
        let measured: BTreeSet<String> =
            work.ports.series.summaries(attempt).await?.into_iter().map(|line| line.key).collect();
        let keys: BTreeSet<&String> =
            points.iter().map(|point| &point.key).filter(|key| measured.contains(*key)).collect();
        for key in keys {
            let points = work.ports.series.points(attempt, key).await?;
            known.extend(points.into_iter().map(|point| (point.key, point.step, point.value.0.to_bits())));
        }
    }
    let is_new = |point: &Point| !known.contains(&(point.key.clone(), point.step, point.value.0.to_bits()));
    Ok(points.into_iter().filter(is_new).collect())
}

/// Returns whether the parameters were added after the end. A call that is repeated after a lost answer may have been
/// in time.
pub(crate) async fn add_params(
    work: &Work,
    caller: &Caller,
    key: Option<String>,
    run: &RunView,
    params: Params,
) -> AppResult<bool> {
    // The call may have been in time for an attempt that was not the last.
    let mut noted = run.params_before.values().chain([&run.params]);
    let is_known = noted.any(|noted| params.iter().all(|(name, value)| noted.get(name) == Some(value)));
    let added = ParamsAdded { run: run.id, params, original: None };
    let sum = added.sum();
    match record(work, caller, key, run, sum, added.into()).await {
        Ok(()) => Ok(true),
        Err(AppError::Store(StoreError::KeyReused { .. })) if is_known => Ok(false),
        Err(error) => Err(error),
    }
}

async fn record(
    work: &Work,
    caller: &Caller,
    key: Option<String>,
    run: &RunView,
    sum: Sum,
    fact: Fact,
) -> AppResult<()> {
    limits::bytes("what is added to a run that has ended", fact.encode()?.len(), BYTES_MAX)?;
    let _turn = work.additions_turn.lock().await;
    // It may have been deleted since its name was read.
    let now = work.ports.views.runs_named(&RunName::Id(run.id)).await?.pop();
    if now.is_some_and(|now| now.deleted.is_some()) {
        return Err(AppError::RunDeleted { run: run.id, handle: run.handle });
    }
    let there = work.ports.views.additions_sum(run.id).await?;
    let is_too_much = there.values + sum.values > RUN_VALUES_MAX || there.bytes + sum.bytes > RUN_BYTES_MAX;
    if is_too_much && !is_repeated(work, caller, key.as_deref(), run, fact.kind()).await? {
        return Err(AppError::Conflict(format!(
            "run {} has ended, and {} values with about {} bytes were added to it since: with these it would have more than \
             {RUN_VALUES_MAX} values or {RUN_BYTES_MAX} bytes; log them to a new run",
            run.handle, there.values, there.bytes
        )));
    }
    work.record(caller.actor(), key, vec![fact]).await.map(drop)
}

/// Whether one of the newest additions to the run was recorded with this key.
async fn is_repeated(work: &Work, caller: &Caller, key: Option<&str>, run: &RunView, kind: &str) -> AppResult<bool> {
    /// A caller repeats a call at once, so few others come in between.
    const NEWEST: usize = 8;
    if key.is_none() {
        return Ok(false);
    }
    let query = FactQuery {
        newest_first: true,
        kind: Some(kind.to_owned()),
        subject: Some(run.id.as_u128()),
        limit: NEWEST,
        ..FactQuery::default()
    };
    let newest = work.ports.record.facts(query).await?;
    Ok(newest.iter().any(|fact| fact.header.actor == caller.actor() && fact.header.key.as_deref() == key))
}

/// The attempt that gets the points of an unfinished run.
pub(crate) fn attempt_of(run: &RunView, attempt: u32) -> AppResult<AttemptId> {
    if attempt == 0 {
        return Err(AppError::Conflict(format!("run {} has not started, so it has no metrics yet", run.handle)));
    }
    Ok(AttemptId { run: run.id, number: attempt })
}
