//! From the domain's types to the wire's and back, by hand.

pub(crate) mod added;
pub(crate) mod audit;
pub(crate) mod claims;
pub(crate) mod datasets;
pub(crate) mod graph;
pub(crate) mod labels;
pub(crate) mod process;
pub(crate) mod publications;
pub(crate) mod reproductions;
pub(crate) mod soundness;
pub(crate) mod tools;

use std::collections::BTreeMap;

use hven_api::{
    access as wire_access, facts as wire_facts, labels::RunNote, metrics as wire_metrics, publications::Origin,
    runs as wire, sentence as wire_sentence,
};
use hven_app::{
    App, AppError, AppResult,
    facts::{ActorName, FactTold, command_line},
    lookup::Looked,
    ports::views::{AttemptView, RunRow, RunView, TokenView, UserView},
    recipes::Wanted,
    runs::Detail,
    sayings,
    soundness::of_one,
    submit::Submit,
};
use hven_core::{
    Digest, Time,
    access::{Grant, Role, Scope},
    capture::Note,
    catalogue::Purpose,
    limits,
    object::{FileKind, FileRef},
    project::ProjectPath,
    resources::Resources,
    run::{AttemptResult, Code, InnerRepository, Limits, MetricSummary, Number, Outcome, Place, Software, Spec},
    seen::{Seen, SeenFile, SeenKind},
    sentence::{Sentence, Value},
    soundness::Soundness,
};

pub(crate) const SCHEMA_RUN: &str = "hven.run/1";
/// The answer to a submission: the run as a list shows it, and whether it was started.
pub(crate) const SCHEMA_SUBMITTED: &str = "hven.submitted/1";

/// Text that should be one of the domain's nouns.
pub(crate) fn parsed<T: std::str::FromStr>(text: &str) -> AppResult<T>
where
    AppError: From<T::Err>,
{
    Ok(text.parse()?)
}

pub(crate) fn project(text: Option<&str>) -> AppResult<ProjectPath> {
    text.map_or_else(|| Ok(ProjectPath::home()), parsed)
}

pub(crate) fn scope(project: Option<&str>) -> AppResult<Scope> {
    Ok(match project {
        None => Scope::Home,
        Some(path) => Scope::Project(parsed(path)?),
    })
}

pub(crate) fn role(text: &str) -> AppResult<Role> {
    Role::parse(text).ok_or_else(|| AppError::Invalid {
        what: format!("the role {text:?}"),
        why: "is not one of viewer, member, owner".to_owned(),
    })
}

fn text(time: Time) -> String {
    time.to_string()
}

/// A sentence with its code, so that it can be said in another language.
pub(crate) fn sentence(said: Sentence) -> wire_sentence::Sentence {
    let value = |value| match value {
        Value::Plain(plain) => plain,
        // Strings, numbers and objects of them: writing them cannot fail.
        Value::Sentence(inner) => serde_json::to_value(sentence(inner)).unwrap_or_default(),
    };
    wire_sentence::Sentence {
        code: said.code.to_owned(),
        values: said.values.into_iter().map(|(name, inner)| (name.to_owned(), value(inner))).collect(),
        text: said.text,
    }
}

/// A recorded text with its code, when it is one of those that Hven records.
pub(crate) fn told(text: &str) -> Option<wire_sentence::Sentence> {
    sayings::told(text).map(sentence)
}

pub(crate) fn actor(name: ActorName) -> wire::Actor {
    wire::Actor { id: name.id.to_string(), kind: name.kind.to_owned(), name: name.name }
}

// ---- runs, inwards

