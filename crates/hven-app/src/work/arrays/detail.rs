//! Arrays and their tasks as people see them.

use hven_core::{
    access::Role,
    array::{ArrayId, values_of},
    forecast::Forecast,
    params::Params,
    sentence::Sentence,
};

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        find::only_one::{NameQuery, only_one},
        labelled::{Labelled, NeededLabels, NeedsLabels, label},
    },
    ports::{
        arrays::{ArrayView, GridCell, TaskQuery, TaskRow, TaskState},
        page::{ListFilter, ListQuery, Page},
    },
    work::{
        arrays::{
            pace::{end_of, start_of},
            value_tables::ValueTables,
            waiting::wait_of,
        },
        floor::Work,
    },
};

impl NeedsLabels for ArrayView {
    fn add_to(&self, wanted: &mut NeededLabels) {
        wanted.actor(self.by);
        if let Some(run) = self.gathered_by {
            wanted.handle(run);
        }
        self.submitted.after.iter().for_each(|before| wanted.handle(*before));
    }
}

/// An array, and how long it still takes.
#[derive(Clone, Debug)]
pub struct ArrayInDetail {
    pub array: ArrayView,
    /// `None` when it has ended or waits, or when too few of its tasks have ended.
    pub left: Option<Forecast>,
    /// Why no further task starts now.
    pub waits: Option<Sentence>,
}

impl NeedsLabels for ArrayInDetail {
    fn add_to(&self, wanted: &mut NeededLabels) {
        self.array.add_to(wanted);
    }
}

/// A task with its values.
#[derive(Clone, Debug)]
pub struct TaskDetail {
    pub row: TaskRow,
    pub values: Params,
    /// For one task that has no run yet.
    pub queued: Option<QueuedTask>,
}

/// Why a task has no run yet.
#[derive(Clone, Debug)]
pub struct QueuedTask {
    /// How many tasks of its array come before it.
    pub ahead: u64,
    /// Why no further task of its array starts now.
    pub waits: Option<Sentence>,
    /// When it starts. `None` while the array waits.
    pub starts: Option<Forecast>,
}

impl NeedsLabels for TaskDetail {
    fn add_to(&self, wanted: &mut NeededLabels) {
        self.row.run.add_to(wanted);
    }
}

/// Which tasks are wanted.
#[derive(Clone, Debug, Default)]
pub struct TaskFilter {
    pub state: Option<TaskState>,
    /// The first task; the page after one that ended with task n begins at n + 1.
    pub from: Option<u64>,
    pub limit: Option<usize>,
}

const TASKS_SHOWN: usize = 100;
const TASKS_SHOWN_MAX: usize = 1000;
/// The most cells of a grid.
const CELLS_MAX: u64 = 10_000;

/// The array of that number (`3` or `array/3`) or id, if the caller has the role in its project.
pub(crate) async fn find(work: &Work, caller: &Caller, text: &str, role: Role) -> AppResult<ArrayView> {
    caller.require_user()?;
    let name = text.strip_prefix("array/").unwrap_or(text);
    let views = &work.ports.views;
    let found = match (name.parse::<ArrayId>(), name.parse::<u32>()) {
        (Ok(id), _) => views.array(id).await?,
        (_, Ok(number)) => views.array_numbered(number).await?,
        _ => None,
    };
    let query = NameQuery { noun: "array", text, project: None, role };
    only_one(caller, &query, found.into_iter().collect(), |array| {
        (array.submitted.project.clone(), format!("array/{}", array.submitted.number))
    })
}

pub async fn detail(work: &Work, caller: &Caller, name: &str) -> AppResult<Labelled<ArrayInDetail>> {
    label(work, in_detail(work, find(work, caller, name, Role::Viewer).await?).await?).await
}

pub(super) async fn in_detail(work: &Work, array: ArrayView) -> AppResult<ArrayInDetail> {
    let waits = wait_of(work, &array).await?;
    let left = if array.ended.is_some() || waits.is_some() { None } else { end_of(work, &array).await? };
    Ok(ArrayInDetail { array, left, waits })
}

/// The arrays that the caller may see, newest first; `is_open`: only those that go on.
pub async fn list(
    work: &Work,
    caller: &Caller,
    filter: ListFilter,
    is_open: bool,
) -> AppResult<Labelled<Page<ArrayView>>> {
    caller.require_user()?;
    let query = ListQuery { scopes: caller.scopes(), filter };
    label(work, work.ports.views.array_page(&query, is_open).await?).await
}

