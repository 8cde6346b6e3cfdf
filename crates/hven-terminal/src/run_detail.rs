//! Human-readable output for one run, with all details.

use std::io;

use hven_api::{
    external::ExternalWork,
    metrics::MetricSummary,
    runs::{Code, InnerRepository, Resources, RunDeletion, RunDetail, RunFolder, RunSummary, Spec},
    stdin::Stdin,
};
use hven_core::{file_name, params::Params, resources::unit_names_line, run};

use crate::{
    command_result::HumanReadable,
    formats, labels,
    origin::origin,
    process,
    queueing::queue_line,
    reproduce::made_again,
    run_notes::{as_note, found_otherwise, note_line},
    shell_line::shell_line,
    soundness,
    terminal_writer::{Field, TerminalWriter, printable},
};

/// The deletion of a run in one sentence, for commands that find its content erased.
pub fn deletion(run: &RunDetail) -> Option<String> {
    let deleted = run.deleted.as_ref()?;
    let line = deleted_line(deleted, jiff::Timestamp::now());
    Some(format!("run {} was deleted {line}", run.summary.handle))
}

fn deleted_line(deleted: &RunDeletion, now: jiff::Timestamp) -> String {
    let by = deleted.by.name.as_deref().unwrap_or(&deleted.by.kind);
    format!("by {}, {}: {}", printable(by), formats::ago(&deleted.time, now), printable(&deleted.because))
}

impl HumanReadable for RunDetail {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let run = &self.summary;
        let state = writer.colours.state(&run.state, run.outcome.as_deref().unwrap_or(&run.state));
        let (spec, external) = (self.spec.as_ref(), self.external.as_ref());
        let by = run.submitted_by.name.clone().unwrap_or_else(|| run.submitted_by.kind.clone());
        let title = writer.colours.bold(&format!("run {}", run.handle));
        writer.line(&format!("{title}  {}  {}", run.project, printable(run.name.as_deref().unwrap_or_default())))?;
        soundness::banner(writer, self.suspicion.as_ref())?;
        origin(writer, self.origin.as_ref())?;
        writer.pairs(&[
            ("state", Some(state)),
            ("deleted", self.deleted.as_ref().map(|deleted| deleted_line(deleted, writer.now))),
            ("content", self.deleted.as_ref().map(|_| "erased: command, values, log and files".to_owned())),
            ("archived", run.archived.then(|| "yes: lists leave it out".to_owned())),
            ("waits", self.waiting.clone()),
            ("task", self.task_of.as_ref().map(|of| format!("{} of {}", of.task, printable(&of.array)))),
            ("command", Some(printable(&command(run, spec))).filter(|_| self.deleted.is_none())),
            ("in", spec.map(folder).or_else(|| external.and_then(|work| work.folder.as_deref().map(printable)))),
            ("done", external.map(elsewhere)),
            ("id", Some(run.id.clone())),
            ("tags", Some(run.tags.join(" ")).filter(|tags| !tags.is_empty())),
            ("note", self.note.as_ref().map(|note| labels::note_lines(note, writer.colours, writer.now))),
            (
                "submitted",
                Some(format!(
                    "{}  ({}) by {by}",
                    formats::local(&run.submitted),
                    formats::ago(&run.submitted, writer.now)
                )),
            ),
            ("started", run.started.as_deref().map(formats::local)),
            ("ended", ended(self)),
            ("took", run.wall_s.map(formats::duration)),
            ("used", used(self)),
            ("asked for", spec.map(|spec| asked(&spec.resources)).filter(|text| !text.is_empty())),
            (
                "reserved",
                self.attempt_list.last().map(|last| unit_names_line(&last.units)).filter(|text| !text.is_empty()),
            ),
            ("queue", queue_line(&self.queue)),
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
            ("log", Some(log_line(self)).filter(|_| self.deleted.is_none())),
            ("reproduction", self.made_again.as_ref().map(|again| made_again(again, writer.colours))),
            ("page", Some(self.url.clone())),
        ])?;
        if !run.params.is_empty() {
            writer.heading("parameters")?;
            write_params(&run.params, writer)?;
        }
        if !run.metrics.is_empty() {
            let of_attempt = if run.attempts > 1 { format!(" of attempt {}", run.attempts) } else { String::new() };
            writer.heading(&format!("metrics{of_attempt}"))?;
            write_metrics(&run.metrics, writer)?;
        }
        self.write_later_additions(writer)?;
        self.write_files(writer)?;
        let recorded = self.capture_notes.iter().filter(|note| !as_note(note).is_of_attempt());
        let left_out: Vec<String> = recorded.filter_map(note_line).collect();
        if !left_out.is_empty() {
            writer.heading("not recorded")?;
            left_out.iter().try_for_each(|line| writer.line(line))?;
        }
        let found = found_otherwise(self);
        if !found.is_empty() {
            writer.heading("its outputs are not used again, because")?;
            found.iter().try_for_each(|line| writer.line(line))?;
        }
        if self.attempt_list.len() > 1 {
            writer.heading("attempts")?;
            let rows = self.attempt_list.iter().map(|attempt| {
                vec![
                    Field::Number(attempt.number.to_string()),
                    attempt.outcome.as_ref().map_or("runs", |outcome| outcome.said.text.as_str()).into(),
                    Field::Number(attempt.wall_s.map(formats::duration).unwrap_or_default()),
                    attempt.retry_because.clone().unwrap_or_default().into(),
                ]
            });
            let rows = rows.collect();
            writer.table(&["ATTEMPT", "OUTCOME", "TIME", "TRIED AGAIN BECAUSE"], rows)?;
        }
        for attempt in self.attempt_list.iter().filter(|attempt| !attempt.params.is_empty()) {
            writer.heading(&format!(
                "parameters of attempt {}, which another followed: they do not count for the run",
                attempt.number
            ))?;
            write_params(&attempt.params, writer)?;
        }
        for attempt in self.attempt_list.iter().filter(|attempt| !attempt.metrics.is_empty()) {
            writer.heading(&format!(
                "metrics of attempt {}, which another followed: no claim uses them",
                attempt.number
            ))?;
            write_metrics(&attempt.metrics, writer)?;
        }
        Ok(())
    }
}

