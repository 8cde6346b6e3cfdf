//! Arrays for people.

use std::{collections::BTreeMap, io};

use hven_api::{
    arrays::{ArrayDetail, ArrayFailures, ArrayPoint, ArrayPreview, ArraySummary, ArrayTask, Axis, TaskCounts},
    page::Page,
    time_left::TimeLeft,
};
use serde::Serialize;
use serde_json::Value;

use crate::{
    command_result::HumanReadable,
    formats::{self, counted},
    metric_line::metric_line,
    shell_line::shell_line,
    terminal_writer::{Field, TerminalWriter, printable},
};

/// Arrays as a table.
pub(crate) fn table(arrays: &[ArraySummary], writer: &mut TerminalWriter<'_>) -> io::Result<()> {
    let rows = arrays.iter().map(|array| {
        vec![
            array.name.as_str().into(),
            Field::State(state(array).to_owned()),
            array.project.as_str().into(),
            counts_text(array).into(),
            array.title.as_deref().unwrap_or(&array.command).into(),
            formats::ago(&array.submitted, writer.now).into(),
        ]
    });
    let rows = rows.collect();
    writer.table(&["ARRAY", "STATE", "PROJECT", "TASKS", "WHAT", "SUBMITTED"], rows)
}

/// The state of an array for people: while it is held, no further task starts.
fn state(array: &ArraySummary) -> &str {
    if array.held && array.ended.is_none() { "held" } else { &array.state }
}

/// How many tasks are in which state: `2000 tasks: 1420 done, 2 failed, 2 running, 576 queued`.
pub fn counts_text(array: &ArraySummary) -> String {
    let TaskCounts { queued, waiting, running, done, failed, cancelled } = array.counts;
    // For a person, a task that waits for its turn is queued, whether the server gave it a run or not.
    let counts = [
        (done, "done"),
        (failed, "failed"),
        (cancelled, "cancelled"),
        (running, "running"),
        (queued + waiting, "queued"),
    ];
    let states: Vec<String> =
        counts.into_iter().filter(|(count, _)| *count > 0).map(|(count, state)| format!("{count} {state}")).collect();
    format!("{}: {}", counted(array.tasks, "task", "tasks"), states.join(", "))
}

/// An array that was submitted and is not followed.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct ArrayDetached<'a>(pub &'a ArrayDetail);

impl HumanReadable for ArrayDetached<'_> {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let ArraySummary { name, tasks, .. } = &self.0.array;
        let tasks = counted(*tasks, "task", "tasks");
        writer.line(&format!("{name}: {tasks}; `hven attach {name}` follows them, `hven cancel {name}` ends them"))?;
        self.0.waits.iter().try_for_each(|waits| writer.line(&printable(&waits.text)))
    }
}

impl HumanReadable for ArrayPreview {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        writer.line(&format!("{} would be submitted", counted(self.tasks, "task", "tasks")))?;
        let unknown = self.takes_unknown.as_ref().map(|said| printable(&said.text));
        writer.pairs(&[
            ("first", Some(shell_line(&self.first))),
            ("last", (self.tasks > 1).then(|| shell_line(&self.last))),
            ("takes", self.takes.as_ref().map(takes_text).or(unknown)),
        ])
    }
}

/// `about 4 min (3 min–6 min), from 40 earlier runs, if nothing else runs`.
fn takes_text(takes: &TimeLeft) -> String {
    let from = counted(takes.from, "earlier run", "earlier runs");
    format!("{}, from {from}, if nothing else runs", interval_text(takes))
}

/// An array with what is of interest when it has ended, or is looked at.
#[derive(Debug, Serialize)]
pub struct ArrayShown {
    #[serde(flatten)]
    pub detail: ArrayDetail,
    /// The failed tasks, grouped.
    pub failures: Option<ArrayFailures>,
    /// For each metric the tasks with the lowest and the highest last value.
    pub extremes: Vec<Extremes>,
}

/// The tasks with the lowest and the highest last value of a metric.
#[derive(Debug, Serialize)]
pub struct Extremes {
    pub metric: String,
    /// `None` when no task has a number.
    pub lowest: Option<ArrayPoint>,
    pub highest: Option<ArrayPoint>,
    /// How many tasks have a number.
    pub tasks: usize,
    /// How many tasks logged it, and it was NaN or infinite at last.
    pub not_finite: usize,
    /// How many of the tasks that succeeded did not log it.
    pub not_logged: u64,
    /// There are more tasks than were read.
    pub truncated: bool,
}

/// How many groups of failures are printed, and how many characters of a last line.
const GROUPS_SHOWN: usize = 8;
const LINE_CHARS: usize = 100;

