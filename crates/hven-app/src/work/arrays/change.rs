//! Cancels arrays and their tasks, holds and releases arrays, and has tasks run again.

use hven_core::{
    RunId,
    access::Role,
    array::{Cancelled, Held, Retried, TaskRange, TaskRanges},
    limits,
};

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        labelled::{Labelled, NeededLabels, NeedsLabels, label},
    },
    ports::{
        arrays::{ArrayView, TaskState},
        engine::EngineEvent,
    },
    work::{
        arrays::detail::{ArrayInDetail, find, in_detail},
        floor::Work,
    },
};

/// The most ranges of tasks in one request.
const RANGES_MAX: usize = 100_000;

/// A cancelled array, and how many of its tasks were cancelled by this.
#[derive(Clone, Debug)]
pub struct CancelledTasks {
    pub array: ArrayView,
    pub count: u64,
}

impl NeedsLabels for CancelledTasks {
    fn add_to(&self, wanted: &mut NeededLabels) {
        self.array.add_to(wanted);
    }
}

/// Cancels an array, or some of its tasks. Tasks that have ended stay as they are.
pub async fn cancel(
    work: &Work,
    caller: &Caller,
    key: Option<String>,
    name: &str,
    tasks: Option<TaskRanges>,
) -> AppResult<Labelled<CancelledTasks>> {
    let turn = work.array_turn.lock().await;
    let array = find(work, caller, name, Role::Member).await?;
    let (id, number) = (array.submitted.array, array.submitted.number);
    if array.ended.is_some() {
        return Err(AppError::Conflict(format!("array/{number} has ended already")));
    }
    let count = match &tasks {
        Some(tasks) => {
            check(&array, tasks)?;
            unfinished(work, &array, tasks).await?
        }
        None => array.counts.queued + array.counts.open,
    };
    if let Some(tasks) = tasks.as_ref().filter(|_| count == 0) {
        return Err(AppError::Conflict(format!("{} of array/{number} ended already", named(tasks))));
    }
    work.record(caller.actor(), key, vec![Cancelled { array: id, number, tasks }.into()]).await?;
    drop(turn);
    label(work, CancelledTasks { array: find(work, caller, name, Role::Member).await?, count }).await
}

/// How many of these tasks have not ended.
async fn unfinished(work: &Work, array: &ArrayView, tasks: &TaskRanges) -> AppResult<u64> {
    let views = &work.ports.views;
    let id = array.submitted.array;
    let ended = views.array_ranges(id, &[TaskState::Done, TaskState::Failed, TaskState::Cancelled]).await?;
    let (next, stop_at) = views.array_cursor(id).await?;
    // Of the tasks without a run, those from here on were cancelled before.
    let cut = stop_at.max(next);
    let left = tasks.ranges().iter().map(|range| (range.first, range.last.min(cut.saturating_sub(1))));
    let left = TaskRanges::of(left.flat_map(|(first, last)| first..=last));
    Ok(left.count() - common(&ended, &left).count())
}

/// `task 3`, `tasks 3-5`.
fn named(tasks: &TaskRanges) -> String {
    let noun = if tasks.count() == 1 { "task" } else { "tasks" };
    format!("{noun} {tasks}")
}

/// Which tasks are to run again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Again {
    /// Those that failed.
    Failed,
    /// Those that failed or were cancelled, also before they had a run.
    Unsuccessful,
    /// Those of these that failed or were cancelled.
    Tasks(TaskRanges),
}