pub(crate) fn submit(run: wire::SubmitRun) -> AppResult<Submit> {
    let spec = Spec {
        argv: run.argv,
        cwd: run.cwd,
        umask: run.umask.unwrap_or(0o022) & 0o777,
        process: run.process.map(process::settings_in).transpose()?,
        stdin: run.stdin.map(process::stdin_in).transpose()?,
        environment: BTreeMap::new(),
        secrets: Vec::new(),
        resources: resources_in(run.resources),
        limits: limits_in(&run.limits),
        inputs: run.inputs.into_iter().map(file_in).collect::<AppResult<_>>()?,
        outputs: run.outputs,
        code: run.code.map(code_in).transpose()?,
        surroundings: None,
        retries_max: run.retries,
        place: match run.place {
            wire::Place::Here => Place::Here,
            wire::Place::Fresh => Place::Fresh,
        },
        recipe: None,
    };
    Ok(Submit {
        project: project(run.project.as_deref())?,
        name: run.name,
        spec,
        recipe: run.recipe.map(|wire::SubmitRecipe { name, arguments }| Wanted { name, arguments }),
        environment: run.environment,
        record_environment: run.record_environment.into_iter().collect(),
        secrets: run.secrets,
        tools: run.tools.map(tools::tools_in).transpose()?,
        surroundings: None,
        params: run.params,
        tags: labels::tags_in(run.tags.iter().map(String::as_str))?,
        capture_notes: run.capture_notes.into_iter().map(note_in).collect::<AppResult<_>>()?,
        seen: run.seen.map(seen_in).transpose()?,
        purpose: None,
        tolerances: reproductions::tolerances_in(run.tolerances),
        despite_checks: run.despite_checks,
        despite_suspicion: run.despite_suspicion,
        repairs: None,
        fresh: run.fresh,
    })
}

fn resources_in(resources: wire::Resources) -> Resources {
    Resources {
        cpus: resources.cpus.unwrap_or(1),
        memory_bytes: resources.memory_bytes.unwrap_or(0),
        named: resources.named,
    }
}

fn limits_in(limits: &wire::Limits) -> Limits {
    Limits {
        wall_s: limits.wall_s,
        memory_bytes: limits.memory_bytes,
        output_bytes: limits.output_bytes,
        grace_s: limits.grace_s.unwrap_or(Limits::default().grace_s),
    }
}

pub(crate) fn file_in(file: wire::FileRef) -> AppResult<FileRef> {
    let kind = if file.kind == "folder" { FileKind::Folder } else { FileKind::File };
    Ok(FileRef { digest: parsed(&file.digest)?, path: file.path, size: file.size, kind })
}

fn note_in(note: wire::CaptureNote) -> AppResult<Note> {
    Ok(match note {
        wire::CaptureNote::LinkOutside { path, target } => Note::LinkOutside { path, target },
        wire::CaptureNote::Link { path, target } => Note::Link { path, target },
        wire::CaptureNote::KeyFile { path, digest } => Note::KeyFile { path, digest: parsed(&digest)? },
        wire::CaptureNote::KeyInput { path } => Note::KeyInput { path },
        wire::CaptureNote::Special { path, what } => Note::Special { path, what },
        wire::CaptureNote::Folder { path } => Note::Folder { path },
        wire::CaptureNote::NotCaptured { path, why } => Note::NotCaptured { path, why },
        wire::CaptureNote::NotSeen { path, why } => Note::NotSeen { path, why },
        wire::CaptureNote::ByChange { path } => Note::ByChange { path },
        wire::CaptureNote::InputChanged { .. }
        | wire::CaptureNote::InputChangedWhileItRan { .. }
        | wire::CaptureNote::CodeChanged { .. }
        | wire::CaptureNote::CodeWrittenAgain { .. }
        | wire::CaptureNote::InputTouchedWhileItRan { .. }
        | wire::CaptureNote::CodeChangedBeforeItEnded { .. }
        | wire::CaptureNote::CodeWrittenBeforeItEnded { .. }
        | wire::CaptureNote::OutputNotWritten { .. }
        | wire::CaptureNote::MoreNotWritten { .. }
        | wire::CaptureNote::OutputShared { .. }
        | wire::CaptureNote::MoreShared { .. }
        | wire::CaptureNote::MoreChanged { .. }
        | wire::CaptureNote::NotCompared { .. } => {
            let why = "says what a process found: no run is submitted with it";
            return Err(AppError::invalid("a note of the capture", why));
        }
    })
}

