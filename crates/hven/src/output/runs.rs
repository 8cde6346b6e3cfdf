//! Runs for people: the list, one run, why, and the line at the end.

use std::io;

use hven_api::{
    logs::{LogChunk, LogPage},
    metrics::MetricSummary,
    page::Page,
    runs::{
        CaptureNote, Code, Explanation, InnerRepository, LineageStep, Place, Resources, RunCreated, RunDetail,
        RunSummary, Spec, Why,
    },
    stdin::Stdin,
};
use hven_core::{Digest, capture::Note, file_name, params::Params, run};
use serde::Serialize;

use super::{
    ForPeople, Paper, labels,
    paper::{Field, Ink, printable},
    process,
    reproduce::made_again,
    soundness, words,
};
use crate::commands::ps::Runs;

impl ForPeople for Runs {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        let Page { items, next, .. } = &self.page;
        if items.is_empty() {
            return paper.line(self.hint);
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
        Ok(())
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
        _ => run.metrics.iter().take(3).map(metric).collect::<Vec<_>>().join("  "),
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

fn metric(metric: &MetricSummary) -> String {
    format!("{} {}", metric.key, words::value(&metric.last))
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
}

impl ForPeople for Cancelled {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
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

/// The one line at the end of `hven run`.
pub fn finished_line(run: &RunDetail, ink: Ink) -> String {
    let summary = &run.summary;
    let outcome = summary.outcome.clone().unwrap_or_else(|| summary.state.clone());
    let ended = match summary.wall_s {
        Some(wall_s) if summary.state == "done" => format!("{outcome} in {}", words::duration(wall_s)),
        Some(wall_s) if wall_s > 0.0 => ended_after(run, &outcome, wall_s),
        _ => outcome,
    };
    let mut parts = vec![
        format!("run {}", summary.handle),
        summary.project.clone(),
        ink.state(&summary.state, &in_one_line(&ended)),
    ];
    if let Some(shown) = summary.metrics.first() {
        parts.push(printable(&metric(shown)));
    }
    if summary.outputs > 0 {
        parts.push(words::counted(summary.outputs.into(), "output", "outputs"));
    }
    if summary.set_aside_total > 0 {
        parts.push(format!("{} set aside", words::counted(summary.set_aside_total, "message", "messages")));
    }
    parts.push(run.url.clone());
    let (first, rest) = parts.split_at(2);
    format!("{}  {}", first.join("  "), rest.join("   "))
}

/// How it ended, and how long it had run. At its time limit that is said already; the reason for which an output was not kept
/// came after the process.
fn ended_after(run: &RunDetail, outcome: &str, wall_s: f64) -> String {
    let wall = words::duration(wall_s);
    match run.outcome_detail.as_ref().map(|detail| detail.kind.as_str()) {
        Some("timed_out") => outcome.to_owned(),
        Some("output_missing" | "output_not_kept") => format!("{outcome}; the command took {wall}"),
        _ => format!("{outcome} after {wall}"),
    }
}

impl ForPeople for RunDetail {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        let run = &self.summary;
        let state = paper.ink.state(&run.state, run.outcome.as_deref().unwrap_or(&run.state));
        let spec = self.spec.as_ref();
        let by = run.submitted_by.name.clone().unwrap_or_else(|| run.submitted_by.kind.clone());
        let title = paper.ink.bold(&format!("run {}", run.handle));
        paper.line(&format!("{title}  {}  {}", run.project, printable(run.name.as_deref().unwrap_or_default())))?;
        soundness::banner(paper, self.suspicion.as_ref())?;
        super::publications::origin(paper, self.origin.as_ref())?;
        paper.pairs(&[
            ("state", Some(state)),
            ("archived", run.archived.then(|| "yes: lists leave it out".to_owned())),
            ("waits", self.waiting.clone()),
            ("command", Some(printable(&command(run, spec)))),
            ("in", spec.map(folder)),
            ("id", Some(run.id.clone())),
            ("tags", Some(run.tags.join(" ")).filter(|tags| !tags.is_empty())),
            ("note", self.note.as_ref().map(|note| labels::note_lines(note, paper.ink, paper.now))),
            (
                "submitted",
                Some(format!("{}  ({}) by {by}", words::local(&run.submitted), words::ago(&run.submitted, paper.now))),
            ),
            ("started", run.started.as_deref().map(words::local)),
            ("ended", ended(self)),
            ("took", run.wall_s.map(words::duration)),
            ("used", used(self)),
            ("asked for", spec.map(|spec| asked(&spec.resources)).filter(|text| !text.is_empty())),
            ("standard input", process::stdin(self)),
            ("from its shell", spec.and_then(|spec| spec.process.as_ref()).and_then(process::unusual)),
            ("code", spec.and_then(|spec| spec.code.as_ref()).map(code_line)),
            ("software", software(self)),
            (
                "environment",
                spec.map(|spec| spec.environment.keys().cloned().collect::<Vec<_>>().join(" "))
                    .filter(|text| !text.is_empty()),
            ),
            ("secrets", spec.map(|spec| spec.secrets.join(" ")).filter(|text| !text.is_empty())),
            ("log", Some(log_line(self))),
            ("reproduction", self.made_again.as_ref().map(|again| made_again(again, paper.ink))),
            ("page", Some(self.url.clone())),
        ])?;
        if !run.params.is_empty() {
            paper.heading("parameters")?;
            write_params(&run.params, paper)?;
        }
        if !run.metrics.is_empty() {
            let of_attempt = if run.attempts > 1 { format!(" of attempt {}", run.attempts) } else { String::new() };
            paper.heading(&format!("metrics{of_attempt}"))?;
            write_metrics(&run.metrics, paper)?;
        }
        self.write_beside(paper)?;
        self.write_files(paper)?;
        let recorded = self.capture_notes.iter().filter(|note| !as_note(note).is_of_attempt());
        let left_out: Vec<String> = recorded.filter_map(note_line).collect();
        if !left_out.is_empty() {
            paper.heading("not recorded")?;
            left_out.iter().try_for_each(|line| paper.line(line))?;
        }
        let found = found_otherwise(self);
        if !found.is_empty() {
            paper.heading("its outputs are not used again, because")?;
            found.iter().try_for_each(|line| paper.line(line))?;
        }
        if self.attempt_list.len() > 1 {
            paper.heading("attempts")?;
            let rows = self.attempt_list.iter().map(|attempt| {
                vec![
                    Field::Number(attempt.number.to_string()),
                    attempt.outcome.as_ref().map_or("runs", |outcome| outcome.said.text.as_str()).into(),
                    Field::Number(attempt.wall_s.map(words::duration).unwrap_or_default()),
                    attempt.retry_because.clone().unwrap_or_default().into(),
                ]
            });
            let rows = rows.collect();
            paper.table(&["ATTEMPT", "OUTCOME", "TIME", "TRIED AGAIN BECAUSE"], rows)?;
        }
        for attempt in self.attempt_list.iter().filter(|attempt| !attempt.params.is_empty()) {
            paper.heading(&format!(
                "parameters of attempt {}, which another followed: they do not count for the run",
                attempt.number
            ))?;
            write_params(&attempt.params, paper)?;
        }
        for attempt in self.attempt_list.iter().filter(|attempt| !attempt.metrics.is_empty()) {
            paper.heading(&format!(
                "metrics of attempt {}, which another followed: no claim uses them",
                attempt.number
            ))?;
            write_metrics(&attempt.metrics, paper)?;
        }
        Ok(())
    }
}

/// When it ended, and when that was recorded where it was later: the server was away then, or its disk full.
fn ended(run: &RunDetail) -> Option<String> {
    const AT_ONCE_S: f64 = 5.0;
    let ended = run.summary.ended.as_deref()?;
    let is_late = |recorded: &&str| words::seconds_between(ended, recorded).is_some_and(|late_s| late_s > AT_ONCE_S);
    let recorded = run.end_recorded.as_deref().filter(is_late);
    let recorded = recorded.map(|recorded| format!("  (recorded at {})", words::local(recorded))).unwrap_or_default();
    Some(format!("{}{recorded}", words::local(ended)))
}

fn write_params(params: &Params, paper: &mut Paper<'_>) -> io::Result<()> {
    let rows = params.iter().map(|(name, value)| vec![name.as_str().into(), words::value(value).into()]);
    paper.table(&["NAME", "VALUE"], rows.collect())
}

fn write_metrics(metrics: &[MetricSummary], paper: &mut Paper<'_>) -> io::Result<()> {
    paper.table(&["NAME", "LAST", "STEP", "MIN", "MAX", "POINTS"], metrics.iter().map(metric_row).collect())
}

/// What a note says, as a line; `None` when there is nothing to mind.
pub fn note_line(note: &CaptureNote) -> Option<String> {
    as_note(note).said().map(|said| in_one_line(&said))
}

/// What the process of a run found otherwise than it is recorded, in lines.
pub fn found_otherwise(run: &RunDetail) -> Vec<String> {
    let found = run.capture_notes.iter().map(as_note).filter(Note::is_of_attempt);
    found.filter_map(|note| note.said()).map(|said| in_one_line(&said)).collect()
}

/// What has names of files in it: a line end in one begins no line.
fn in_one_line(said: &str) -> String {
    file_name::shown(said).into_owned()
}

fn as_note(note: &CaptureNote) -> Note {
    let zero = Digest::ZERO;
    match note.clone() {
        CaptureNote::LinkOutside { path, target } => Note::LinkOutside { path, target },
        CaptureNote::Link { path, target } => Note::Link { path, target },
        CaptureNote::KeyFile { path, .. } => Note::KeyFile { path, digest: zero },
        CaptureNote::KeyInput { path } => Note::KeyInput { path },
        CaptureNote::Special { path, what } => Note::Special { path, what },
        CaptureNote::NotSeen { path, why } => Note::NotSeen { path, why },
        CaptureNote::ByChange { path } => Note::ByChange { path },
        CaptureNote::Folder { path } => Note::Folder { path },
        CaptureNote::NotCaptured { path, why } => Note::NotCaptured { path, why },
        CaptureNote::InputChanged { path } => Note::InputChanged { path },
        CaptureNote::InputChangedWhileItRan { path } => Note::InputChangedWhileItRan { path },
        CaptureNote::CodeChanged { path } => Note::CodeChanged { path },
        CaptureNote::CodeWrittenAgain { path } => Note::CodeWrittenAgain { path },
        CaptureNote::InputTouchedWhileItRan { path } => Note::InputTouchedWhileItRan { path },
        CaptureNote::CodeChangedBeforeItEnded { path } => Note::CodeChangedBeforeItEnded { path },
        CaptureNote::CodeWrittenBeforeItEnded { path } => Note::CodeWrittenBeforeItEnded { path },
        CaptureNote::OutputNotWritten { path } => Note::OutputNotWritten { path },
        CaptureNote::MoreNotWritten { path, files } => Note::MoreNotWritten { path, files },
        CaptureNote::OutputShared { path, handle } => Note::OutputShared { path, handle },
        CaptureNote::MoreShared { path, runs } => Note::MoreShared { path, runs },
        CaptureNote::MoreChanged { path, files } => Note::MoreChanged { path, files },
        CaptureNote::NotCompared { path, why } => Note::NotCompared { path, why },
    }
}

fn metric_row(metric: &MetricSummary) -> Vec<Field> {
    let number = |x: Option<f64>| Field::Number(x.map(|x| words::value(&serde_json::json!(x))).unwrap_or_default());
    vec![
        metric.key.as_str().into(),
        Field::Number(words::value(&metric.last)),
        Field::Number(metric.last_step.to_string()),
        number(metric.min),
        number(metric.max),
        Field::Number(metric.points.to_string()),
    ]
}

trait Beside {
    fn write_beside(&self, paper: &mut Paper<'_>) -> io::Result<()>;
}

impl Beside for RunDetail {
    /// What was added after the end, and what could not be taken in.
    fn write_beside(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        if !self.summary.added_later.is_empty() {
            paper.heading("added later, after the run had ended (it did not measure this)")?;
            let rows = self.summary.added_later.iter().map(|added| {
                vec![
                    added.kind.as_str().into(),
                    added.name.as_str().into(),
                    Field::Number(words::value(&added.value)),
                    Field::Number(added.step.map(|step| step.to_string()).unwrap_or_default()),
                    added.by.name.clone().unwrap_or_else(|| added.by.id.clone()).into(),
                    words::local(&added.added).into(),
                ]
            });
            let rows = rows.collect();
            paper.table(&["", "NAME", "VALUE", "STEP", "ADDED BY", "ON"], rows)?;
        }
        if !self.set_aside.is_empty() {
            let count = words::counted(self.summary.set_aside_total, "message", "messages");
            paper.heading(&format!("{count} set aside, because they could not be taken in"))?;
            let rows = self.set_aside.iter().map(|aside| {
                let bytes = if aside.bytes == 0 { String::new() } else { words::bytes(aside.bytes) };
                vec![aside.what.as_str().into(), aside.why.as_str().into(), Field::Number(bytes)]
            });
            let rows = rows.collect();
            paper.table(&["WHAT", "WHY", "SIZE"], rows)?;
        }
        Ok(())
    }
}

trait Files {
    fn write_files(&self, paper: &mut Paper<'_>) -> io::Result<()>;
}

impl Files for RunDetail {
    fn write_files(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        let inputs = self.spec.iter().flat_map(|spec| &spec.inputs).map(|file| ("input", file));
        let on_stdin = self.spec.iter().filter_map(|spec| match &spec.stdin {
            Some(Stdin::File { file, .. }) => Some(("standard input", file)),
            _ => None,
        });
        let outputs = self.output_files.iter().map(|file| ("output", file));
        let mut rows: Vec<Vec<Field>> = inputs
            .chain(on_stdin)
            .chain(outputs)
            .map(|(kind, file)| {
                let path = file_name::shown(&file.path);
                let path = if file.kind == "folder" { format!("{path}/") } else { path.into_owned() };
                vec![
                    kind.into(),
                    path.into(),
                    Field::Number(words::bytes(file.size)),
                    Field::Dim(words::short(&file.digest).to_owned()),
                ]
            })
            .collect();
        rows.extend(self.outputs_missing.iter().map(|missing| {
            vec![
                "missing".into(),
                file_name::shown(&missing.path).into_owned().into(),
                Field::Number(String::new()),
                missing.why.as_str().into(),
            ]
        }));
        if rows.is_empty() {
            return Ok(());
        }
        paper.heading("files")?;
        paper.table(&["", "PATH", "SIZE", "DIGEST"], rows)
    }
}

/// Nothing where nothing was measured: a process uses some memory.
fn used(run: &RunDetail) -> Option<String> {
    let usage = run.usage.as_ref().filter(|usage| usage.memory_max_bytes > 0)?;
    Some(format!(
        "{} of CPU, {} of memory at most, {} read, {} written",
        words::duration(usage.cpu_user_s + usage.cpu_system_s),
        words::bytes(usage.memory_max_bytes),
        words::bytes(usage.read_bytes),
        words::bytes(usage.written_bytes),
    ))
}

fn asked(resources: &Resources) -> String {
    let mut parts = Vec::new();
    if let Some(cpus) = resources.cpus {
        parts.push(words::counted(cpus.into(), "core", "cores"));
    }
    if let Some(memory) = resources.memory_bytes.filter(|&n| n > 0) {
        parts.push(format!("{} of memory", words::bytes(memory)));
    }
    parts.extend(resources.named.iter().map(|(name, n)| format!("{n} {name}")));
    parts.join(", ")
}

/// The code in one line.
pub(super) fn code_line(code: &Code) -> String {
    match code {
        Code::Git { commit, branch, prefix, diff, untracked, inner, .. } => {
            let mut text = format!("git {}", words::short(commit));
            if let Some(branch) = branch {
                text = format!("{text} on {branch}");
            }
            if !prefix.is_empty() {
                text = format!("{text}, in {prefix}");
            }
            if diff.is_some() {
                text.push_str(", with changes");
            }
            if !untracked.is_empty() {
                text =
                    format!("{text}, {}", words::counted(untracked.len() as u64, "file beside it", "files beside it"));
            }
            for inner in inner {
                let InnerRepository { path, commit, changed, is_named } = inner.clone();
                text = format!("{text}; {}", run::InnerRepository { path, commit, changed, is_named });
            }
            printable(&text)
        }
        Code::Folder { listing, files, bytes } => {
            let files = words::counted(*files, "file", "files");
            format!("folder of {files}, {} ({})", words::bytes(*bytes), words::short(listing))
        }
        Code::NotCaptured { why } => format!("not captured: {}", printable(why)),
    }
}

fn software(run: &RunDetail) -> Option<String> {
    let software = run.software.as_ref()?;
    let mut parts: Vec<String> = Vec::new();
    if let Some(interpreter) = &software.interpreter {
        parts.push(format!("{interpreter} {}", software.version.as_deref().unwrap_or_default()).trim().to_owned());
    }
    if !software.packages.is_empty() {
        parts.push(words::counted(software.packages.len() as u64, "package", "packages"));
    }
    parts.extend(software.platform.clone());
    Some(parts.join(", ")).filter(|text| !text.is_empty())
}

fn log_line(run: &RunDetail) -> String {
    if run.origin.is_some() && run.log_bytes == 0 {
        return "not here: a publication holds no logs".to_owned();
    }
    match run.log_dropped_bytes {
        0 => words::bytes(run.log_bytes),
        dropped => format!("{}, and {} of its middle dropped", words::bytes(run.log_bytes), words::bytes(dropped)),
    }
}

fn command(run: &RunSummary, spec: Option<&Spec>) -> String {
    match spec {
        Some(Spec { recipe: Some(recipe), .. }) => {
            format!("recipe {} (version {}) {}", recipe.name, recipe.version, recipe.arguments)
        }
        Some(spec) => shell_line(&spec.argv),
        None => run.command.clone(),
    }
}

fn folder(spec: &Spec) -> String {
    match spec.place {
        Place::Here => file_name::shown(&spec.cwd).into_owned(),
        Place::Fresh if spec.cwd.is_empty() => "a fresh folder that held its inputs".to_owned(),
        Place::Fresh => format!("{}, in a fresh folder that held its inputs", file_name::shown(&spec.cwd)),
    }
}

/// A command as one would type it.
pub fn shell_line(argv: &[impl AsRef<str>]) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    let quoted = argv.iter().map(|arg| {
        let arg = arg.as_ref();
        if !arg.is_empty() && arg.chars().all(plain) {
            arg.to_owned()
        } else if !file_name::is_plain(arg) {
            // Bytes that are no text are typed by their numbers.
            let escaped = arg.replace('\\', r"\\").replace('\'', r"\'").replace('\n', r"\n");
            format!("$'{}'", file_name::show_bytes(&escaped))
        } else {
            format!("'{}'", arg.replace('\'', r"'\''"))
        }
    });
    quoted.collect::<Vec<_>>().join(" ")
}

impl ForPeople for Why {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        let title = paper.ink.bold(&format!("run {}", self.run.handle));
        paper.line(&format!("{title} rests on"))?;
        write_steps(paper, &self.rests_on, "nothing that was declared: no inputs, and its code was not captured")?;
        if !self.supports.is_empty() {
            paper.heading("and was used by")?;
            write_steps(paper, &self.supports, "")?;
        }
        if self.truncated {
            paper.line("… and more: the walk stopped at its limit")?;
        }
        Ok(())
    }
}

fn write_steps(paper: &mut Paper<'_>, steps: &[LineageStep], none: &str) -> io::Result<()> {
    if steps.is_empty() {
        return paper.line(&format!("  {none}"));
    }
    for step in steps {
        let indent = "  ".repeat(step.depth.max(1) as usize);
        paper.line(&format!("{indent}{}  {}", paper.ink.dim(&step.edge), printable(&step.said.text)))?;
    }
    Ok(())
}

impl ForPeople for Explanation {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        let title = paper.ink.bold(&format!("run {}", self.run.handle));
        let state = paper.ink.state(&self.state, &self.state);
        paper.line(&format!("{title}  {state}"))?;
        let pairs: Vec<_> =
            self.lines.iter().map(|line| (line.about.as_str(), Some(printable(&line.said.text)))).collect();
        paper.pairs(&pairs)
    }
}

impl ForPeople for LogChunk {
    const SCHEMA: Option<&'static str> = Some("hven.log_chunk/1");

    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        paper.line(&self.text)
    }
}

impl ForPeople for LogPage {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        self.chunks.iter().try_for_each(|chunk| chunk.write(paper))
    }
}

impl ForPeople for hven_api::logs::LogMatches {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        for found in &self.matches {
            let has_states = found.state > 1 || found.overwritten;
            let state = if has_states { format!(" state {}", found.state) } else { String::new() };
            let place = paper.ink.dim(&format!("{:>6}{state}", found.line));
            paper.line(&format!("{place}  {}", printable(&found.text)))?;
        }
        if self.truncated {
            paper.line("… and more: the search stopped at its limit")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_shown_as_they_are_typed() {
        let check = |argv: &[&str], wanted: &str| {
            let argv: Vec<String> = argv.iter().map(|arg| (*arg).to_owned()).collect();
            assert_eq!(shell_line(&argv), wanted);
        };
        check(&["python", "train.py", "--lr=0.1"], "python train.py --lr=0.1");
        check(&["sh", "-c", "echo it's $HOME"], r"sh -c 'echo it'\''s $HOME'");
        check(&["echo", ""], "echo ''");
        check(&["cat", "it's Gr\u{eff6}\u{efdf}e.txt"], r"cat $'it\'s Gr\xF6\xDFe.txt'");
    }
}
