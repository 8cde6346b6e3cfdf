//! Human-readable output for how runs wait, and for what was used.

use std::{collections::BTreeMap, io};

use hven_api::{
    arrays::ArraySummary,
    queueing::{Queueing, RunQueueing, UsageReport, UsageRow},
    runs::Actor,
};
use serde::Serialize;

use crate::{
    arrays::counts_text,
    command_result::HumanReadable,
    formats,
    terminal_writer::{Field, TerminalWriter},
};

/// Runs and arrays whose waiting was changed.
#[derive(Debug, Serialize)]
pub struct QueuedRuns {
    pub schema: &'static str,
    pub runs: Vec<RunQueueing>,
    pub arrays: Vec<ArraySummary>,
}

impl HumanReadable for QueuedRuns {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        self.runs.iter().try_for_each(|RunQueueing { run, state, queue, .. }| {
            // A run may start while it is being changed.
            let state = match (state.as_str(), queue.held) {
                ("waiting", true) => format!("held: `hven release {}` lets it start", run.handle),
                ("waiting", false) => "queued".to_owned(),
                (other, _) => format!("{other}: it does not wait any more"),
            };
            let priority = match queue.priority {
                0 => String::new(),
                priority => format!("   priority {priority}"),
            };
            writer.line(&format!("run {}  {state}{priority}", run.handle))
        })?;
        self.arrays.iter().try_for_each(|array| {
            let ArraySummary { name, counts, held, .. } = array;
            let state = match (held, counts.running) {
                (true, 0) => format!("held: `hven release {name}` lets its tasks start"),
                (true, n) => format!("held: `hven release {name}` lets further tasks start; {n} running ones go on"),
                (false, _) => format!("released: {}", counts_text(array)),
            };
            writer.line(&format!("{name}  {state}"))
        })
    }
}

/// How a run waits, or waited, if a person asked for anything.
pub(crate) fn queue_line(queue: &Queueing) -> Option<String> {
    let after: Vec<&str> = queue.after.iter().map(|run| run.handle.as_str()).collect();
    let wishes = [
        queue.held.then(|| "held".to_owned()),
        (queue.priority != 0).then(|| format!("priority {}", queue.priority)),
        (!after.is_empty()).then(|| format!("after {}", after.join(", "))),
        queue.start_by.as_deref().map(|by| format!("to start by {}", formats::local(by))),
    ];
    let wishes: Vec<String> = wishes.into_iter().flatten().collect();
    (!wishes.is_empty()).then(|| wishes.join("; "))
}

/// By what the rows of a table of use are grouped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsageBy {
    pub project: bool,
    pub user: bool,
}

/// The use of the runners, grouped.
#[derive(Debug, Serialize)]
pub struct UsageTable {
    #[serde(flatten)]
    usage: UsageReport,
    #[serde(skip)]
    by: UsageBy,
}

impl UsageTable {
    pub fn new(usage: UsageReport, by: UsageBy) -> Self {
        Self { usage, by }
    }

    /// The rows of the table, those with the most core hours first.
    fn grouped(&self) -> Vec<UsageRow> {
        let mut groups: BTreeMap<(String, String), UsageRow> = BTreeMap::new();
        for row in &self.usage.rows {
            let project = if self.by.project { row.project.clone() } else { String::new() };
            let user = if self.by.user { row.user.id.clone() } else { String::new() };
            groups
                .entry((project, user))
                .and_modify(|sum| {
                    sum.runs += row.runs;
                    sum.not_done += row.not_done;
                    sum.wall_s += row.wall_s;
                    sum.core_s += row.core_s;
                    sum.cpu_s += row.cpu_s;
                    sum.memory_max_bytes = sum.memory_max_bytes.max(row.memory_max_bytes);
                })
                .or_insert_with(|| row.clone());
        }
        let mut rows: Vec<UsageRow> = groups.into_values().collect();
        rows.sort_by(|a, b| b.core_s.total_cmp(&a.core_s));
        rows
    }
}

impl HumanReadable for UsageTable {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let rows = self.grouped();
        if rows.is_empty() {
            return writer.line(&format!("no run has ended since {}", formats::local(&self.usage.since)));
        }
        let mut header = Vec::new();
        header.extend(self.by.project.then_some("PROJECT"));
        header.extend(self.by.user.then_some("USER"));
        header.extend(["RUNS", "NOT DONE", "CORE HOURS", "CPU HOURS", "MOST MEMORY"]);
        let table = rows.iter().map(|row| {
            let mut fields: Vec<Field> = Vec::new();
            fields.extend(self.by.project.then(|| row.project.clone().into()));
            fields.extend(self.by.user.then(|| user(&row.user).into()));
            fields.extend([
                Field::Number(row.runs.to_string()),
                Field::Number(row.not_done.to_string()),
                Field::Number(hours(row.core_s)),
                Field::Number(hours(row.cpu_s)),
                Field::Number(formats::bytes(row.memory_max_bytes)),
            ]);
            fields
        });
        writer.table(&header, table.collect())
    }
}

fn user(actor: &Actor) -> String {
    actor.name.clone().unwrap_or_else(|| if actor.kind == "system" { "Hven".to_owned() } else { actor.id.clone() })
}

fn hours(seconds: f64) -> String {
    format!("{:.2}", seconds / 3600.0)
}