fn seen_in(seen: wire::Seen) -> AppResult<Seen> {
    let list = |digest: Option<String>| digest.as_deref().map(parsed::<Digest>).transpose();
    Ok(Seen {
        inputs: seen.inputs.into_iter().map(seen_file_in).collect::<AppResult<_>>()?,
        inputs_listed: list(seen.inputs_listed)?,
        code: list(seen.code)?,
        code_is_old: seen.code_is_old,
    })
}

fn seen_file_in(file: wire::SeenFile) -> AppResult<SeenFile> {
    let wire::SeenFile { path, kind, size, modified_us, changed_us, digest } = file;
    let kind = match kind.as_str() {
        "folder" => SeenKind::Folder,
        "link" => SeenKind::Link,
        _ => SeenKind::File,
    };
    let digest = digest.as_deref().map(parsed::<Digest>).transpose()?;
    Ok(SeenFile { path, kind, size, modified_us, changed_us, digest })
}

fn code_in(code: wire::Code) -> AppResult<Code> {
    Ok(match code {
        wire::Code::Git { commit, branch, prefix, diff, untracked, inner, digest } => Code::Git {
            commit,
            branch,
            prefix,
            diff: diff.as_deref().map(parsed::<Digest>).transpose()?,
            untracked: untracked.into_iter().map(file_in).collect::<AppResult<_>>()?,
            inner: inner.into_iter().map(inner_in).collect(),
            digest: parsed(&digest)?,
        },
        wire::Code::Folder { listing, files, bytes } => Code::Folder { listing: parsed(&listing)?, files, bytes },
        wire::Code::NotCaptured { why } => Code::NotCaptured { why },
    })
}

fn inner_in(inner: wire::InnerRepository) -> InnerRepository {
    let wire::InnerRepository { path, commit, changed, is_named } = inner;
    InnerRepository { path, commit, changed, is_named }
}

pub(crate) fn software_in(software: wire::Software) -> Software {
    let wire::Software { interpreter, version, packages, platform } = software;
    Software { interpreter, version, packages, platform }
}

// ---- runs, outwards

pub(crate) async fn looked_up(app: &App, looked: Looked) -> AppResult<wire::LookedUp> {
    let schema = "hven.lookup/1".to_owned();
    Ok(match looked {
        Looked::UpToDate(run) => {
            let by = submitter(app, run.submitted_by).await?;
            let stands = of_one(app, run.id).await?;
            let metrics = app.ports.series.summaries(run.last_attempt()).await?;
            let run = Some(summary(&run, stands, &metrics, by, app.now()));
            wire::LookedUp { schema, up_to_date: true, run, because: Vec::new() }
        }
        Looked::Stale(because) => wire::LookedUp { schema, up_to_date: false, run: None, because },
    })
}

pub(crate) fn file(file: &FileRef) -> wire::FileRef {
    let kind = match file.kind {
        FileKind::File => "file",
        FileKind::Folder => "folder",
    };
    wire::FileRef { path: file.path.clone(), digest: file.digest.to_string(), size: file.size, kind: kind.to_owned() }
}

pub(crate) fn run_file(file: &FileRef) -> wire::RunFile {
    wire::RunFile {
        path: file.path.clone(),
        digest: file.digest.to_string(),
        size: file.size,
        media_type: media_type(file),
    }
}

pub(crate) fn media_type(file: &FileRef) -> String {
    match file.kind {
        FileKind::Folder => "inode/directory".to_owned(),
        FileKind::File => mime_guess::from_path(&file.path).first_or_octet_stream().to_string(),
    }
}

fn resources(resources: &Resources) -> wire::Resources {
    wire::Resources {
        cpus: Some(resources.cpus),
        memory_bytes: Some(resources.memory_bytes).filter(|&bytes| bytes > 0),
        named: resources.named.clone(),
    }
}

pub(crate) fn capacity(capacity: &Resources) -> wire::Resources {
    resources(capacity)
}

