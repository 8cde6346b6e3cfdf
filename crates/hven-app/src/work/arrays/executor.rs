//! Carries out arrays: submits further tasks, cancels runs, and records the end.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use hven_core::{
    ActorId,
    array::{ArrayId, Axis, End, Ended, StopRule, Stopped, TaskCounts},
    run::CancelRequested,
};

use crate::{
    kernel::{
        error::{AppError, AppResult},
        follower::{Executor, Obstacle, Resumed},
    },
    ports::{arrays::ArrayView, engine::EngineEvent},
    work::{
        arrays::{
            follower::{ArrayFollower, OPEN_LOW, OPEN_MAX, OpenArray, Proceed, resumed},
            submit_tasks::submit_tasks,
            value_tables::ValueTables,
            waiting::{ArrayTurn, turn},
        },
        floor::Work,
        launches::remove_launches,
    },
};

/// How many tasks are submitted together.
const BATCH: u64 = 500;
/// How long the environment of an ended array is kept at least, so that its tasks can be run again.
pub const KEPT_FOR: Duration = Duration::from_hours(7 * 24);

/// Carries out arrays.
#[derive(Debug)]
pub struct ArrayExecutor {
    work: Arc<Work>,
    /// The values of the arrays that go on and have tables.
    tables: Mutex<HashMap<ArrayId, Arc<ValueTables>>>,
}

impl ArrayExecutor {
    pub fn new(work: Arc<Work>) -> Self {
        Self { work, tables: Mutex::default() }
    }

    async fn tables(&self, array: &ArrayView) -> AppResult<Arc<ValueTables>> {
        let id = array.submitted.array;
        if array.submitted.axes.iter().all(|axis| Axis::tables(axis).is_empty()) {
            return Ok(Arc::default());
        }
        let known = self.tables.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let read = Arc::new(ValueTables::read(&self.work, &array.submitted.axes).await?);
        self.tables.lock().unwrap_or_else(PoisonError::into_inner).insert(id, Arc::clone(&read));
        Ok(read)
    }

    async fn proceed(&self, id: ArrayId) -> AppResult<()> {
        let work = &self.work;
        let _turn = work.array_turn.lock().await;
        loop {
            let Some(array) = work.ports.views.array(id).await? else { return Ok(()) };
            if array.ended.is_some() {
                return Ok(());
            }
            if stop_if_due(work, &array).await? {
                continue;
            }
            cancel_runs(work, &array).await?;
            let counts = array.counts;
            if counts.is_ended() {
                self.tables.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
                return end(work, &array, end_of(&counts), None).await;
            }
            if counts.queued == 0 || counts.open >= OPEN_LOW {
                return Ok(());
            }
            match turn(work, &array).await? {
                ArrayTurn::Due => {}
                ArrayTurn::Waits(_) => return Ok(()),
                ArrayTurn::Never(because) => return end(work, &array, End::Blocked, Some(because.to_string())).await,
            }
            let wanted = BATCH.min(OPEN_MAX - counts.open);
            let tasks = work.ports.views.array_next(id, usize::try_from(wanted).unwrap_or_default()).await?;
            if tasks.is_empty() {
                return Ok(());
            }
            let tables = self.tables(&array).await;
            let outcome = match &tables {
                Ok(tables) => submit_tasks(work, &array, tables, &tasks).await,
                Err(error) => Err(AppError::Conflict(error.to_string())),
            };
            match outcome {
                Ok(()) => {}
                Err(error) if Obstacle::of(&error) == Obstacle::Stays => {
                    return end(work, &array, End::Blocked, Some(error.to_string())).await;
                }
                Err(error) => return Err(error),
            }
        }
    }
}

#[async_trait]
impl Executor for ArrayExecutor {
    type Follower = ArrayFollower;

    async fn resume(&self) -> AppResult<Resumed<ArrayFollower>> {
        let views = &self.work.ports.views;
        let (arrays, runs) = (views.arrays_open().await?, views.array_tasks_open().await?);
        Ok(resumed(arrays.iter().map(|array| OpenArray::of(&array.submitted)), runs))
    }

    async fn carry_out(&self, Proceed(array): &Proceed) -> AppResult<()> {
        self.proceed(*array).await
    }
}

/// Keeps the environments of the arrays that go on or may go on again. Called before environments are removed that no run needs.
pub async fn keep_launches(work: &Work) -> AppResult<()> {
    let since = work.now().plus_micros(-i64::try_from(KEPT_FOR.as_micros()).unwrap_or(i64::MAX));
    for (array, launch) in work.ports.views.array_launches(since).await? {
        work.kept_environments.keep(&work.schedule, array, &launch);
    }
    Ok(())
}

const fn end_of(counts: &TaskCounts) -> End {
    if counts.failed == 0 && counts.cancelled == 0 { End::Done } else { End::Incomplete }
}

/// Records that the array's own rule stops it. Returns whether it did.
async fn stop_if_due(work: &Work, array: &ArrayView) -> AppResult<bool> {
    let Some(rule) = array.submitted.stop_when.as_ref().filter(|_| array.stopped.is_none()) else { return Ok(false) };
    let holds = StopRule::parse(rule).is_ok_and(|parsed| parsed.holds(&array.counts));
    if !holds || array.counts.is_ended() {
        return Ok(false);
    }
    let (array, number) = (array.submitted.array, array.submitted.number);
    let stopped = Stopped { array, number, rule: rule.clone() };
    work.record(ActorId::SYSTEM, None, vec![stopped.into()]).await?;
    Ok(true)
}

/// Cancels the runs of cancelled tasks.
async fn cancel_runs(work: &Work, array: &ArrayView) -> AppResult<()> {
    let runs = work.ports.views.array_runs_to_cancel(array.submitted.array).await?;
    if runs.is_empty() {
        return Ok(());
    }
    let facts = runs.iter().map(|run| CancelRequested { run: *run }.into()).collect();
    work.record(array.by, None, facts).await?;
    for run in runs {
        work.schedule.send_event(EngineEvent::CancelRequested { run }, work.now()).await;
    }
    Ok(())
}

async fn end(work: &Work, array: &ArrayView, end: End, because: Option<String>) -> AppResult<()> {
    let submitted = &array.submitted;
    let ended = Ended { array: submitted.array, number: submitted.number, end, counts: array.counts, because };
    work.record(ActorId::SYSTEM, None, vec![ended.into()]).await?;
    // The tasks of an array that is not done may be run again.
    if end == End::Done
        && let Some(launch) = work.kept_environments.release(&work.schedule, submitted.array)
    {
        remove_launches(work, vec![launch]).await;
    }
    Ok(())
}
