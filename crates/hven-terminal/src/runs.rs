//! Runs for people: the list, one run, why, and the line at the end.

use std::io;

use hven_api::{
    page::Page,
    repair_summary::RepairSummary,
    runs::{RunCreated, RunSummary},
};
use serde::Serialize;

use crate::{
    metric_line::metric_line,
    paper::{Field, Paper, printable},
    repairs,
    reply::ForPeople,
    words,
};

/// A list of runs, and what to say when there is none in it.
#[derive(Debug, Serialize)]
pub struct Runs {
    #[serde(flatten)]
    pub page: Page<RunSummary>,
    /// Repairs that go on, where all that goes on is listed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub repairs: Vec<RepairSummary>,
    #[serde(skip)]
    pub hint: &'static str,
}

impl ForPeople for Runs {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        let Page { items, next, .. } = &self.page;
        if items.is_empty() {
            return if self.repairs.is_empty() { paper.line(self.hint) } else { repairs::table(&self.repairs, paper) };
        }
        // Who tags no runs does not want to see a column for it.
        let has_tags = items.iter().any(|run| !run.tags.is_empty());
        let rows = items
            .iter()
            .map(|run| {
                let mut row: Vec<Field> = vec![
                    run.handle.as_str().into(),
                    Field::State(run.state.clone()),
                    run.project.as_str().into(),
                    what(run).into(),
                    words::ago(&run.submitted, paper.now).into(),
                    Field::Number(run.wall_s.map(words::duration).unwrap_or_default()),
                    Field::Dim(remark(run)),
                ];
                if has_tags {
                    row.insert(TAGS_PLACE, run.tags.join(" ").into());
                }
                row
            })
            .collect();
        let mut header = vec!["RUN", "STATE", "PROJECT", "WHAT", "SUBMITTED", "TIME", ""];
        if has_tags {
            header.insert(TAGS_PLACE, "TAGS");
        }
        paper.table(&header, rows)?;
        if let Some(next) = next {
            let more = paper.ink.dim(&format!("more: --cursor {next}"));
            paper.line(&more)?;
        }
        if self.repairs.is_empty() {
            return Ok(());
        }
        paper.line("")?;
        repairs::table(&self.repairs, paper)
    }
}

/// Where the column of tags stands: behind what the run does.
const TAGS_PLACE: usize = 4;

/// What a run does; of one that makes another again the command alone would not tell it from that.
fn what(run: &RunSummary) -> String {
    let what = run.name.clone().unwrap_or_else(|| run.command.clone());
    if run.own_kind.as_deref() == Some("again") { format!("again: {what}") } else { what }
}

/// What is worth a remark: how it ended when not well, else its last metrics.
fn remark(run: &RunSummary) -> String {
    let remark = match (&run.outcome, run.state.as_str()) {
        (Some(outcome), "failed" | "lost") => outcome.clone(),
        _ => run.metrics.iter().take(3).map(metric_line).collect::<Vec<_>>().join("  "),
    };
    let remark = [remark, beside(run)].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("  ");
    match run.soundness.as_str() {
        "sound" => remark,
        other => format!("{other}  {remark}").trim_end().to_owned(),
    }
}

/// What does not belong to what the run measured.
fn beside(run: &RunSummary) -> String {
    let mut parts = Vec::new();
    if run.set_aside_total > 0 {
        parts.push(format!("{} set aside", words::counted(run.set_aside_total, "message", "messages")));
    }
    if run.added_later_total > 0 {
        parts.push(format!("{} added later", words::counted(run.added_later_total, "value", "values")));
    }
    parts.join("  ")
}

/// A run was submitted and nobody follows it.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct Submitted<'a>(pub &'a RunCreated);

impl ForPeople for Submitted<'_> {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        let run = &self.0.run;
        if self.0.up_to_date {
            let because = self.0.because.as_deref().unwrap_or("the same work was done before");
            return paper.line(&format!("run {}  {}  up to date: {because}", run.handle, run.project));
        }
        paper.line(&format!(
            "run {}  {}  {}; `hven attach {}` follows it",
            run.handle, run.project, run.state, run.handle
        ))
    }
}

/// Runs that were told to end, or would be.
#[derive(Debug, Serialize)]
pub struct Cancelled {
    pub schema: &'static str,
    pub dry_run: bool,
    pub runs: Vec<RunSummary>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub repairs: Vec<RepairSummary>,
}

impl ForPeople for Cancelled {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        for repair in &self.repairs {
            let state = paper.ink.state(&repair.state, &repair.state);
            let would = if self.dry_run { "; would be cancelled" } else { "" };
            paper.line(&format!("{}  {}  {state}{would}", repair.name, repair.project))?;
        }
        self.runs.iter().try_for_each(|run| {
            let state = paper.ink.state(&run.state, run.outcome.as_deref().unwrap_or(&run.state));
            let (handle, project) = (&run.handle, &run.project);
            if self.dry_run {
                let command = printable(&run.command);
                return paper.line(&format!("run {handle}  {project}  {state}; would be cancelled: {command}"));
            }
            paper.line(&format!("run {handle}  {project}  {state}"))
        })
    }
}
