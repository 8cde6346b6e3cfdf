//! Failed tasks of an array, grouped by what they said last.

use std::collections::{BTreeMap, HashMap};

use hven_core::{RunId, access::Role, array::TaskRanges};

use crate::{
    kernel::{callers::Caller, error::AppResult},
    ports::{
        arrays::{TaskQuery, TaskState},
        run::RunView,
    },
    work::{arrays::detail::find, explain::last_stderr_line, floor::Work},
};

/// How many failed tasks are read.
pub const READ_MAX: usize = 200;

/// With more groups than this, last lines that differ in numbers alone become one.
const GROUPS_MAX: usize = 20;

/// Failed tasks with the same outcome and the same last line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailureGroup {
    pub outcome: String,
    /// The last line on standard error; `None` when there is none. `…` stands for numbers in which the lines of the group differ.
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
    let ids: Vec<RunId> = rows.iter().filter_map(|row| row.run.as_ref().map(|run| run.id)).collect();
    let views = work.ports.views.runs_by_id(&ids).await?;
    let views: HashMap<RunId, RunView> = views.into_iter().map(|view| (view.id, view)).collect();
    let mut failed = Vec::new();
    for row in rows {
        let Some(run) = row.run else { continue };
        let Some(view) = views.get(&run.id) else { continue };
        let line = last_stderr_line(work, view).await?;
        failed.push(FailedTask { task: row.task, outcome: run.outcome.unwrap_or_default(), line });
    }
    Ok(Failures { groups: grouped(&failed), read, failed: array.counts.failed })
}

/// A task that failed, with the last line that it printed on standard error.
struct FailedTask {
    task: u64,
    outcome: String,
    line: Option<String>,
}

/// Groups tasks by their outcomes and last lines, largest group first.
fn grouped(failed: &[FailedTask]) -> Vec<FailureGroup> {
    let exact = grouped_by(failed, str::to_owned);
    let mut groups = if exact.len() > GROUPS_MAX { grouped_by(failed, without_numbers) } else { exact };
    groups.sort_by_key(|group| std::cmp::Reverse(group.tasks.count()));
    groups
}

/// Groups tasks with equal outcomes whose lines have the same `key`.
fn grouped_by(failed: &[FailedTask], key: fn(&str) -> String) -> Vec<FailureGroup> {
    let mut groups: BTreeMap<(&str, Option<String>), Vec<&FailedTask>> = BTreeMap::new();
    for task in failed {
        groups.entry((&task.outcome, task.line.as_deref().map(key))).or_default().push(task);
    }
    let groups = groups.into_iter().map(|((outcome, shared), tasks)| {
        // A group of equal lines shows them as they are.
        let first = tasks.first().and_then(|task| task.line.clone());
        let is_same = tasks.iter().all(|task| task.line == first);
        FailureGroup {
            outcome: outcome.to_owned(),
            line: if is_same { first } else { shared },
            tasks: TaskRanges::of(tasks.iter().map(|task| task.task)),
        }
    });
    groups.collect()
}

/// The line with `…` in place of each number.
fn without_numbers(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    for c in line.chars() {
        match c {
            c if !c.is_ascii_digit() => text.push(c),
            _ if text.ends_with('…') => {}
            _ => text.push('…'),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_of(lines: &[String]) -> Vec<(String, String)> {
        let failed = |(at, line): (usize, &String)| FailedTask {
            task: at as u64 + 1,
            outcome: "failed".to_owned(),
            line: Some(line.clone()),
        };
        let failed: Vec<_> = lines.iter().enumerate().map(failed).collect();
        grouped(&failed).into_iter().map(|group| (group.line.unwrap_or_default(), group.tasks.to_string())).collect()
    }

    #[test]
    fn many_lines_that_differ_in_numbers_are_one_group() {
        let few: Vec<String> = (404..408).map(|code| format!("HTTP {code}")).collect();
        assert_eq!(lines_of(&few).len(), 4, "few lines stay as they are");
        let mut many: Vec<String> = (0..50).map(|at| format!("no part-{at}.dat in run{}", at * 7)).collect();
        many.extend(["a bad seed 3".to_owned(), "a bad seed 3".to_owned(), String::new()]);
        let expected = [("no part-….dat in run…", "1-50"), ("a bad seed 3", "51-52"), ("", "53")];
        assert_eq!(lines_of(&many), expected.map(|(line, tasks)| (line.to_owned(), tasks.to_owned())));
    }
}
