//! Converts runs to rows of lists and to detail pages.

use hven_api::runs as wire;
use hven_app::{
    delete_runs::{DeletedRun, Deletion},
    fact_sentences::command_line,
    labelled::{Labelled, Labels},
    lookup::LookupAnswer,
    ports::{
        arrays::{ArrayTaskCount, COUNTED_MAX},
        views::{RunRow, RunView, RunWork},
    },
    runs::RunDetail,
    submit::answer::SubmittedRun,
};
use hven_core::{
    Time,
    catalogue::Purpose,
    run::{AttemptResult, ExternalEnd, MetricSummary, State},
    soundness::Soundness,
};

use super::{
    actor, additions, attempts,
    capture_notes::note,
    code::software,
    external,
    files::file,
    labels,
    metrics::{metric, metrics},
    origins, process, queueing, recorded_sentence, reproductions, sentence,
    spec::spec,
    text,
};

const SCHEMA_RUN: &str = "hven.run/1";
/// The answer to a submission: the run as a list shows it, and whether it was started.
const SCHEMA_SUBMITTED: &str = "hven.submitted/1";

/// The duration of the work; for work that goes on, until now. Whether work in an unknown state goes on is not known.
fn wall_s(known: Option<f64>, state: State, started: Option<Time>, ended: Option<Time>, now: Time) -> Option<f64> {
    let goes_on = ended.is_none() && state != State::Unknown;
    known.or_else(|| started.filter(|_| goes_on).map(|started| now.seconds_since(started).max(0.0)))
}

/// The duration of work that was done elsewhere; `None` if it has no known end, or if the clocks disagree.
fn wall_s_elsewhere(run: &RunView) -> Option<f64> {
    run.external()?.end.as_ref()?;
    Some(run.ended?.seconds_since(run.started?)).filter(|seconds| *seconds >= 0.0)
}

/// A run as a list shows it.
pub(crate) fn row(row: &RunRow, names: &Labels) -> wire::RunSummary {
    wire::RunSummary {
        id: row.id.to_string(),
        handle: row.handle.to_string(),
        project: row.project.to_string(),
        name: row.name.clone(),
        command: row.command.clone(),
        own_kind: row.own_kind.clone(),
        result_kind: names.result_kind_of_row(row).map(|kind| kind.as_str().to_owned()),
        submitted_by: actor(names.actor(row.submitted_by)),
        submitted: text(row.submitted),
        state: row.state.as_str().to_owned(),
        soundness: names.soundness(row.id).as_str().to_owned(),
        attempts: row.attempts,
        started: row.started.map(text),
        ended: row.ended.map(text),
        wall_s: wall_s(row.wall_s, row.state, row.started, row.ended, names.now),
        outcome_said: row.outcome.as_deref().and_then(recorded_sentence),
        outcome: row.outcome.clone(),
        outputs: row.outputs,
        cpu_s: row.cpu_s,
        memory_max_bytes: row.memory_max_bytes,
        tags: labels::tags(&row.tags),
        named_tags: std::collections::BTreeMap::new(),
        archived: row.archived,
        params: row.params.clone(),
        metrics: metrics(&row.metrics),
        added_later: additions::newest(&row.added),
        added_later_total: row.added_total,
        set_aside_total: row.set_aside,
    }
}

/// A row of a list, made from a run that was read completely.
pub(crate) fn summary(run: &RunView, names: &Labels) -> wire::RunSummary {
    summary_with(run, names.soundness(run.id), names.metrics(run.last_attempt()), names)
}

fn summary_with(run: &RunView, soundness: Soundness, summaries: &[MetricSummary], names: &Labels) -> wire::RunSummary {
    let result = run.result.as_ref();
    let ended = result.filter(|_| run.state.is_final());
    // Without a process there is no measurement. A zero would claim one.
    let measured = result.filter(|result| result.started.is_some());
    let external_end = run.external().and_then(|work| work.end.as_ref()).map(ExternalEnd::recorded);
    let outcome = ended.map(|result| result.outcome.recorded()).or(external_end);
    let command = match &run.work {
        RunWork::Erased => "(erased)".to_owned(),
        RunWork::Started(spec) => command_line(&spec.words()),
        RunWork::External(work) => command_line(&work.external.words()),
    };
    wire::RunSummary {
        id: run.id.to_string(),
        handle: run.handle.to_string(),
        project: run.project.to_string(),
        name: run.name.clone(),
        command,
        own_kind: run.purpose.as_ref().and_then(Purpose::own_kind).map(str::to_owned),
        result_kind: names.result_kind(run).map(|kind| kind.as_str().to_owned()),
        submitted_by: actor(names.actor(run.submitted_by)),
        submitted: text(run.submitted),
        state: run.state.as_str().to_owned(),
        soundness: soundness.as_str().to_owned(),
        attempts: run.attempts,
        started: run.started.map(text),
        ended: run.ended.map(text),
        wall_s: wall_s(
            measured.map(|result| result.wall_s).or_else(|| wall_s_elsewhere(run)),
            run.state,
            run.started,
            run.ended,
            names.now,
        ),
        outcome: outcome.as_ref().map(ToString::to_string),
        outcome_said: outcome.map(|outcome| sentence(outcome.sentence())),
        outputs: run.outputs().count() as u32,
        cpu_s: measured.map(|result| result.usage.cpu_user_s + result.usage.cpu_system_s),
        memory_max_bytes: measured.map(|result| result.usage.memory_max_bytes),
        tags: labels::tags(&run.tags),
        named_tags: std::collections::BTreeMap::new(),
        archived: run.archived,
        params: run.params.clone(),
        metrics: metrics(summaries),
        added_later: additions::newest(&run.added),
        added_later_total: run.added.len() as u64,
        set_aside_total: run.set_aside.iter().map(|view| view.message.count()).sum(),
    }
}

