//! The read port of arrays.

use async_trait::async_trait;
use hven_core::{
    ActorId, RunId, Time,
    array::{ArrayId, Ended, Gather, OtherFiles, Submitted, TaskCounts, TaskRanges},
};

use crate::ports::{
    error::StoreResult,
    page::{ListQuery, Page},
    run::{RunQuery, RunRow},
};

/// An array without its tasks.
#[derive(Clone, Debug, PartialEq)]
pub struct ArrayView {
    pub submitted: Submitted,
    pub time: Time,
    pub by: ActorId,
    pub counts: TaskCounts,
    /// How many of the open tasks have a process.
    pub running: u64,
    /// Its last end: `None` while it goes on.
    pub ended: Option<(Time, Ended)>,
    /// The rule that stopped it.
    pub stopped: Option<String>,
    /// The dataset of its results: of its submission, or of the last request to gather them.
    pub gather: Option<Gather>,
    /// When this was requested after the submission.
    pub gather_requested: Option<Time>,
    /// The run that imports the gathered table.
    pub gathered_by: Option<RunId>,
    /// Why its results cannot become a dataset.
    pub not_gathered: Option<String>,
    /// The tasks whose newest run found other code or inputs than the array recorded.
    pub other_files: OtherFiles,
    /// A person holds it: none of its tasks starts.
    pub held: bool,
}

/// The state of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TaskState {
    /// It has no run yet.
    Queued,
    /// Its run waits.
    Waiting,
    Running,
    Done,
    Failed,
    Cancelled,
}

impl TaskState {
    pub const ALL: [Self; 6] = [Self::Queued, Self::Waiting, Self::Running, Self::Done, Self::Failed, Self::Cancelled];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// A task.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskRow {
    /// Counted from 1.
    pub task: u64,
    pub state: TaskState,
    /// Its newest run, or the earlier run that did the same work.
    pub run: Option<RunRow>,
}

/// Which tasks are wanted.
#[derive(Clone, Debug, Default)]
pub struct TaskQuery {
    /// `None`: in any state.
    pub state: Option<TaskState>,
    /// Only tasks from this one on.
    pub from: u64,
    pub limit: usize,
}

/// A task whose run has not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenTask {
    pub array: ArrayId,
    pub run: RunId,
}

/// Which runs of tasks are counted.
#[derive(Clone, Debug, Default)]
pub struct TaskRunQuery {
    /// The conditions of a list of runs. Its order and page do not count, nor whether it has tasks.
    pub runs: RunQuery,
    pub name: Option<String>,
    /// Submitted at this time or later.
    pub since: Option<Time>,
    pub submitted_by: Option<ActorId>,
}

/// Tasks of an array, counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArrayTaskCount {
    pub array: u32,
    pub tasks: u64,
    pub first: u64,
}

/// The most runs of tasks that one answer counts.
pub const COUNTED_MAX: u64 = 10_000;

/// Tasks of an array that started a short time ago.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecentTasks {
    /// When each process started, and when it ended.
    pub times: Vec<(Time, Option<Time>)>,
    /// These are all tasks that started since the array began, was released or was retried.
    pub is_whole: bool,
}

/// States of neighbouring tasks, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GridCell {
    pub counts: TaskCounts,
    pub running: u64,
}

#[async_trait]
pub trait Arrays: Send + Sync + 'static {
    async fn array(&self, array: ArrayId) -> StoreResult<Option<ArrayView>>;
    async fn array_numbered(&self, number: u32) -> StoreResult<Option<ArrayView>>;
    /// The highest number of an array; 0 when there is none.
    async fn array_number_last(&self) -> StoreResult<u32>;
    /// All arrays that go on, oldest first.
    async fn arrays_open(&self) -> StoreResult<Vec<ArrayView>>;
    /// Newest first; `is_open`: only those that go on.
    async fn array_page(&self, query: &ListQuery, is_open: bool) -> StoreResult<Page<ArrayView>>;
    /// The next tasks to submit, in this order.
    async fn array_next(&self, array: ArrayId, limit: usize) -> StoreResult<Vec<u64>>;
    /// Tasks in the order of their numbers, without those that have neither a run nor a state of their own.
    async fn array_tasks(&self, array: ArrayId, query: &TaskQuery) -> StoreResult<Vec<TaskRow>>;
    /// The first task without a run, and the first one that is not to be submitted any more.
    async fn array_cursor(&self, array: ArrayId) -> StoreResult<(u64, u64)>;
    /// The tasks whose newest run meets the conditions, by array, the newest array first. After more than [`COUNTED_MAX`] runs it
    /// stops counting.
    async fn array_task_counts(&self, query: &TaskRunQuery) -> StoreResult<Vec<ArrayTaskCount>>;
    /// When those of the last tasks with a run started and ended that started since the array began, was released or was retried.
    async fn array_recent_tasks(&self, array: ArrayId) -> StoreResult<RecentTasks>;
    /// The tasks of these states, as ranges.
    async fn array_ranges(&self, array: ArrayId, states: &[TaskState]) -> StoreResult<TaskRanges>;
    /// The counts of tasks in this many cells of equal size, in the order of their numbers.
    async fn array_grid(&self, array: ArrayId, cells: u64) -> StoreResult<Vec<GridCell>>;
    /// The runs of tasks that have not ended, of all arrays.
    async fn array_tasks_open(&self) -> StoreResult<Vec<OpenTask>>;
    /// The runs of the array that are to be cancelled and are not yet.
    async fn array_runs_to_cancel(&self, array: ArrayId) -> StoreResult<Vec<RunId>>;
    /// Ended arrays whose results are to be gathered, and are not yet.
    async fn arrays_to_gather(&self) -> StoreResult<Vec<ArrayId>>;
    /// The array of a run, and its task.
    async fn task_of(&self, run: RunId) -> StoreResult<Option<(ArrayId, u32, u64)>>;
    /// The launches of arrays that go on, and of those that ended since this time and are not done.
    async fn array_launches(&self, since: Time) -> StoreResult<Vec<(ArrayId, String)>>;
}