fn code(code: &Code) -> wire::Code {
    match code {
        Code::Git { commit, branch, prefix, diff, untracked, inner, digest } => wire::Code::Git {
            commit: commit.clone(),
            branch: branch.clone(),
            prefix: prefix.clone(),
            diff: diff.map(|diff| diff.to_string()),
            untracked: untracked.iter().map(file).collect(),
            inner: inner.iter().map(inner_repository).collect(),
            digest: digest.to_string(),
        },
        Code::Folder { listing, files, bytes } => {
            wire::Code::Folder { listing: listing.to_string(), files: *files, bytes: *bytes }
        }
        Code::NotCaptured { why } => wire::Code::NotCaptured { why: why.clone() },
    }
}

fn inner_repository(inner: &InnerRepository) -> wire::InnerRepository {
    let InnerRepository { path, commit, changed, is_named } = inner.clone();
    wire::InnerRepository { path, commit, changed, is_named }
}

fn spec(spec: &Spec) -> wire::Spec {
    let limits = &spec.limits;
    wire::Spec {
        argv: spec.argv.clone(),
        cwd: spec.cwd.clone(),
        place: match spec.place {
            Place::Here => wire::Place::Here,
            Place::Fresh => wire::Place::Fresh,
        },
        recipe: spec.recipe.as_ref().map(|recipe| wire::Recipe {
            name: recipe.name.clone(),
            version: recipe.version,
            arguments: recipe.arguments.clone(),
        }),
        process: spec.process.as_ref().map(process::settings),
        stdin: spec.stdin.as_ref().map(process::stdin),
        environment: spec.environment.clone(),
        secrets: spec.secrets.clone(),
        resources: resources(&spec.resources),
        limits: wire::Limits {
            wall_s: limits.wall_s,
            memory_bytes: limits.memory_bytes,
            output_bytes: limits.output_bytes,
            grace_s: Some(limits.grace_s),
        },
        inputs: spec.inputs.iter().map(file).collect(),
        outputs: spec.outputs.clone(),
        code: spec.code.as_ref().map(code),
        code_missing: match &spec.code {
            Some(Code::NotCaptured { why }) => told(why),
            _ => None,
        },
        surroundings: spec.surroundings.map(|digest| digest.to_string()),
        retries: spec.retries_max,
    }
}

pub(crate) fn outcome(outcome: &Outcome) -> wire::Outcome {
    let kind = match outcome {
        Outcome::Done => "done",
        Outcome::Failed { .. } => "failed",
        Outcome::Killed { .. } => "killed",
        Outcome::NotStarted { .. } => "not_started",
        Outcome::TimedOut { .. } => "timed_out",
        Outcome::OutOfMemory { .. } => "out_of_memory",
        Outcome::OutputTooLarge { .. } => "output_too_large",
        Outcome::OutputMissing { .. } => "output_missing",
        Outcome::OutputNotKept { .. } => "output_not_kept",
        Outcome::Cancelled => "cancelled",
        Outcome::Lost { .. } => "lost",
    };
    wire::Outcome {
        kind: kind.to_owned(),
        said: sentence(outcome.recorded().sentence()),
        exit_status: outcome.exit_status(),
    }
}

fn attempt(
    attempt: &AttemptView,
    measured: Option<&Vec<MetricSummary>>,
    noted: Option<&hven_core::params::Params>,
) -> wire::Attempt {
    wire::Attempt {
        number: attempt.id.number,
        runner: attempt.runner.to_string(),
        started: text(attempt.started),
        ended: attempt.ended.map(text),
        outcome: attempt.result.as_ref().map(|result| outcome(&result.outcome)),
        wall_s: attempt.result.as_ref().map(|result| result.wall_s),
        retry_said: attempt.retry_because.as_deref().and_then(told),
        retry_because: attempt.retry_because.clone(),
        metrics: measured.into_iter().flatten().map(metric).collect(),
        params: noted.cloned().unwrap_or_default(),
    }
}

