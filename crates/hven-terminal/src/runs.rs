//! Human-readable output for lists of runs, submissions and cancellations.

use std::io;

use hven_api::{
    arrays::ArraySummary,
    compared_runs::RunList,
    repair_summary::RepairSummary,
    runs::{RunCreated, RunSummary},
    workflows::WorkflowSummary,
};
use serde::Serialize;

use crate::{
    arrays,
    command_result::HumanReadable,
    compared_runs::value_field,
    formats,
    metric_line::metric_line,
    repairs,
    terminal_writer::{Field, TerminalWriter, printable},
    workflows,
};

/// A list of runs, and the message for an empty list.
#[derive(Debug, Serialize)]
pub struct Runs {
    #[serde(flatten)]
    pub page: RunList,
    /// The names of the columns whose values the page has.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// Running repairs, in the list of everything that is running.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub repairs: Vec<RepairSummary>,
    /// Workflows that go on, in a list of everything that goes on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub workflows: Vec<WorkflowSummary>,
    /// Arrays, in the same list.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub arrays: Vec<ArraySummary>,
    #[serde(skip)]
    pub hint: &'static str,
}

impl HumanReadable for Runs {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let RunList { items, next, values, .. } = &self.page;
        if items.is_empty() {
            if self.repairs.is_empty() && self.workflows.is_empty() && self.arrays.is_empty() {
                return writer.line(self.hint);
            }
            return self.others(writer, false);
        }
        // Without tags, the table has no column for them.
        let has_tags = items.iter().any(|run| !run.tags.is_empty());
        let rows = items
            .iter()
            .enumerate()
            .map(|(place, run)| {
                let mut row: Vec<Field> = vec![
                    run.handle.as_str().into(),
                    Field::State(run.state.clone()),
                    run.project.as_str().into(),
                    what(run).into(),
                    formats::ago(&run.submitted, writer.now).into(),
                    Field::Number(run.wall_s.map(formats::duration).unwrap_or_default()),
                ];
                if self.columns.is_empty() {
                    row.push(Field::Dim(remark(run)));
                } else {
                    let values = values.get(place).map(Vec::as_slice).unwrap_or_default();
                    row.extend((0..self.columns.len()).map(|column| match values.get(column) {
                        None | Some(serde_json::Value::Null) => Field::Dim("–".to_owned()),
                        Some(value) => value_field(value),
                    }));
                }
                if has_tags {
                    row.insert(TAGS_PLACE, run.tags.join(" ").into());
                }
                row
            })
            .collect();
        let mut header = vec!["RUN", "STATE", "PROJECT", "WHAT", "SUBMITTED", "TIME"];
        if self.columns.is_empty() {
            header.push("");
        }
        header.extend(self.columns.iter().map(String::as_str));
        if has_tags {
            header.insert(TAGS_PLACE, "TAGS");
        }
        writer.table(&header, rows)?;
        if let Some(next) = next {
            let more = writer.colours.dim(&format!("more: --cursor {next}"));
            writer.line(&more)?;
        }
        self.others(writer, true)
    }
}

impl Runs {
    /// The tables below that of the runs. `follows_a_table`: a blank line separates the first of them from it.
    fn others(&self, writer: &mut TerminalWriter<'_>, mut follows_a_table: bool) -> io::Result<()> {
        if !self.arrays.is_empty() {
            if follows_a_table {
                writer.line("")?;
            }
            arrays::table(&self.arrays, writer)?;
            follows_a_table = true;
        }
        if !self.workflows.is_empty() {
            if follows_a_table {
                writer.line("")?;
            }
            workflows::table(&self.workflows, writer)?;
            follows_a_table = true;
        }
        if self.repairs.is_empty() {
            return Ok(());
        }
        if follows_a_table {
            writer.line("")?;
        }
        repairs::table(&self.repairs, writer)
    }
}

/// The position of the tags column: after the column WHAT.
const TAGS_PLACE: usize = 4;

