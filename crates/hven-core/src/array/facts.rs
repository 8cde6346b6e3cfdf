//! The facts of arrays.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{axes::Axis, tasks::TaskRanges};
use crate::{
    Digest, RunId, Time, capture::Note, labels::Tag, name::Name, params::Params, project::ProjectPath,
    queueing::Priority, reproduction::Tolerances, run::Spec,
};

crate::id::ids! {
    /// Names an array.
    ArrayId
}

/// A person submitted an array. Its tasks are submitted as runs, some at a time, in the order of their numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Submitted {
    pub array: ArrayId,
    /// Which array of this home it is, counted from 1.
    pub number: u32,
    pub project: ProjectPath,
    pub name: Option<String>,
    /// The specification of every task. Its command and its outputs are templates: `{i}` stands for the value of `i`.
    pub spec: Spec,
    /// The values. There is a task for each combination; the last axis varies fastest.
    pub axes: Vec<Axis>,
    /// How many tasks this gives.
    pub tasks: u64,
    /// The name under which the private part of the launch (environment, secrets) is kept until the end.
    pub launch: String,
    /// Parameters that all tasks have.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: Params,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub tags: BTreeSet<Tag>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// The programs and modules that the command uses are known, so that a task with the same work is up to date.
    pub comparable: bool,
    #[serde(default, skip_serializing_if = "Tolerances::is_empty")]
    pub tolerances: Tolerances,
    /// Run every task even when the same work was done before.
    pub fresh: bool,
    pub despite_checks: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub despite_suspicion: Option<String>,
    #[serde(default)]
    pub priority: Priority,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_by: Option<Time>,
    /// The runs, and (below) the arrays, that must succeed before its first task is submitted.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub after: BTreeSet<RunId>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub after_arrays: BTreeSet<ArrayBefore>,
    /// No further task starts when this holds, such as `failed > 10`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_when: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gather: Option<Gather>,
    /// Objects that it names and that were not in the store: inputs and code, and files that its folders list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub absent: Option<BTreeSet<Digest>>,
}

/// An array that must succeed before another one starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ArrayBefore {
    pub array: ArrayId,
    pub number: u32,
}

/// An array was held: no further task of it starts until it is released. Or it was released.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    pub array: ArrayId,
    pub number: u32,
    pub held: bool,
}

/// The results of the tasks become one dataset when all have ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gather {
    /// The name of the dataset.
    pub dataset: Name,
    /// The units of parameters and metrics, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub units: BTreeMap<String, String>,
}

/// The array of a run, and which task of it the run is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskOf {
    pub array: ArrayId,
    /// Counted from 1.
    pub task: u64,
    /// The values with which it runs. They count as given parameters of the run.
    pub params: Params,
}

/// A person cancelled an array, or some of its tasks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancelled {
    pub array: ArrayId,
    pub number: u32,
    /// `None`: all that have not ended.
    pub tasks: Option<TaskRanges>,
}

/// The rule of the array stopped it: no further task starts, and those that wait end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stopped {
    pub array: ArrayId,
    pub number: u32,
    /// The rule that held.
    pub rule: String,
}

/// A person had ended tasks run again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retried {
    pub array: ArrayId,
    pub number: u32,
    /// The tasks that had a run and ended without success.
    pub tasks: TaskRanges,
    /// Tasks that were cancelled before they had a run are submitted as well.
    pub with_rest: bool,
}

/// Earlier runs did the work of these tasks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TasksReused {
    pub array: ArrayId,
    pub number: u32,
    pub tasks: Vec<TaskReused>,
}

/// A task, and the run that did the same work before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskReused {
    pub task: u64,
    pub run: RunId,
}

/// How many tasks are in which state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskCounts {
    /// They have no run yet.
    pub queued: u64,
    /// They have a run that has not ended.
    pub open: u64,
    pub done: u64,
    pub failed: u64,
    pub cancelled: u64,
}

impl TaskCounts {
    pub const fn is_ended(&self) -> bool {
        self.queued == 0 && self.open == 0
    }
}

/// All tasks of an array have ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    pub array: ArrayId,
    pub number: u32,
    pub end: End,
    pub counts: TaskCounts,
    /// Why no further task could be submitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

/// How an array ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// Every task succeeded.
    Done,
    /// A task failed or was cancelled.
    Incomplete,
    /// The remaining tasks could not be submitted.
    Blocked,
}

impl End {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Incomplete => "incomplete",
            Self::Blocked => "blocked",
        }
    }
}

/// A person had the results of an array gathered again, or as another dataset. From now on this counts instead of what the array
/// was submitted with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GatherRequested {
    pub array: ArrayId,
    pub number: u32,
    pub gather: Gather,
}

/// Results of an array were written to a table, which a run imports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gathered {
    pub array: ArrayId,
    pub number: u32,
    /// The run that imports the table.
    pub run: RunId,
    /// The runs of the tasks in the table, or a part of them: further facts have the others.
    pub tasks: Vec<RunId>,
}

/// The results of an array cannot become a dataset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotGathered {
    pub array: ArrayId,
    pub number: u32,
    pub because: String,
}

crate::sample::sampled! {
    NotGathered { array, number, because }
    GatherRequested { array, number, gather }
    Submitted {
        array, number, project, name, spec, axes, tasks, launch, params, tags, notes, comparable, tolerances, fresh,
        despite_checks, despite_suspicion, priority, start_by, after, after_arrays, stop_when, gather, absent,
    }
    ArrayBefore { array, number }
    Held { array, number, held }
    Gather { dataset, units }
    TaskOf { array, task, params }
    Cancelled { array, number, tasks }
    Stopped { array, number, rule }
    Retried { array, number, tasks, with_rest }
    TasksReused { array, number, tasks }
    TaskReused { task, run }
    TaskCounts { queued, open, done, failed, cancelled }
    Ended { array, number, end, counts, because }
    enum End { Done, Incomplete, Blocked }
    Gathered { array, number, run, tasks }
}