pub(crate) fn metric(summary: &MetricSummary) -> wire_metrics::MetricSummary {
    wire_metrics::MetricSummary {
        key: summary.key.clone(),
        points: summary.points,
        last: number(summary.last),
        last_step: summary.last_step,
        last_time: text(summary.last_time),
        min: summary.min,
        max: summary.max,
    }
}

pub(crate) fn number(number: Number) -> serde_json::Value {
    serde_json::to_value(number).unwrap_or(serde_json::Value::Null)
}

/// How many metrics a list shows of each run.
const METRICS_MAX: usize = 8;

fn metrics(summaries: &[MetricSummary]) -> Vec<wire_metrics::MetricSummary> {
    let mut newest: Vec<_> = summaries.iter().collect();
    newest.sort_by_key(|summary| std::cmp::Reverse(summary.last_time));
    newest.truncate(METRICS_MAX);
    newest.sort_by(|a, b| a.key.cmp(&b.key));
    newest.into_iter().map(metric).collect()
}

fn wall_s(result: Option<f64>, started: Option<Time>, ended: Option<Time>, now: Time) -> Option<f64> {
    result.or_else(|| started.filter(|_| ended.is_none()).map(|started| now.seconds_since(started).max(0.0)))
}

pub(crate) fn row(row: &RunRow, soundness: Soundness, submitted_by: ActorName, now: Time) -> wire::RunSummary {
    wire::RunSummary {
        id: row.id.to_string(),
        handle: row.handle.to_string(),
        project: row.project.to_string(),
        name: row.name.clone(),
        command: row.command.clone(),
        own_kind: row.own_kind.clone(),
        submitted_by: actor(submitted_by),
        submitted: text(row.submitted),
        state: row.state.as_str().to_owned(),
        soundness: soundness.as_str().to_owned(),
        attempts: row.attempts,
        started: row.started.map(text),
        ended: row.ended.map(text),
        wall_s: wall_s(row.wall_s, row.started, row.ended, now),
        outcome_said: row.outcome.as_deref().and_then(told),
        outcome: row.outcome.clone(),
        outputs: row.outputs,
        cpu_s: row.cpu_s,
        memory_max_bytes: row.memory_max_bytes,
        tags: labels::tags(&row.tags),
        archived: row.archived,
        params: row.params.clone(),
        metrics: metrics(&row.metrics),
        added_later: added::newest(&row.added),
        added_later_total: row.added_total,
        set_aside_total: row.set_aside,
    }
}

pub(crate) fn summary(
    run: &RunView,
    soundness: Soundness,
    summaries: &[MetricSummary],
    submitted_by: ActorName,
    now: Time,
) -> wire::RunSummary {
    let result = run.result.as_ref();
    let ended = result.filter(|_| run.state.is_final());
    // Without a process nothing was measured; zero would claim a measurement.
    let measured = result.filter(|result| result.started.is_some());
    let command = run.spec.as_ref().map_or_else(|| "(erased)".to_owned(), |spec| command_line(&spec.words()));
    wire::RunSummary {
        id: run.id.to_string(),
        handle: run.handle.to_string(),
        project: run.project.to_string(),
        name: run.name.clone(),
        command,
        own_kind: run.purpose.as_ref().and_then(Purpose::own_kind).map(str::to_owned),
        submitted_by: actor(submitted_by),
        submitted: text(run.submitted),
        state: run.state.as_str().to_owned(),
        soundness: soundness.as_str().to_owned(),
        attempts: run.attempts,
        started: run.started.map(text),
        ended: run.ended.map(text),
        wall_s: wall_s(measured.map(|result| result.wall_s), run.started, run.ended, now),
        outcome: ended.map(|result| result.outcome.to_string()),
        outcome_said: ended.map(|result| sentence(result.outcome.recorded().sentence())),
        outputs: result.map_or(0, |result| result.outputs.len() as u32),
        cpu_s: measured.map(|result| result.usage.cpu_user_s + result.usage.cpu_system_s),
        memory_max_bytes: measured.map(|result| result.usage.memory_max_bytes),
        tags: labels::tags(&run.tags),
        archived: run.archived,
        params: run.params.clone(),
        metrics: metrics(summaries),
        added_later: added::newest(&run.added),
        added_later_total: run.added.len() as u64,
        set_aside_total: run.set_aside.iter().map(|view| view.message.count()).sum(),
    }
}

