//! Arrays on the wire: one command, run once for each combination of values.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    actor::Actor,
    runs::{Resources, RunName, RunSummary, SubmitRun},
    sentence::Sentence,
    time_left::TimeLeft,
};

/// `POST /arrays`: submits an array. Its tasks are submitted as runs by the server, some at a time.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SubmitArray {
    /// The common part of all tasks. In the words of its command, in its outputs and in its name, `{i}` stands for the value of
    /// `i`, and `{{` for a brace. The words are divided before: a value is never two words.
    pub task: SubmitRun,
    /// The values. There is a task for each combination; the last axis varies fastest.
    pub axes: Vec<Axis>,
    /// No further task starts when this holds: a condition on `done`, `failed`, `cancelled` and `ended`, such as `failed > 10`.
    #[serde(default)]
    pub stop_when: Option<String>,
    /// Make a dataset from the parameters and metrics of all tasks when the last one has ended.
    #[serde(default)]
    pub gather: Option<Gather>,
}

/// `POST /arrays/preview`, with the body of a submission: the effect that it would have. Nothing is recorded.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ArrayPreview {
    pub schema: String,
    pub tasks: u64,
    /// The words of the command of the first and of the last task.
    pub first: Vec<String>,
    pub last: Vec<String>,
    /// How long all tasks take together when nothing else runs, as far as earlier runs of their code tell: an estimate.
    pub takes: Option<TimeLeft>,
    /// Why that is not known.
    pub takes_unknown: Option<Sentence>,
}

/// `POST /arrays/draft`: an array in the texts that a person writes, as the options of `hven map` take them. A process in its
/// folder reads them and records code and inputs, as `hven map` does. An empty text says nothing.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ArrayDraft {
    /// The command with its placeholders: one text, which is divided into words as a shell does it. No shell runs it.
    pub command: String,
    /// The absolute path of the folder in which it runs, on the machine of the server.
    pub folder: String,
    /// The values of a name each, as `i=1..10`, `t=0..1..0.25` or `t=0.1,0.2`.
    pub over: Vec<String>,
    /// Names whose values go together, separated by commas.
    #[serde(default)]
    pub zip: Vec<String>,
    #[serde(default)]
    pub inputs: Vec<String>,
    #[serde(default)]
    pub outputs: Vec<String>,
    #[serde(default)]
    pub project: String,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub cpus: String,
    /// Such as `8GiB`.
    #[serde(default)]
    pub memory: String,
    /// Units of named resources, as `gpu=1`.
    #[serde(default)]
    pub resources: Vec<String>,
    #[serde(default)]
    pub priority: String,
    /// The name of the dataset that is made of the results.
    #[serde(default)]
    pub gather: String,
    #[serde(default)]
    pub stop_when: String,
    /// An earlier array: the tasks get its environment and its secrets while they are kept, and otherwise those of the server.
    #[serde(default)]
    pub like: Option<String>,
}

/// The answer to a draft.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ArrayDraftAnswer {
    pub schema: String,
    /// The faults of its texts: nothing was recorded if there are any.
    pub refusals: Vec<DraftRefusal>,
    /// For a preview without refusals.
    pub preview: Option<ArrayPreview>,
    /// For a submission without refusals.
    pub array: Option<ArrayDetail>,
    /// The earlier array whose environment the tasks get, `array/3`; `null`: they get that of the server.
    pub environment_of: Option<String>,
}

/// Why a text of a draft is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DraftRefusal {
    /// The name of the field, or `array` if it is about all of it.
    pub field: String,
    /// Which text of a field that has several, counted from 0.
    pub at: Option<usize>,
    pub message: String,
}

/// Values that vary together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(no_recursion))]
pub enum Axis {
    /// Decimal numbers at equal distances: `(first + n × step) / 10^scale`, for `n` from 0 to `count` − 1.
    Range {
        name: String,
        first: i64,
        step: i64,
        scale: u8,
        count: u64,
    },
    List {
        name: String,
        values: Vec<serde_json::Value>,
    },
    /// The rows of an uploaded object. Each of its lines is a JSON list with a value for each name.
    Table {
        names: Vec<String>,
        object: String,
        rows: u64,
        /// Where the values come from, for people.
        #[serde(default)]
        origin: String,
    },
    /// Axes of equal length, whose values go together.
    Zip {
        axes: Vec<Axis>,
    },
}

/// The dataset that is made of the results of an array.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Gather {
    /// The name of the dataset.
    pub dataset: String,
    /// The units of parameters and metrics, by name.
    #[serde(default)]
    pub units: BTreeMap<String, String>,
}

/// How many tasks are in which state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TaskCounts {
    /// They have no run yet.
    pub queued: u64,
    /// They have a run that waits.
    pub waiting: u64,
    pub running: u64,
    pub done: u64,
    pub failed: u64,
    pub cancelled: u64,
}

/// An array without its tasks.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ArraySummary {
    pub id: String,
    /// The name for people: `array/3`. Its 17th task is `array/3:17`.
    pub name: String,
    pub project: String,
    /// The name that its author gave to the runs.
    pub title: Option<String>,
    /// The command with its placeholders, in one line.
    pub command: String,
    /// `running`, and at the end `done`, `incomplete` (a task failed or was cancelled) or `blocked` (it could not go on).
    pub state: String,
    pub tasks: u64,
    pub counts: TaskCounts,
    pub submitted_by: Actor,
    pub submitted: String,
    /// `null` while it goes on.
    pub ended: Option<String>,
    /// Why it could not go on.
    pub because: Option<String>,
    pub because_said: Option<Sentence>,
    /// The rule that stopped it.
    pub stopped_by: Option<String>,
    /// The dataset that is made of its results.
    pub gathers: Option<String>,
    /// The run that imports the gathered table.
    pub gathered_by: Option<RunName>,
    /// Why its results cannot become a dataset.
    pub not_gathered: Option<String>,
    /// A person holds it: no further task starts until it is released.
    #[serde(default)]
    pub held: bool,
    /// Tasks that did not find the code and the inputs that the array recorded. Empty when there are none.
    #[serde(default)]
    pub other_files: Vec<OtherFiles>,
}

