//! Failed tasks of an array, grouped by what they said last.

use std::collections::BTreeMap;

use hven_core::{access::Role, array::TaskRanges};

use crate::{
    kernel::{callers::Caller, error::AppResult},
    ports::{
        arrays::{TaskQuery, TaskState},
        run::RunName,
    },
    work::{arrays::detail::find, explain::last_stderr_line, floor::Work},
};

/// How many failed tasks are read.
pub const READ_MAX: usize = 200;

/// Failed tasks with the same outcome and the same last line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailureGroup {
    pub outcome: String,
    /// The last line on standard error; `None` when there is none.
    pub line: Option<String>,
    pub tasks: TaskRanges,
}

/// The failed tasks of an array, grouped.
#[derive(Clone, Debug)]
pub struct Failures {
    /// Largest group first.
    pub groups: Vec<FailureGroup>,
    /// How many failed tasks were read, and (below) how many there are.
    pub read: u64,
    pub failed: u64,
}

pub async fn failures(work: &Work, caller: &Caller, name: &str) -> AppResult<Failures> {
    let array = find(work, caller, name, Role::Viewer).await?;
    let query = TaskQuery { state: Some(TaskState::Failed), from: 1, limit: READ_MAX };
    let rows = work.ports.views.array_tasks(array.submitted.array, &query).await?;
    let read = rows.len() as u64;
    let mut groups: BTreeMap<(String, Option<String>), Vec<u64>> = BTreeMap::new();
    for row in rows {
        let Some(run) = row.run else { continue };
        let Some(view) = work.ports.views.runs_named(&RunName::Id(run.id)).await?.pop() else { continue };
        let line = last_stderr_line(work, &view).await?;
        groups.entry((run.outcome.unwrap_or_default(), line)).or_default().push(row.task);
    }
    let group = |((outcome, line), tasks): (_, Vec<u64>)| FailureGroup { outcome, line, tasks: TaskRanges::of(tasks) };
    let mut groups: Vec<FailureGroup> = groups.into_iter().map(group).collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.tasks.count()));
    Ok(Failures { groups, read, failed: array.counts.failed })
}