/// What is told of a run beside what its views say.
#[derive(Debug)]
pub(crate) struct Beside {
    pub(crate) origin: Option<Origin>,
    pub(crate) note: Option<RunNote>,
    /// Where its page is.
    pub(crate) url: String,
}

pub(crate) fn detail(detail: &Detail, submitted_by: ActorName, beside: Beside, now: Time) -> wire::RunDetail {
    let Beside { origin, note: newest_note, url } = beside;
    let run = &detail.run;
    let result = run.result.as_ref();
    wire::RunDetail {
        schema: SCHEMA_RUN.to_owned(),
        summary: wire::RunSummary {
            added_later: run.added.iter().map(added::later).collect(),
            // A list shows some of them, the run all.
            metrics: detail.metrics.iter().map(metric).collect(),
            ..summary(run, detail.stands.soundness, &detail.metrics, submitted_by, now)
        },
        spec: run.spec.as_ref().map(spec),
        software: run.software.clone().map(software),
        attempt_list: detail
            .attempts
            .iter()
            .map(|view| {
                let number = view.id.number;
                attempt(view, detail.metrics_before.get(&number), run.params_before.get(&number))
            })
            .collect(),
        end_recorded: run.end_recorded.map(text),
        outcome_detail: result.filter(|_| run.state.is_final()).map(|result| outcome(&result.outcome)),
        usage: result.map(usage),
        output_files: result.iter().flat_map(|result| &result.outputs).map(file).collect(),
        outputs_missing: result
            .iter()
            .flat_map(|result| &result.outputs_missing)
            .map(|missing| wire::MissingOutput {
                path: missing.path.clone(),
                why: missing.why.clone(),
                why_said: told(&missing.why),
            })
            .collect(),
        log_bytes: result.map_or(0, |result| result.log.bytes),
        log_dropped_bytes: result.map_or(0, |result| result.log.dropped_bytes),
        stdin_read: result.and_then(|result| result.stdin.as_ref()).map(process::read),
        tolerances: reproductions::tolerances(&run.tolerances),
        note: newest_note,
        made_again: detail.made_again.as_ref().map(|view| reproductions::made_again(run, view)),
        url,
        waiting: detail.waiting.as_ref().map(ToString::to_string),
        waiting_said: detail.waiting.clone().map(sentence),
        suspicion: detail.stands.said.clone().map(sentence),
        origin,
        set_aside: run.set_aside.iter().map(added::set_aside).collect(),
        capture_notes: detail.capture_notes.iter().map(note).collect(),
    }
}

fn note(note: &Note) -> wire::CaptureNote {
    match note.clone() {
        Note::LinkOutside { path, target } => wire::CaptureNote::LinkOutside { path, target },
        Note::Link { path, target } => wire::CaptureNote::Link { path, target },
        Note::KeyFile { path, digest } => wire::CaptureNote::KeyFile { path, digest: digest.to_string() },
        Note::KeyInput { path } => wire::CaptureNote::KeyInput { path },
        Note::Special { path, what } => wire::CaptureNote::Special { path, what },
        Note::Folder { path } => wire::CaptureNote::Folder { path },
        Note::NotCaptured { path, why } => wire::CaptureNote::NotCaptured { path, why },
        Note::NotSeen { path, why } => wire::CaptureNote::NotSeen { path, why },
        Note::ByChange { path } => wire::CaptureNote::ByChange { path },
        Note::InputChanged { path } => wire::CaptureNote::InputChanged { path },
        Note::InputChangedWhileItRan { path } => wire::CaptureNote::InputChangedWhileItRan { path },
        Note::CodeChanged { path } => wire::CaptureNote::CodeChanged { path },
        Note::CodeWrittenAgain { path } => wire::CaptureNote::CodeWrittenAgain { path },
        Note::InputTouchedWhileItRan { path } => wire::CaptureNote::InputTouchedWhileItRan { path },
        Note::CodeChangedBeforeItEnded { path } => wire::CaptureNote::CodeChangedBeforeItEnded { path },
        Note::CodeWrittenBeforeItEnded { path } => wire::CaptureNote::CodeWrittenBeforeItEnded { path },
        Note::OutputNotWritten { path } => wire::CaptureNote::OutputNotWritten { path },
        Note::MoreNotWritten { path, files } => wire::CaptureNote::MoreNotWritten { path, files },
        Note::OutputShared { path, handle } => wire::CaptureNote::OutputShared { path, handle },
        Note::MoreShared { path, runs } => wire::CaptureNote::MoreShared { path, runs },
        Note::MoreChanged { path, files } => wire::CaptureNote::MoreChanged { path, files },
        Note::NotCompared { path, why } => wire::CaptureNote::NotCompared { path, why },
    }
}