/// The name or the command of a run. A run that reproduces another one is marked, because it has the same command.
fn what(run: &RunSummary) -> String {
    let what = run.name.clone().unwrap_or_else(|| run.command.clone());
    if run.own_kind.as_deref() == Some("again") { format!("again: {what}") } else { what }
}

/// The remark in the last column: the outcome of a failed run, otherwise its last metrics.
fn remark(run: &RunSummary) -> String {
    let remark = match (&run.outcome, run.state.as_str()) {
        (Some(outcome), "failed" | "lost") => outcome.clone(),
        _ => run.metrics.iter().take(3).map(metric_line).collect::<Vec<_>>().join("  "),
    };
    let remark = [remark, additions(run)].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("  ");
    match run.soundness.as_str() {
        "sound" => remark,
        other => format!("{other}  {remark}").trim_end().to_owned(),
    }
}

/// Values and messages that do not belong to the measurements of the run.
fn additions(run: &RunSummary) -> String {
    let mut parts = Vec::new();
    if run.set_aside_total > 0 {
        parts.push(format!("{} set aside", formats::counted(run.set_aside_total, "message", "messages")));
    }
    if run.added_later_total > 0 {
        parts.push(format!("{} added later", formats::counted(run.added_later_total, "value", "values")));
    }
    parts.join("  ")
}

/// A run that was submitted and is not followed.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct Submitted<'a>(pub &'a RunCreated);

impl HumanReadable for Submitted<'_> {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let run = &self.0.run;
        if self.0.up_to_date {
            let because = self.0.because.as_deref().unwrap_or("the same work was done before");
            return writer.line(&format!("run {}  {}  up to date: {because}", run.handle, run.project));
        }
        writer.line(&format!(
            "run {}  {}  {}; `hven attach {}` follows it",
            run.handle, run.project, run.state, run.handle
        ))
    }
}

/// Runs that are being cancelled, or would be with `--dry-run`.
#[derive(Debug, Serialize)]
pub struct Cancelled {
    pub schema: &'static str,
    pub dry_run: bool,
    pub runs: Vec<RunSummary>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub repairs: Vec<RepairSummary>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub workflows: Vec<WorkflowSummary>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub arrays: Vec<ArrayCancellation>,
}

/// An array of which tasks were cancelled, or would be.
#[derive(Debug, Serialize)]
pub struct ArrayCancellation {
    #[serde(flatten)]
    pub array: ArraySummary,
    /// How many tasks were cancelled; `None` when that was not tried.
    pub cancelled_tasks: Option<u64>,
}

impl HumanReadable for Cancelled {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        for ArrayCancellation { array: ArraySummary { name, project, state, .. }, cancelled_tasks } in &self.arrays {
            let state = writer.colours.state(state, state);
            let what = cancelled_tasks.map_or_else(
                || "would be cancelled".to_owned(),
                |count| format!("{} cancelled", formats::counted(count, "task", "tasks")),
            );
            writer.line(&format!("{name}  {project}  {state}; {what}"))?;
        }
        let workflows = self.workflows.iter().map(|found| (&found.name, &found.project, &found.state));
        let repairs = self.repairs.iter().map(|found| (&found.name, &found.project, &found.state));
        for (name, project, state) in workflows.chain(repairs) {
            let state = writer.colours.state(state, state);
            let would = if self.dry_run { "; would be cancelled" } else { "" };
            writer.line(&format!("{name}  {project}  {state}{would}"))?;
        }
        self.runs.iter().try_for_each(|run| {
            let state = writer.colours.state(&run.state, run.outcome.as_deref().unwrap_or(&run.state));
            let (handle, project) = (&run.handle, &run.project);
            if self.dry_run {
                let command = printable(&run.command);
                return writer.line(&format!("run {handle}  {project}  {state}; would be cancelled: {command}"));
            }
            writer.line(&format!("run {handle}  {project}  {state}"))
        })
    }
}
