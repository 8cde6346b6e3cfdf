//! The last value of a metric for the tasks of an array.

use std::collections::BTreeSet;

use hven_core::{access::Role, array::values_of, params::Params, run::Number};

use crate::{
    kernel::{callers::Caller, error::AppResult},
    ports::arrays::{TaskQuery, TaskState},
    work::{
        arrays::{detail::find, value_tables::ValueTables},
        floor::Work,
    },
};

/// How many tasks are read at most.
pub const READ_MAX: usize = 10_000;
const PAGE: usize = 1000;

/// The value of a metric for one task.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskPoint {
    pub task: u64,
    pub values: Params,
    pub value: Number,
}

/// The values of a metric.
#[derive(Clone, Debug, Default)]
pub struct Points {
    /// The metrics that tasks have.
    pub metrics: BTreeSet<String>,
    pub metric: Option<String>,
    pub points: Vec<TaskPoint>,
    /// How many tasks were read.
    pub read: u64,
    /// More tasks succeeded than were read.
    pub truncated: bool,
}

/// The last values of this metric, or of the first one in the order of names.
pub async fn points(work: &Work, caller: &Caller, name: &str, metric: Option<&str>) -> AppResult<Points> {
    let array = find(work, caller, name, Role::Viewer).await?;
    let tables = ValueTables::read(work, &array.submitted.axes).await?;
    let (mut found, mut from, mut read) = (Points::default(), 1, 0);
    let mut all = Vec::new();
    loop {
        let query = TaskQuery { state: Some(TaskState::Done), from, limit: PAGE };
        let rows = work.ports.views.array_tasks(array.submitted.array, &query).await?;
        let is_last = rows.len() < PAGE;
        read += rows.len();
        for row in rows {
            from = row.task + 1;
            let Some(run) = row.run else { continue };
            found.metrics.extend(run.metrics.iter().map(|summary| summary.key.clone()));
            all.extend(run.metrics.into_iter().map(|summary| (row.task, summary.key, summary.last)));
        }
        if is_last {
            break;
        }
        if read >= READ_MAX {
            found.truncated = true;
            break;
        }
    }
    found.read = read as u64;
    found.metric = metric.map(str::to_owned).or_else(|| found.metrics.first().cloned());
    let wanted = all.into_iter().filter(|(_, key, _)| found.metric.as_ref() == Some(key));
    found.points = wanted
        .map(|(task, _, value)| TaskPoint { task, values: values_of(&array.submitted.axes, task, &tables), value })
        .collect();
    Ok(found)
}