fn usage(result: &AttemptResult) -> wire::Usage {
    let usage = &result.usage;
    wire::Usage {
        cpu_user_s: usage.cpu_user_s,
        cpu_system_s: usage.cpu_system_s,
        memory_max_bytes: usage.memory_max_bytes,
        read_bytes: usage.read_bytes,
        written_bytes: usage.written_bytes,
    }
}

fn software(software: Software) -> wire::Software {
    let Software { interpreter, version, packages, platform } = software;
    wire::Software { interpreter, version, packages, platform }
}

pub(crate) fn run_name(run: &RunView) -> wire::RunName {
    wire::RunName { id: run.id.to_string(), handle: run.handle.to_string() }
}

// ---- facts

pub(crate) fn fact(told: FactTold) -> wire_facts::Fact {
    let header = &told.envelope.header;
    let payload = told.envelope.payload.as_ref().map(|payload| shown(&payload.bytes));
    wire_facts::Fact {
        seq: header.seq,
        id: header.id.to_string(),
        kind: header.kind.clone(),
        version: header.version,
        time: text(header.time),
        subject: header.subject.map(|subject| format!("{subject:032x}")),
        hash: told.envelope.hash.to_string(),
        actor: actor(told.actor),
        handle: told.handle.map(|handle| handle.to_string()),
        said: sentence(told.said),
        payload,
        unreadable: told.unreadable,
    }
}

/// A payload's JSON; as a text when it is none, or is nested so deep that a reader of the answer would refuse all of it.
fn shown(payload: &[u8]) -> serde_json::Value {
    const DEPTH_MAX: usize = 64;
    match serde_json::from_slice(payload) {
        Ok(value) if limits::depth(&value) <= DEPTH_MAX => value,
        _ => String::from_utf8_lossy(payload).into_owned().into(),
    }
}

// ---- people

pub(crate) fn user(user: UserView) -> wire_access::User {
    wire_access::User { id: user.id.to_string(), name: user.name, email: user.email, added: text(user.added) }
}

pub(crate) fn token(token: TokenView) -> wire_access::Token {
    wire_access::Token {
        id: token.id.to_string(),
        name: token.name,
        user: token.user.to_string(),
        issued: text(token.issued),
        expires: token.expires.map(text),
        revoked: token.revoked.map(text),
        session: token.opened_by.is_some(),
    }
}

pub(crate) fn grant(grant: &Grant) -> wire_access::Grant {
    wire_access::Grant {
        project: scope_text(&grant.scope),
        role: grant.role.as_str().to_owned(),
        may_run_as_server: grant.may_run_as_server,
    }
}

pub(crate) fn scope_text(scope: &Scope) -> Option<String> {
    match scope {
        Scope::Home => None,
        Scope::Project(path) => Some(path.to_string()),
    }
}

/// The name of whoever submitted a run.
pub(crate) async fn submitter(app: &App, id: hven_core::ActorId) -> AppResult<ActorName> {
    hven_app::facts::Teller::default().actor(app, id).await
}
