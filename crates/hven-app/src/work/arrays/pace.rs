//! When a task of an array starts, and when the array ends, from the times of its last tasks in the record.

use hven_core::{RunId, Time, forecast::Forecast};

use crate::{
    kernel::error::AppResult,
    ports::arrays::{ArrayView, RecentTasks},
    work::{arrays::forecast::Pace, floor::Work},
};

/// When a task starts that waits, with or without a run. `None` when too few tasks have ended. The caller has checked that the array
/// does not wait itself.
pub(super) async fn start_of(work: &Work, array: &ArrayView, task: u64) -> AppResult<Option<Forecast>> {
    let (next, _) = work.ports.views.array_cursor(array.submitted.array).await?;
    // Tasks start in their order: those that have a run and a higher number come later.
    let waiting = array.counts.open.saturating_sub(array.running);
    let before = (waiting + task).saturating_sub(next);
    Ok(pace(work, array).await?.map(|pace| pace.start(before)))
}

/// When the run of a task starts, if the run is one. The other tasks of its array say it better than the history of its code: between
/// them is also the time that Hven and others need.
pub(in crate::work) async fn start_of_run(work: &Work, run: RunId) -> AppResult<Option<Forecast>> {
    let Some((array, _, task)) = work.ports.views.task_of(run).await? else { return Ok(None) };
    let array = work.ports.views.array(array).await?.filter(|array| !array.held && array.ended.is_none());
    match array {
        Some(array) => start_of(work, &array, task).await,
        None => Ok(None),
    }
}

/// When all tasks have ended. `None` when too few have.
pub(super) async fn end_of(work: &Work, array: &ArrayView) -> AppResult<Option<Forecast>> {
    let unended = array.counts.queued + array.counts.open;
    Ok(pace(work, array).await?.map(|pace| pace.end(unended.saturating_sub(array.running))))
}

async fn pace(work: &Work, array: &ArrayView) -> AppResult<Option<Pace>> {
    let RecentTasks { times, is_whole } = work.ports.views.array_recent_tasks(array.submitted.array).await?;
    let now = work.now();
    let ago = |time: Time| -now.seconds_since(time);
    let times: Vec<(f64, Option<f64>)> = times.iter().map(|(start, end)| (ago(*start), end.map(ago))).collect();
    Ok(Pace::of(&times, is_whole, array.running))
}