impl HumanReadable for ArrayShown {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let ArrayDetail { array, axes, cwd, outputs, stop_when, gather, after, waits, .. } = &self.detail;
        let (title, state) = (writer.colours.bold(&array.name), writer.colours.state(state(array), state(array)));
        writer.line(&format!("{title}  {state}  {}", array.project))?;
        let place = if cwd.is_empty() { "a fresh folder for each task".to_owned() } else { cwd.clone() };
        let values: Vec<String> = axes.iter().map(axis_text).collect();
        writer.pairs(&[
            ("name", array.title.clone()),
            ("command", Some(array.command.clone())),
            ("folder", Some(place)),
            ("values", Some(values.join(" × "))),
            ("tasks", Some(counts_text(array))),
            ("outputs", (!outputs.is_empty()).then(|| outputs.join(" "))),
            ("after", (!after.is_empty()).then(|| after.join(", "))),
            ("waits", waits.as_ref().map(|waits| printable(&waits.text))),
            ("stops when", stop_when.clone()),
            ("stopped by", array.stopped_by.clone()),
            ("gathers", gather.as_ref().map(|gather| gather.dataset.clone())),
            ("gathered by", array.gathered_by.as_ref().map(|run| format!("run {}", run.handle))),
            ("not gathered", array.not_gathered.clone()),
            ("submitted", Some(formats::local(&array.submitted))),
            ("left", self.detail.left.as_ref().map(time_left_text)),
            ("ended", array.ended.as_deref().map(formats::local)),
            ("because", array.because.clone()),
        ])?;
        for other in &array.other_files {
            writer.line(&printable(&other.said.text))?;
        }
        for extremes in &self.extremes {
            writer.line(&extremes_line(extremes))?;
        }
        if let Some(failures) = &self.failures {
            write_failures(failures, &array.name, writer)?;
        }
        Ok(())
    }
}

fn write_failures(failures: &ArrayFailures, name: &str, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
    if failures.failed == 0 {
        return Ok(());
    }
    writer.heading("failed")?;
    for group in failures.groups.iter().take(GROUPS_SHOWN) {
        let line: String = printable(group.line.as_deref().unwrap_or("it printed nothing to stderr"))
            .chars()
            .take(LINE_CHARS)
            .collect();
        let (noun, tasks) = (if group.count == 1 { "task" } else { "tasks" }, short_tasks(&group.tasks));
        writer.line(&format!("  {:>6} ×  {}: {line}  ({noun} {tasks})", group.count, group.outcome))?;
    }
    let more = failures.groups.len().saturating_sub(GROUPS_SHOWN);
    if more > 0 {
        writer.line(&format!("  and {}", counted(more as u64, "more kind", "more kinds")))?;
    }
    if failures.read < failures.failed {
        writer.line(&format!("  the first {} of {} failed tasks were read", failures.read, failures.failed))?;
    }
    let hint = writer.colours.dim(&format!(
        "  `hven logs {name}:TASK` prints what a task said, `hven retry {name}` runs the failed ones again"
    ));
    writer.line(&hint)
}

/// At most a few ranges of tasks.
fn short_tasks(tasks: &str) -> String {
    const RANGES: usize = 4;
    let mut parts = tasks.split(',');
    let first: Vec<&str> = parts.by_ref().take(RANGES).collect();
    let more = if parts.next().is_some() { ", …" } else { "" };
    format!("{}{more}", first.join(", "))
}

/// `loss: lowest 0.031 at i=17 t=0.1, highest 2.4 at i=3 t=0.2; NaN or infinite in 2 tasks; not logged by 1 task`.
pub fn extremes_line(extremes: &Extremes) -> String {
    let Extremes { metric, lowest, highest, tasks, not_finite, not_logged, truncated } = extremes;
    let at = |point: &ArrayPoint| format!("{} at {}", formats::value(&point.value), values_text(&point.values));
    let numbers = match (lowest, highest) {
        (Some(lowest), Some(_)) if *tasks == 1 => Some(at(lowest)),
        (Some(lowest), Some(highest)) => Some(format!("lowest {}, highest {}", at(lowest), at(highest))),
        _ => None,
    };
    let count = |count: u64| counted(count, "task", "tasks");
    let not_finite = (*not_finite > 0).then(|| format!("NaN or infinite in {}", count(*not_finite as u64)));
    let not_logged = (*not_logged > 0).then(|| format!("not logged by {}", count(*not_logged)));
    let parts: Vec<String> = [numbers, not_finite, not_logged].into_iter().flatten().collect();
    let of = if *truncated { " (of the first tasks that were read)" } else { "" };
    format!("{}: {}{of}", printable(metric), parts.join("; "))
}