/// How many tasks of an array found other code or inputs than it recorded.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OtherFiles {
    /// `code`, `inputs`, or `unknown`: whether they were others is not known.
    pub what: String,
    pub tasks: u64,
    /// The first of them, `array/3:17`.
    pub first: String,
    pub said: Sentence,
}

/// `GET /arrays/{array}`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ArrayDetail {
    pub schema: String,
    pub array: ArraySummary,
    pub axes: Vec<Axis>,
    /// The words of the command with their placeholders.
    pub argv: Vec<String>,
    /// The folder in which the tasks run; empty for fresh folders.
    pub cwd: String,
    /// The paths of the inputs of each task.
    #[serde(default)]
    pub inputs: Vec<String>,
    pub outputs: Vec<String>,
    /// The reservation of each task.
    #[serde(default)]
    pub resources: Resources,
    /// From -100 to 100.
    #[serde(default)]
    pub priority: i64,
    pub stop_when: Option<String>,
    pub gather: Option<Gather>,
    /// How long it still takes, as far as its ended tasks tell.
    pub left: Option<TimeLeft>,
    /// The runs (by their handles) and arrays (`array/3`) that must succeed before its first task starts.
    #[serde(default)]
    pub after: Vec<String>,
    /// Why no further task starts now: it is held, or waits for a run or an array.
    #[serde(default)]
    pub waits: Option<Sentence>,
}

/// Why a task of an array has no run yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QueuedTask {
    /// How many tasks of its array come before it.
    pub ahead: u64,
    /// Why no further task of its array starts now: it is held, or waits for a run or an array.
    #[serde(default)]
    pub waits: Option<Sentence>,
    /// When it starts, as far as ended tasks tell.
    pub starts: Option<TimeLeft>,
}

/// A task of an array.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ArrayTask {
    /// Counted from 1.
    pub task: u64,
    /// `queued`, `waiting`, `running`, `done`, `failed` or `cancelled`.
    pub state: String,
    pub values: BTreeMap<String, serde_json::Value>,
    /// Its newest run, or the earlier run that did the same work.
    pub run: Option<RunSummary>,
    /// For one task that has no run yet. A list does not say it.
    pub queued: Option<QueuedTask>,
}

/// `GET /arrays/{array}/grid`: the states of all tasks, in the order of their numbers.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ArrayGrid {
    pub schema: String,
    /// How many tasks a cell has; the last one may have fewer.
    pub tasks_per_cell: u64,
    pub cells: Vec<TaskCounts>,
}

/// `GET /arrays/{array}/failures`: the failed tasks, grouped by what they said last.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ArrayFailures {
    pub schema: String,
    /// Largest group first.
    pub groups: Vec<FailureGroup>,
    /// How many failed tasks were read, of all failed ones.
    pub read: u64,
    pub failed: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FailureGroup {
    pub outcome: String,
    pub outcome_said: Option<Sentence>,
    /// The last line on standard error.
    pub line: Option<String>,
    pub count: u64,
    /// As ranges: `3,10-20`.
    pub tasks: String,
}

/// `GET /arrays/{array}/points`: the last value of a metric for each task that has one.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ArrayPoints {
    pub schema: String,
    /// The metrics that tasks have.
    pub metrics: Vec<String>,
    /// The metric of the points; `null` when no task has any.
    pub metric: Option<String>,
    /// In the order of the tasks.
    pub points: Vec<ArrayPoint>,
    /// How many tasks were read. Those of them without a point did not log the metric.
    #[serde(default)]
    pub tasks: u64,
    /// More tasks ended than are read here.
    pub truncated: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ArrayPoint {
    pub task: u64,
    pub values: BTreeMap<String, serde_json::Value>,
    /// A number, or "NaN", "Infinity", "-Infinity".
    #[cfg_attr(feature = "openapi", schema(value_type = crate::metrics::MetricValue))]
    pub value: serde_json::Value,
}

/// `POST /arrays/{array}/cancel`
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CancelArray {
    /// Tasks as ranges: `3,10-20`. `null`: all that have not ended.
    #[serde(default)]
    pub tasks: Option<String>,
}

/// The answer to a cancellation.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CancelledArray {
    pub schema: String,
    #[serde(flatten)]
    pub array: ArraySummary,
    /// How many tasks were cancelled: those that wait get no run, those that run are ended.
    pub cancelled_tasks: u64,
}

/// `POST /arrays/{array}/hold`: holds an array, or releases it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HoldArray {
    /// `true`: no further task starts until it is released. `false` releases it.
    pub held: bool,
}

/// `POST /arrays/{array}/retry`: has tasks run again that did not succeed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RetryArray {
    /// Tasks as ranges: `3,10-20`. `null`: all that failed.
    #[serde(default)]
    pub tasks: Option<String>,
    /// Without `tasks`: also those that were cancelled, before or after they had a run.
    #[serde(default)]
    pub cancelled: bool,
}

/// `POST /arrays/{array}/gather`: gathers the results of its tasks again, or as another dataset. No task runs again.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GatherArray {
    /// The name of the dataset. `null`: the name that it had before.
    #[serde(default)]
    pub dataset: Option<String>,
    /// The units of values and metrics, by name, instead of those before. `null`: those before.
    #[serde(default)]
    pub units: Option<BTreeMap<String, String>>,
}