/// The end time, and the time when the end was recorded if it was recorded later: because the server was away, or its
/// disk was full.
fn ended(run: &RunDetail) -> Option<String> {
    const AT_ONCE_S: f64 = 5.0;
    let ended = run.summary.ended.as_deref()?;
    let is_late = |recorded: &&str| formats::seconds_between(ended, recorded).is_some_and(|late_s| late_s > AT_ONCE_S);
    let recorded = run.end_recorded.as_deref().filter(is_late);
    let recorded = recorded.map(|recorded| format!("  (recorded at {})", formats::local(recorded))).unwrap_or_default();
    Some(format!("{}{recorded}", formats::local(ended)))
}

fn write_params(params: &Params, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
    let rows = params.iter().map(|(name, value)| vec![name.as_str().into(), formats::value(value).into()]);
    writer.table(&["NAME", "VALUE"], rows.collect())
}

fn write_metrics(metrics: &[MetricSummary], writer: &mut TerminalWriter<'_>) -> io::Result<()> {
    writer.table(&["NAME", "LAST", "STEP", "MIN", "MAX", "POINTS"], metrics.iter().map(metric_row).collect())
}

fn metric_row(metric: &MetricSummary) -> Vec<Field> {
    let number = |x: Option<f64>| Field::Number(x.map(|x| formats::value(&serde_json::json!(x))).unwrap_or_default());
    vec![
        metric.key.as_str().into(),
        Field::Number(formats::value(&metric.last)),
        Field::Number(metric.last_step.to_string()),
        number(metric.min),
        number(metric.max),
        Field::Number(metric.points.to_string()),
    ]
}