/// All details of a run. `url` is the address of its page.
pub(crate) fn deletion(deletion: Deletion, dry_run: bool) -> wire::DeletedRuns {
    let run = |run: DeletedRun| wire::DeletedRun {
        run: run.run.to_string(),
        handle: run.handle.to_string(),
        name: run.name,
        facts: run.facts,
        log_bytes: run.log_bytes,
        rests_on_it: run.rests_on_it,
    };
    wire::DeletedRuns {
        schema: "hven.deleted_runs/1".to_owned(),
        dry_run,
        runs: deletion.runs.into_iter().map(run).collect(),
        freed_objects: deletion.freed_objects,
        freed_bytes: deletion.freed_bytes,
        kept_objects: deletion.kept_objects,
        kept_bytes: deletion.kept_bytes,
        copies_left: deletion.copies_left,
    }
}

pub(crate) fn detail(shown: &Labelled<RunDetail>, url: String) -> wire::RunDetail {
    let Labelled { of: detail, labels: names } = shown;
    let run = &detail.run;
    let result = run.result.as_ref();
    wire::RunDetail {
        schema: SCHEMA_RUN.to_owned(),
        summary: wire::RunSummary {
            added_later: run.added.iter().map(additions::later).collect(),
            // A list shows some metrics of a run, the detail all of them.
            metrics: detail.metrics.iter().map(metric).collect(),
            named_tags: detail.tag_values.clone(),
            ..summary_with(run, detail.stands.soundness, &detail.metrics, names)
        },
        spec: run.spec().map(spec),
        external: run.external().map(external::work),
        software: run.software.clone().map(software),
        attempt_list: detail
            .attempts
            .iter()
            .map(|view| {
                let number = view.id.number;
                attempts::attempt(view, detail.metrics_before.get(&number), run.params_before.get(&number))
            })
            .collect(),
        end_recorded: run.end_recorded.map(text),
        outcome_detail: result.filter(|_| run.state.is_final()).map(|result| attempts::outcome(&result.outcome)),
        usage: result.map(usage),
        output_files: run.outputs().map(file).collect(),
        outputs_missing: result
            .iter()
            .flat_map(|result| &result.outputs_missing)
            .map(|missing| wire::MissingOutput {
                path: missing.path.clone(),
                why: missing.why.clone(),
                why_said: recorded_sentence(&missing.why),
            })
            .collect(),
        log_bytes: result.map_or(0, |result| result.log.bytes),
        log_dropped_bytes: result.map_or(0, |result| result.log.dropped_bytes),
        stdin_read: result.and_then(|result| result.stdin.as_ref()).map(process::read),
        tolerances: reproductions::tolerances(&run.tolerances),
        note: run.note.as_ref().map(|note| labels::note(note, names)),
        deleted: run.deleted.as_ref().map(|deleted| wire::RunDeletion {
            by: actor(names.actor(deleted.by)),
            time: text(deleted.time),
            because: deleted.because.clone(),
        }),
        queue: queueing::queueing(&run.queue, names),
        made_again: detail.made_again.as_ref().map(|view| reproductions::made_again(run, view)),
        url,
        waiting: detail.waiting.as_ref().map(ToString::to_string),
        waiting_said: detail.waiting.clone().map(sentence),
        suspicion: detail.stands.said.clone().map(sentence),
        origin: detail.origin.as_ref().map(|origin| origins::origin(origin, names)),
        set_aside: run.set_aside.iter().map(additions::set_aside).collect(),
        capture_notes: detail.capture_notes.iter().map(note).collect(),
        task_of: detail.task_of.map(|(number, task)| wire::TaskOfArray { array: format!("array/{number}"), task }),
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

pub(crate) fn submitted(shown: Labelled<SubmittedRun>) -> wire::RunCreated {
    let Labelled { of: SubmittedRun { run, up_to_date, because, not_up_to_date }, labels } = shown;
    wire::RunCreated {
        schema: SCHEMA_SUBMITTED.to_owned(),
        run: summary(&run, &labels),
        up_to_date,
        because,
        not_up_to_date,
    }
}

pub(crate) fn looked_up(shown: Labelled<LookupAnswer>) -> wire::LookedUp {
    let schema = "hven.lookup/1".to_owned();
    let Labelled { of: looked, labels } = shown;
    match looked {
        LookupAnswer::UpToDate(run) => {
            let run = Some(summary(&run, &labels));
            wire::LookedUp { schema, up_to_date: true, run, because: Vec::new() }
        }
        LookupAnswer::Stale(because) => wire::LookedUp { schema, up_to_date: false, run: None, because },
    }
}

pub(crate) fn counted_tasks(counts: &[ArrayTaskCount]) -> wire::CountedTasks {
    let tasks: u64 = counts.iter().map(|count| count.tasks).sum();
    let one = |&ArrayTaskCount { array, tasks, first }: &ArrayTaskCount| wire::CountedTasksOf {
        array: format!("array/{array}"),
        tasks,
        first: format!("array/{array}:{first}"),
    };
    wire::CountedTasks {
        schema: "hven.tasks/1".to_owned(),
        tasks: tasks.min(COUNTED_MAX),
        truncated: tasks > COUNTED_MAX,
        arrays: counts.iter().map(one).collect(),
    }
}