/// Tasks of an array in the order of their numbers.
pub async fn tasks(
    work: &Work,
    caller: &Caller,
    name: &str,
    filter: TaskFilter,
) -> AppResult<Labelled<Page<TaskDetail>>> {
    let array = find(work, caller, name, Role::Viewer).await?;
    let limit = filter.limit.unwrap_or(TASKS_SHOWN).clamp(1, TASKS_SHOWN_MAX);
    let from = filter.from.unwrap_or(1).max(1);
    let mut rows = task_rows(work, &array, filter.state, from, limit + 1).await?;
    let next = (rows.len() > limit).then(|| rows[limit].task.to_string());
    rows.truncate(limit);
    let tables = ValueTables::read(work, &array.submitted.axes).await?;
    let values = |task| values_of(&array.submitted.axes, task, &tables);
    let items = rows.into_iter().map(|row| TaskDetail { values: values(row.task), row, queued: None }).collect();
    label(work, Page { items, next }).await
}

/// The next tasks of a state, also those that have no row.
pub(crate) async fn task_rows(
    work: &Work,
    array: &ArrayView,
    state: Option<TaskState>,
    from: u64,
    limit: usize,
) -> AppResult<Vec<TaskRow>> {
    let views = &work.ports.views;
    let (id, count) = (array.submitted.array, array.submitted.tasks);
    let known = views.array_tasks(id, &TaskQuery { state, from, limit }).await?;
    let (next, stop_at) = views.array_cursor(id).await?;
    let rest = match state {
        None => Some((next, count + 1)),
        Some(TaskState::Queued) => Some((next, stop_at.max(next))),
        Some(TaskState::Cancelled) => Some((stop_at.max(next), count + 1)),
        Some(_) => None,
    };
    let Some((first, end)) = rest else { return Ok(known) };
    // Of the tasks without a run, those with a state of their own have a row.
    let begin = from.max(first);
    let taken = views.array_tasks(id, &TaskQuery { state: None, from: begin, limit }).await?;
    let is_free = |task: &u64| taken.binary_search_by_key(task, |row| row.task).is_err();
    let of_rest = |task| {
        let state = if task < stop_at { TaskState::Queued } else { TaskState::Cancelled };
        TaskRow { task, state, run: None }
    };
    let free: Vec<TaskRow> = (begin..end.max(begin)).filter(is_free).take(limit).map(of_rest).collect();
    let mut rows: Vec<TaskRow> = known.into_iter().chain(free).collect();
    rows.sort_by_key(|row| row.task);
    rows.truncate(limit);
    Ok(rows)
}

/// One task.
pub async fn task(work: &Work, caller: &Caller, name: &str, task: u64) -> AppResult<Labelled<TaskDetail>> {
    let array = find(work, caller, name, Role::Viewer).await?;
    if task == 0 || task > array.submitted.tasks {
        return Err(AppError::not_found("task", format!("array/{}:{task}", array.submitted.number)));
    }
    let row = task_rows(work, &array, None, task, 1).await?.pop();
    let row = row.filter(|row| row.task == task).ok_or_else(|| AppError::not_found("task", task))?;
    let tables = ValueTables::read(work, &array.submitted.axes).await?;
    let values = values_of(&array.submitted.axes, task, &tables);
    let queued = if row.state == TaskState::Queued && array.ended.is_none() {
        let (next, _) = work.ports.views.array_cursor(array.submitted.array).await?;
        // Tasks are submitted in their order; those that run again come first.
        let ahead = array.counts.open + task.saturating_sub(next.max(1));
        let waits = wait_of(work, &array).await?;
        let starts = match waits {
            Some(_) => None,
            None => start_of(work, &array, task).await?,
        };
        Some(QueuedTask { ahead, waits, starts })
    } else {
        None
    };
    label(work, TaskDetail { row, values, queued }).await
}

/// The states of all tasks in at most this many cells, in the order of their numbers; and how many tasks a cell has.
pub async fn grid(work: &Work, caller: &Caller, name: &str, cells: u64) -> AppResult<(u64, Vec<GridCell>)> {
    let array = find(work, caller, name, Role::Viewer).await?;
    let cells = cells.clamp(1, CELLS_MAX);
    let grid = work.ports.views.array_grid(array.submitted.array, cells).await?;
    Ok((array.submitted.tasks.div_ceil(cells).max(1), grid))
}