trait LaterAdditions {
    fn write_later_additions(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()>;
}

impl LaterAdditions for RunDetail {
    /// Values that were added after the end, and messages that were set aside.
    fn write_later_additions(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        if !self.summary.added_later.is_empty() {
            writer.heading("added later, after the run had ended (it did not measure this)")?;
            let rows = self.summary.added_later.iter().map(|added| {
                vec![
                    added.kind.as_str().into(),
                    added.name.as_str().into(),
                    Field::Number(formats::value(&added.value)),
                    Field::Number(added.step.map(|step| step.to_string()).unwrap_or_default()),
                    added.by.name.clone().unwrap_or_else(|| added.by.id.clone()).into(),
                    formats::local(&added.added).into(),
                ]
            });
            let rows = rows.collect();
            writer.table(&["", "NAME", "VALUE", "STEP", "ADDED BY", "ON"], rows)?;
        }
        if !self.set_aside.is_empty() {
            let count = formats::counted(self.summary.set_aside_total, "message", "messages");
            writer.heading(&format!("{count} set aside, because they could not be accepted"))?;
            let rows = self.set_aside.iter().map(|aside| {
                let bytes = if aside.bytes == 0 { String::new() } else { formats::bytes(aside.bytes) };
                vec![aside.what.as_str().into(), aside.why.as_str().into(), Field::Number(bytes)]
            });
            let rows = rows.collect();
            writer.table(&["WHAT", "WHY", "SIZE"], rows)?;
        }
        Ok(())
    }
}

trait Files {
    fn write_files(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()>;
}

impl Files for RunDetail {
    fn write_files(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
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
                    Field::Number(formats::bytes(file.size)),
                    Field::Dim(formats::short(&file.digest).to_owned()),
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
        writer.heading("files")?;
        writer.table(&["", "PATH", "SIZE", "DIGEST"], rows)
    }
}

/// The resource use; `None` when nothing was measured, because every process uses some memory.
fn used(run: &RunDetail) -> Option<String> {
    let usage = run.usage.as_ref().filter(|usage| usage.memory_max_bytes > 0)?;
    Some(format!(
        "{} of CPU, {} of memory at most, {} read, {} written",
        formats::duration(usage.cpu_user_s + usage.cpu_system_s),
        formats::bytes(usage.memory_max_bytes),
        formats::bytes(usage.read_bytes),
        formats::bytes(usage.written_bytes),
    ))
}

fn asked(resources: &Resources) -> String {
    let mut parts = Vec::new();
    if let Some(cpus) = resources.cpus {
        parts.push(formats::counted(cpus.into(), "core", "cores"));
    }
    if let Some(memory) = resources.memory_bytes.filter(|&n| n > 0) {
        parts.push(format!("{} of memory", formats::bytes(memory)));
    }
    parts.extend(resources.named.iter().map(|(name, n)| format!("{n} {name}")));
    parts.join(", ")
}

/// The code in one line.
fn code_line(code: &Code) -> String {
    match code {
        Code::Git { commit, branch, prefix, diff, untracked, inner, .. } => {
            let mut text = format!("git {}", formats::short(commit));
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
                text = format!(
                    "{text}, {}",
                    formats::counted(untracked.len() as u64, "untracked file", "untracked files")
                );
            }
            for inner in inner {
                let InnerRepository { path, commit, changed, is_named } = inner.clone();
                text = format!("{text}; {}", run::InnerRepository { path, commit, changed, is_named });
            }
            printable(&text)
        }
        Code::Folder { listing, files, bytes } => {
            let files = formats::counted(*files, "file", "files");
            format!("folder of {files}, {} ({})", formats::bytes(*bytes), formats::short(listing))
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
        parts.push(formats::counted(software.packages.len() as u64, "package", "packages"));
    }
    parts.extend(software.platform.clone());
    Some(parts.join(", ")).filter(|text| !text.is_empty())
}

/// Where work is done that Hven did not start.
fn elsewhere(work: &ExternalWork) -> String {
    let place = work.host.as_deref().map_or_else(|| "elsewhere".to_owned(), |host| format!("on {}", printable(host)));
    format!("{place}, reported by {}", printable(&work.source))
}

fn log_line(run: &RunDetail) -> String {
    if run.external.is_some() {
        return "not seen: its work is done elsewhere".to_owned();
    }
    if run.origin.is_some() && run.log_bytes == 0 {
        return "not here: a publication holds no logs".to_owned();
    }
    match run.log_dropped_bytes {
        0 => formats::bytes(run.log_bytes),
        dropped => format!("{}, and {} of its middle dropped", formats::bytes(run.log_bytes), formats::bytes(dropped)),
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
        RunFolder::Here => file_name::shown(&spec.cwd).into_owned(),
        RunFolder::Fresh if spec.cwd.is_empty() => "a fresh folder that held its inputs".to_owned(),
        RunFolder::Fresh => format!("{}, in a fresh folder that held its inputs", file_name::shown(&spec.cwd)),
    }
}
