//! Converts arrays to domain types and back.

use hven_api::{arrays as wire, runs::RunName};
use hven_app::{
    AppError, AppResult,
    arrays::{
        change::CancelledTasks,
        detail::{ArrayInDetail, TaskDetail},
        draft::{DraftRequest, Drafted},
        failures::{FailureGroup, Failures},
        other_files::sentences_of,
        points::Points,
        preview::Preview,
        submit::ArrayRequest,
    },
    fact_sentences::command_line,
    labelled::Labels,
    ports::arrays::{ArrayView, GridCell},
};
use hven_core::{
    RunId,
    array::{Axis, CountedTasks, Draft, DraftRefusal, DraftReport, Gather, TaskCounts},
    sentence::Sentence,
};

use super::{actor, metrics::number, parsed, recorded_sentence, runs, sentence, spec, submissions, text, time_left};

pub(crate) fn request_in(wanted: wire::SubmitArray) -> AppResult<ArrayRequest> {
    let gather = |gather: wire::Gather| -> AppResult<Gather> {
        Ok(Gather { dataset: parsed(&gather.dataset)?, units: gather.units })
    };
    Ok(ArrayRequest {
        task: submissions::submit(wanted.task)?,
        axes: wanted.axes.into_iter().map(axis_in).collect::<AppResult<_>>()?,
        stop_when: wanted.stop_when,
        gather: wanted.gather.map(gather).transpose()?,
    })
}

fn axis_in(axis: wire::Axis) -> AppResult<Axis> {
    Ok(match axis {
        wire::Axis::Range { name, first, step, scale, count } => Axis::Range { name, first, step, scale, count },
        wire::Axis::List { name, values } => Axis::List { name, values },
        wire::Axis::Table { names, object, rows, origin } => {
            Axis::Table { names, object: parsed(&object)?, rows, origin }
        }
        wire::Axis::Zip { axes } => Axis::Zip { axes: axes.into_iter().map(axis_in).collect::<AppResult<_>>()? },
    })
}

fn axis(axis: &Axis) -> wire::Axis {
    match axis {
        Axis::Range { name, first, step, scale, count } => {
            wire::Axis::Range { name: name.clone(), first: *first, step: *step, scale: *scale, count: *count }
        }
        Axis::List { name, values } => wire::Axis::List { name: name.clone(), values: values.clone() },
        Axis::Table { names, object, rows, origin } => {
            wire::Axis::Table { names: names.clone(), object: object.to_string(), rows: *rows, origin: origin.clone() }
        }
        Axis::Zip { axes } => wire::Axis::Zip { axes: axes.iter().map(self::axis).collect() },
    }
}

fn counts(counts: &TaskCounts, running: u64) -> wire::TaskCounts {
    let TaskCounts { queued, open, done, failed, cancelled } = *counts;
    wire::TaskCounts { queued, waiting: open.saturating_sub(running), running, done, failed, cancelled }
}

pub(crate) fn summary(array: &ArrayView, labels: &Labels) -> wire::ArraySummary {
    let submitted = &array.submitted;
    let ended = array.ended.as_ref();
    let because = ended.and_then(|(_, ended)| ended.because.clone());
    wire::ArraySummary {
        id: submitted.array.to_string(),
        name: format!("array/{}", submitted.number),
        project: submitted.project.to_string(),
        title: submitted.name.clone(),
        command: command_line(&submitted.spec.words()),
        state: ended.map_or("running", |(_, ended)| ended.end.as_str()).to_owned(),
        tasks: submitted.tasks,
        counts: counts(&array.counts, array.running),
        submitted_by: actor(labels.actor(array.by)),
        submitted: text(array.time),
        ended: ended.map(|(time, _)| text(*time)),
        because_said: because.as_deref().and_then(recorded_sentence),
        because,
        stopped_by: array.stopped.clone(),
        gathers: array.gather.as_ref().map(|gather| gather.dataset.to_string()),
        gathered_by: array.gathered_by.map(|run| RunName { id: run.to_string(), handle: handle(run, labels) }),
        not_gathered: array.not_gathered.clone(),
        other_files: other_files(array),
        held: array.held,
    }
}

fn other_files(array: &ArrayView) -> Vec<wire::OtherFiles> {
    let name = format!("array/{}", array.submitted.number);
    let said = sentences_of(&array.other_files, &name, array.submitted.tasks).into_iter();
    let one = |(what, counted, said): (&str, CountedTasks, Sentence)| wire::OtherFiles {
        what: what.to_owned(),
        tasks: counted.count,
        first: format!("{name}:{}", counted.first),
        said: sentence(said),
    };
    said.map(one).collect()
}

fn handle(run: RunId, labels: &Labels) -> String {
    labels.handle(run).map_or_else(|| run.to_string(), |handle| handle.to_string())
}