/// Has tasks run again that did not succeed.
pub async fn retry(
    work: &Work,
    caller: &Caller,
    key: Option<String>,
    name: &str,
    again: Again,
) -> AppResult<Labelled<ArrayInDetail>> {
    let turn = work.array_turn.lock().await;
    let array = find(work, caller, name, Role::Member).await?;
    let (id, number) = (array.submitted.array, array.submitted.number);
    if let Again::Tasks(tasks) = &again {
        check(&array, tasks)?;
    }
    let states: &[TaskState] = match &again {
        Again::Failed => &[TaskState::Failed],
        Again::Unsuccessful | Again::Tasks(_) => &[TaskState::Failed, TaskState::Cancelled],
    };
    let found = work.ports.views.array_ranges(id, states).await?;
    let tasks = match &again {
        Again::Tasks(wanted) => common(&found, wanted),
        Again::Failed | Again::Unsuccessful => found,
    };
    let (_, stop_at) = work.ports.views.array_cursor(id).await?;
    let with_rest = again == Again::Unsuccessful && stop_at <= array.submitted.tasks;
    if tasks.is_empty() && !with_rest {
        return Err(AppError::Conflict(match &again {
            Again::Failed => format!("no task of array/{number} failed"),
            Again::Unsuccessful => format!("no task of array/{number} failed or was cancelled"),
            Again::Tasks(wanted) if wanted.count() == 1 => {
                format!("task {wanted} of array/{number} neither failed nor was cancelled")
            }
            Again::Tasks(wanted) => format!("none of the tasks {wanted} of array/{number} failed or was cancelled"),
        }));
    }
    if work.ports.launches.get(&array.submitted.launch).await?.is_none() {
        return Err(AppError::Conflict(format!(
            "the environment of array/{number} is kept for seven days after its end, and is gone: submit it again"
        )));
    }
    limits::count("ranges of tasks", tasks.ranges().len(), RANGES_MAX)?;
    work.record(caller.actor(), key, vec![Retried { array: id, number, tasks, with_rest }.into()]).await?;
    work.kept_environments.keep(&work.schedule, id, &array.submitted.launch);
    drop(turn);
    label(work, in_detail(work, find(work, caller, name, Role::Member).await?).await?).await
}

/// Holds an array, or releases it. Tasks that have started, or that their runner has, go on.
pub async fn hold(
    work: &Work,
    caller: &Caller,
    key: Option<String>,
    name: &str,
    held: bool,
) -> AppResult<Labelled<ArrayInDetail>> {
    let turn = work.array_turn.lock().await;
    let queue_turn = work.queue_turn.lock().await;
    let array = find(work, caller, name, Role::Member).await?;
    let (id, number) = (array.submitted.array, array.submitted.number);
    if array.ended.is_some() {
        return Err(AppError::Conflict(format!("array/{number} has ended already")));
    }
    if array.held != held {
        work.record(caller.actor(), key, vec![Held { array: id, number, held }.into()]).await?;
        let open = work.ports.views.array_tasks_open().await?.into_iter().filter(|open| open.array == id);
        let open: Vec<RunId> = open.map(|open| open.run).collect();
        for run in work.ports.views.runs_by_id(&open).await? {
            // A task that is held by itself stays held.
            let held = Some(held || run.queue.held);
            let event = EngineEvent::QueueingChanged { run: run.id, priority: None, held };
            work.schedule.send_event(event, work.now()).await;
        }
    }
    drop((queue_turn, turn));
    label(work, in_detail(work, find(work, caller, name, Role::Member).await?).await?).await
}

fn check(array: &ArrayView, tasks: &TaskRanges) -> AppResult<()> {
    limits::count("ranges of tasks", tasks.ranges().len(), RANGES_MAX)?;
    let (number, count) = (array.submitted.number, array.submitted.tasks);
    match tasks.last() {
        Some(last) if last > count => {
            Err(AppError::invalid("the tasks", format!("go up to {last}, and array/{number} has {count}")))
        }
        Some(_) => Ok(()),
        None => Err(AppError::invalid("the list of tasks", "is empty: name some, as in 3,10-20")),
    }
}

/// The tasks that are in both.
fn common(found: &TaskRanges, wanted: &TaskRanges) -> TaskRanges {
    let parts = found.ranges().iter().flat_map(|a| {
        let common = move |b: &TaskRange| (a.first.max(b.first), a.last.min(b.last));
        wanted.ranges().iter().map(common).filter(|(first, last)| first <= last)
    });
    TaskRanges::of(parts.flat_map(|(first, last)| first..=last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_in_both() {
        let check = |a: &str, b: &str, want: &str| {
            let (a, b) = (a.parse().expect(a), b.parse().expect(b));
            assert_eq!(common(&a, &b).to_string(), want);
        };
        check("1-5,9", "3-20", "3-5,9");
        check("1-5", "7", "");
        check("2,4,6-8", "1-4,7-7", "2,4,7");
    }
}