/// `i=17 t=0.1`.
pub fn values_text(values: &BTreeMap<String, Value>) -> String {
    let text = |value: &Value| match value {
        Value::String(text) => printable(text),
        other => other.to_string(),
    };
    let pairs: Vec<String> =
        values.iter().map(|(name, value)| format!("{}={}", printable(name), text(value))).collect();
    pairs.join(" ")
}

/// The values of an axis in a few words: `i = 1 … 1000`.
fn axis_text(axis: &Axis) -> String {
    const SHOWN: usize = 5;
    match axis {
        Axis::Range { name, first, step, scale, count } => {
            let number = |at: u64| {
                let digits = i128::from(*first) + i128::from(*step) * i128::from(at);
                formats::value(&Value::from(digits as f64 / 10_f64.powi((*scale).into())))
            };
            format!("{name} = {} … {} ({count})", number(0), number(count.saturating_sub(1)))
        }
        Axis::List { name, values } => {
            let shown: Vec<String> = values.iter().take(SHOWN).map(ToString::to_string).collect();
            let more = if values.len() > SHOWN { format!(", … ({})", values.len()) } else { String::new() };
            format!("{} = {}{more}", printable(name), printable(&shown.join(", ")))
        }
        Axis::Table { names, rows, origin, .. } => {
            let origin = if origin.is_empty() { String::new() } else { format!(" of {}", printable(origin)) };
            format!("{} in {rows} rows{origin}", printable(&names.join(", ")))
        }
        Axis::Zip { axes } => axes.iter().map(axis_text).collect::<Vec<_>>().join(" with "),
    }
}

/// `about 4 min (3 min–6 min), from 40 ended tasks`.
pub fn time_left_text(left: &TimeLeft) -> String {
    format!("{}, from {}", interval_text(left), counted(left.from, "ended task", "ended tasks"))
}

fn interval_text(time: &TimeLeft) -> String {
    let [seconds, low, high] = [time.seconds, time.low, time.high].map(formats::duration);
    format!("about {seconds} ({low}–{high})")
}

/// Why a task has no run yet.
#[derive(Debug, Serialize)]
pub struct TaskExplained {
    pub array: String,
    #[serde(flatten)]
    pub task: ArrayTask,
}

impl HumanReadable for TaskExplained {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let ArrayTask { task, state, values, queued, .. } = &self.task;
        let shown = writer.colours.state(state, state);
        writer.line(&format!("{}:{task}  {shown}  {}", self.array, values_text(values)))?;
        let Some(queued) = queued else {
            return writer.line("  it was cancelled before it had a run");
        };
        if let Some(waits) = &queued.waits {
            writer.line(&format!("  waits      {}", printable(&waits.text)))?;
        }
        let ahead = counted(queued.ahead, "task of the array comes", "tasks of the array come");
        writer.line(&format!("  waits      {ahead} before it"))?;
        if queued.waits.is_some() {
            return Ok(());
        }
        let starts = queued.starts.as_ref().map_or_else(
            || "not known yet: too few tasks of the array have ended".to_owned(),
            |starts| format!("in {}", time_left_text(starts)),
        );
        writer.line(&format!("  starts     {starts}"))
    }
}

/// Tasks of an array as a list.
#[derive(Debug, Serialize)]
pub struct ArrayTasks {
    #[serde(flatten)]
    pub page: Page<ArrayTask>,
    #[serde(skip)]
    pub array: String,
}

impl HumanReadable for ArrayTasks {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        if self.page.items.is_empty() {
            return writer.line(&format!("no task of {} is in that state", self.array));
        }
        let rows = self.page.items.iter().map(|task| task_row(&self.array, task)).collect();
        writer.table(&["TASK", "STATE", "VALUES", "RUN", "TIME", ""], rows)?;
        match &self.page.next {
            Some(next) => {
                let more = writer.colours.dim(&format!("more: --from {next}"));
                writer.line(&more)
            }
            None => Ok(()),
        }
    }
}

fn task_row(array: &str, task: &ArrayTask) -> Vec<Field> {
    let run = task.run.as_ref();
    let remark = run.map(|run| match (&run.outcome, run.state.as_str()) {
        (Some(outcome), state) if state != "done" => outcome.clone(),
        _ => run.metrics.iter().map(metric_line).collect::<Vec<_>>().join("  "),
    });
    vec![
        format!("{array}:{}", task.task).into(),
        Field::State(task.state.clone()),
        values_text(&task.values).into(),
        run.map_or_else(String::new, |run| run.handle.clone()).into(),
        Field::Number(run.and_then(|run| run.wall_s).map(formats::duration).unwrap_or_default()),
        Field::Dim(remark.unwrap_or_default()),
    ]
}