pub(crate) fn detail(shown: &ArrayInDetail, labels: &Labels) -> wire::ArrayDetail {
    let ArrayInDetail { array, left, waits } = shown;
    let submitted = &array.submitted;
    let runs = submitted.after.iter().map(|run| handle(*run, labels));
    let arrays = submitted.after_arrays.iter().map(|before| format!("array/{}", before.number));
    let gather = |gather: &Gather| wire::Gather { dataset: gather.dataset.to_string(), units: gather.units.clone() };
    wire::ArrayDetail {
        schema: "hven.array/1".to_owned(),
        array: summary(array, labels),
        axes: submitted.axes.iter().map(axis).collect(),
        argv: submitted.spec.argv.clone(),
        cwd: submitted.spec.cwd.clone(),
        inputs: submitted.spec.inputs.iter().map(|file| file.path.clone()).collect(),
        outputs: submitted.spec.outputs.clone(),
        resources: spec::resources(&submitted.spec.resources),
        priority: submitted.priority.into(),
        stop_when: submitted.stop_when.clone(),
        gather: array.gather.as_ref().map(gather),
        left: left.as_ref().map(time_left),
        after: runs.chain(arrays).collect(),
        waits: waits.clone().map(sentence),
    }
}

pub(crate) fn cancelled(CancelledTasks { array, count }: &CancelledTasks, labels: &Labels) -> wire::CancelledArray {
    let schema = "hven.array_cancelled/1".to_owned();
    wire::CancelledArray { schema, array: summary(array, labels), cancelled_tasks: *count }
}

pub(crate) fn preview(preview: Preview) -> wire::ArrayPreview {
    let Preview { tasks, first, last, takes } = preview;
    wire::ArrayPreview {
        schema: "hven.array_preview/1".to_owned(),
        tasks,
        first,
        last,
        takes: takes.as_ref().ok().map(time_left),
        takes_unknown: takes.err().map(sentence),
    }
}

pub(crate) fn draft_in(draft: wire::ArrayDraft) -> DraftRequest {
    DraftRequest {
        draft: Draft {
            command: draft.command,
            folder: draft.folder,
            over: draft.over,
            zip: draft.zip,
            inputs: draft.inputs,
            outputs: draft.outputs,
            project: draft.project,
            name: draft.name,
            cpus: draft.cpus,
            memory: draft.memory,
            resources: draft.resources,
            priority: draft.priority,
            gather: draft.gather,
            stop_when: draft.stop_when,
        },
        like: draft.like,
    }
}

pub(crate) fn drafted(drafted: Drafted) -> AppResult<wire::ArrayDraftAnswer> {
    let Drafted { report: DraftReport { refusals, preview, .. }, array, environment_of } = drafted;
    let refusal = |DraftRefusal { field, at, message }: DraftRefusal| wire::DraftRefusal { field, at, message };
    let unreadable = |error: serde_json::Error| AppError::Conflict(format!("the preview cannot be read: {error}"));
    Ok(wire::ArrayDraftAnswer {
        schema: "hven.array_draft/1".to_owned(),
        refusals: refusals.into_iter().map(refusal).collect(),
        preview: preview.map(serde_json::from_value).transpose().map_err(unreadable)?,
        array: array.map(|array| detail(&array.of, &array.labels)),
        environment_of: environment_of.map(|number| format!("array/{number}")),
    })
}

pub(crate) fn task(task: &TaskDetail, labels: &Labels) -> wire::ArrayTask {
    wire::ArrayTask {
        task: task.row.task,
        state: task.row.state.as_str().to_owned(),
        values: task.values.clone(),
        run: task.row.run.as_ref().map(|run| runs::row(run, labels)),
        queued: task.queued.as_ref().map(|queued| wire::QueuedTask {
            ahead: queued.ahead,
            waits: queued.waits.clone().map(sentence),
            starts: queued.starts.as_ref().map(time_left),
        }),
    }
}

pub(crate) fn grid(tasks_per_cell: u64, cells: &[GridCell]) -> wire::ArrayGrid {
    let cells = cells.iter().map(|cell| counts(&cell.counts, cell.running)).collect();
    wire::ArrayGrid { schema: "hven.array_grid/1".to_owned(), tasks_per_cell, cells }
}

pub(crate) fn failures(failures: Failures) -> wire::ArrayFailures {
    let group = |FailureGroup { outcome, line, tasks }| wire::FailureGroup {
        outcome_said: recorded_sentence(&outcome),
        outcome,
        line,
        count: tasks.count(),
        tasks: tasks.to_string(),
    };
    wire::ArrayFailures {
        schema: "hven.array_failures/1".to_owned(),
        groups: failures.groups.into_iter().map(group).collect(),
        read: failures.read,
        failed: failures.failed,
    }
}

pub(crate) fn points(points: Points) -> wire::ArrayPoints {
    let point = |point: hven_app::arrays::points::TaskPoint| wire::ArrayPoint {
        task: point.task,
        values: point.values,
        value: number(point.value),
    };
    wire::ArrayPoints {
        schema: "hven.array_points/1".to_owned(),
        metrics: points.metrics.into_iter().collect(),
        metric: points.metric,
        points: points.points.into_iter().map(point).collect(),
        tasks: points.read,
        truncated: points.truncated,
    }
}
