//! Reads runs, cancels them, and notes parameters and software.

use std::collections::{BTreeMap, BTreeSet};

use hven_core::{
    AttemptId, Time,
    access::Role,
    capture::Note,
    labels::Tag,
    limits::{self, PARAMS_MAX, TAGS_MAX},
    params,
    project::ProjectPath,
    run::{CancelRequested, MetricSummary, ParamsLogged, Software, SoftwareCaptured, State},
    sentence::Sentence,
};
use serde_json::Value;

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        find::run::{run_for, run_to_log},
        labelled::{Labelled, NeededLabels, NeedsLabels, label},
        origins::{self, Origin},
        sentences::AnswerSentence,
        soundness::{self, ExplainedSoundness},
    },
    ports::{
        arrays::{ArrayTaskCount, TaskRunQuery},
        engine::{EngineEvent, EngineStanding, WaitReason},
        page::Page,
        reproductions::ReproductionView,
        run::{Archived, AttemptView, RunOrder, RunQuery, RunRow, RunView},
    },
    work::{
        additions::{self, Phase},
        external::{close::end_if_cancelled, report::heard},
        floor::Work,
        masking::mask,
        waiting,
    },
};

/// Everything about one run.
#[derive(Clone, Debug)]
pub struct RunDetail {
    pub run: RunView,
    pub attempts: Vec<AttemptView>,
    pub standing: Option<EngineStanding>,
    /// The metrics of its last attempt.
    pub metrics: Vec<MetricSummary>,
    /// The metrics of earlier attempts, by the number of the attempt.
    pub metrics_before: BTreeMap<u32, Vec<MetricSummary>>,
    /// The reason why it waits.
    pub waiting: Option<Sentence>,
    pub stands: ExplainedSoundness,
    /// The newest verdict on its reproduction.
    pub made_again: Option<ReproductionView>,
    /// The parts of its code and inputs that the capture left out. When it has ended, also the changed files that
    /// its last attempt found.
    pub capture_notes: Vec<Note>,
    /// The publication with which it was imported.
    pub origin: Option<Origin>,
    /// The number of the array of which it is a task, and the number of the task.
    pub task_of: Option<(u32, u64)>,
    /// The tags with values that another program set.
    pub tag_values: BTreeMap<String, String>,
}

/// The detail itself holds its soundness and its metrics.
impl NeedsLabels for RunDetail {
    fn add_to(&self, wanted: &mut NeededLabels) {
        wanted.actor(self.run.submitted_by);
        self.run.queue.after.iter().for_each(|before| wanted.handle(*before));
        self.run.note.add_to(wanted);
        if let Some(deleted) = &self.run.deleted {
            wanted.actor(deleted.by);
        }
        self.origin.add_to(wanted);
    }
}

/// Everything about one run, with all labels of its page.
pub async fn labelled_detail(work: &Work, caller: &Caller, name: &str) -> AppResult<Labelled<RunDetail>> {
    label(work, detail(work, caller, name).await?).await
}

pub(crate) async fn detail(work: &Work, caller: &Caller, name: &str) -> AppResult<RunDetail> {
    let run = run_for(work, caller, name, Role::Viewer).await?;
    let standing = work.schedule.standing(run.id, work.now());
    let waiting = match &standing {
        Some(standing) if is_given(standing) && !work.ports.record.has_room() => {
            Some(AnswerSentence::WaitsToBeRecorded.sentence())
        }
        Some(EngineStanding::Waiting(waiting)) => Some(waiting::waiting(work, &run, waiting).await?),
        _ => None,
    };
    let stands = async {
        match caller {
            // A process of a run sees its own run, and none of its sources.
            Caller::Attempt { .. } => Ok(ExplainedSoundness::default()),
            _ => soundness::explain(work, caller, run.id.into()).await,
        }
    };
    // These queries run in parallel, because each is answered by another thread.
    let views = &work.ports.views;
    let (attempts, metrics, metrics_before, mut made_again, mut capture_notes, stands, origin, task_of, mut tag_values) =
        tokio::try_join!(
            async { Ok(views.attempts(run.id).await?) },
            async { Ok(work.ports.series.summaries(run.last_attempt()).await?) },
            metrics_before(work, &run),
            async { Ok(views.reproductions(run.id, 1).await?) },
            async { AppResult::Ok(views.capture_notes(run.id).await?) },
            stands,
            origins::origin(work, run.id),
            async { Ok(views.task_of(run.id).await?) },
            async { Ok(views.tag_values(&[run.id]).await?) },
        )?;
    let made_again = made_again.pop();
    capture_notes.extend(run.result.iter().flat_map(|result| result.changed.iter().cloned()));
    let tag_values = tag_values.remove(&run.id).unwrap_or_default();
    Ok(RunDetail {
        run,
        attempts,
        standing,
        metrics,
        metrics_before,
        waiting,
        stands,
        made_again,
        capture_notes,
        origin,
        task_of: task_of.map(|(_, number, task)| (number, task)),
        tag_values,
    })
}

/// Whether a runner has it: its process may have started, and may have ended.
fn is_given(standing: &EngineStanding) -> bool {
    match standing {
        EngineStanding::Waiting(waiting) => matches!(waiting, WaitReason::Placed { .. }),
        EngineStanding::Running { .. } | EngineStanding::Stopping { .. } => true,
    }
}

async fn metrics_before(work: &Work, run: &RunView) -> AppResult<BTreeMap<u32, Vec<MetricSummary>>> {
    let attempts: Vec<AttemptId> =
        (1..run.last_attempt().number).map(|number| AttemptId { run: run.id, number }).collect();
    if attempts.is_empty() {
        return Ok(BTreeMap::new());
    }
    let found = work.ports.series.summaries_of(&attempts).await?;
    Ok(found.into_iter().map(|(attempt, metrics)| (attempt.number, metrics)).collect())
}

/// The filter of a list of runs.
#[derive(Clone, Debug, Default)]
pub struct RunFilter {
    pub project: Option<ProjectPath>,
    pub states: Vec<State>,
    /// Also runs that Hven made for its own checks.
    pub all_kinds: bool,
    /// Also runs that are tasks of arrays.
    pub with_tasks: bool,
    /// Tags that a run must have, all of them.
    pub tags: BTreeSet<Tag>,
    pub archived: Archived,
    pub words: Vec<String>,
    pub order: RunOrder,
    pub cursor: Option<String>,
    pub limit: usize,
}

/// The runs that the caller may see.
pub async fn list(work: &Work, caller: &Caller, filter: RunFilter) -> AppResult<Page<RunRow>> {
    caller.require_reader()?;
    Ok(work.ports.views.runs(&query_of(caller, filter)?).await?)
}

pub(crate) fn query_of(caller: &Caller, filter: RunFilter) -> AppResult<RunQuery> {
    let RunFilter { project, states, all_kinds, with_tasks, tags, archived, words, order, cursor, limit } = filter;
    limits::count("tags to look for", tags.len(), TAGS_MAX)?;
    let scopes = caller.scopes();
    Ok(RunQuery { scopes, project, states, all_kinds, with_tasks, tags, archived, words, order, cursor, limit })
}

/// More conditions for the tasks of arrays that a list leaves out.
#[derive(Clone, Debug, Default)]
pub struct TaskFilter {
    pub name: Option<String>,
    pub since: Option<Time>,
    /// Only those that the caller submitted.
    pub is_own: bool,
}

/// The tasks of arrays that meet the conditions of a list, which leaves them out; counted by array, the newest first.
pub async fn task_counts(
    work: &Work,
    caller: &Caller,
    filter: RunFilter,
    TaskFilter { name, since, is_own }: TaskFilter,
) -> AppResult<Vec<ArrayTaskCount>> {
    caller.require_user()?;
    let submitted_by = is_own.then(|| caller.actor());
    let runs = query_of(caller, filter)?;
    Ok(work.ports.views.array_task_counts(&TaskRunQuery { runs, name, since, submitted_by }).await?)
}

/// The same with all labels of a list.
pub async fn rows(work: &Work, caller: &Caller, filter: RunFilter) -> AppResult<Labelled<Page<RunRow>>> {
    label(work, list(work, caller, filter).await?).await
}

pub async fn counts(work: &Work, caller: &Caller) -> AppResult<BTreeMap<State, u64>> {
    caller.require_user()?;
    Ok(work.ports.views.run_counts(&caller.scopes()).await?)
}

/// A run whose cancellation was requested. It is shown without metrics.
#[derive(Clone, Debug)]
pub struct CancelledRun {
    pub run: RunView,
}

impl NeedsLabels for CancelledRun {
    fn add_to(&self, wanted: &mut NeededLabels) {
        wanted.actor(self.run.submitted_by);
        wanted.soundness(self.run.id);
    }
}

/// Requests the cancellation of a run. A second request changes nothing. A run that has ended stays as it is.
pub async fn cancel(
    work: &Work,
    caller: &Caller,
    name: &str,
    key: Option<String>,
) -> AppResult<Labelled<CancelledRun>> {
    let run = run_for(work, caller, name, Role::Member).await?;
    if run.state.is_final() {
        return Err(AppError::Conflict(format!("run {} has ended already: {}", run.handle, run.state.as_str())));
    }
    if run.state != State::Stopping {
        work.record(caller.actor(), key, vec![CancelRequested { run: run.id }.into()]).await?;
    }
    if run.external().is_none() {
        work.schedule.send_event_durably(EngineEvent::CancelRequested { run: run.id }, work.now()).await;
    } else if run.state == State::Unknown {
        // Its reporter is silent, so it cannot be told.
        let _no_report = work.schedule.ending().await;
        end_if_cancelled(work, run.id).await?;
    }
    let run = run_for(work, caller, &run.id.to_string(), Role::Viewer).await?;
    label(work, CancelledRun { run }).await
}

/// Notes parameters. Returns whether they were added after the run's end. A process may note parameters of its own run
/// while it is running.
pub async fn log_params(
    work: &Work,
    caller: &Caller,
    name: &str,
    key: Option<String>,
    params: BTreeMap<String, Value>,
) -> AppResult<bool> {
    let run = run_to_log(work, caller, name, Role::Member).await?;
    limits::count("parameters", params.len(), PARAMS_MAX)?;
    params::check(&params)?;
    let params = mask(params, &work.schedule.secrets(run.id));
    if params.is_empty() {
        return Ok(false);
    }
    let _no_end = work.schedule.without_ends().await;
    match additions::phase(work, caller, &run).await? {
        Phase::BeforeEnd { attempt } => {
            let logged = ParamsLogged { run: run.id, of: params::Origin::of_attempt(attempt), params };
            work.record(caller.actor(), key, vec![logged.into()]).await?;
            heard(work, &run).await?;
            Ok(false)
        }
        Phase::AfterEnd(run) => additions::add_params(work, caller, key, &run, params).await,
    }
}

/// Notes the interpreter and the packages, which are found while the run is running.
pub async fn set_software(work: &Work, caller: &Caller, name: &str, software: Software) -> AppResult<()> {
    // A run is not deleted in between.
    let _turn = work.additions_turn.lock().await;
    let run = run_for(work, caller, name, Role::Member).await?;
    check_software(&software)?;
    // The software of a short run may be reported just after its end, but only once.
    if run.state.is_final() && run.software.as_ref().is_some_and(|known| *known != software) {
        return Err(AppError::Conflict(format!(
            "run {} has ended, and its software is known: what it ran with does not change any more",
            run.handle
        )));
    }
    if run.software.as_ref() != Some(&software) {
        work.record(caller.actor(), None, vec![SoftwareCaptured { run: run.id, software }.into()]).await?;
    }
    Ok(())
}

pub(crate) fn check_software(software: &Software) -> AppResult<()> {
    let Software { interpreter, version, packages, platform } = software;
    limits::count("packages", packages.len(), limits::PACKAGES_MAX)?;
    let texts = [interpreter, version, platform].into_iter().flatten();
    for text in texts.chain(packages.keys()).chain(packages.values()) {
        limits::lines("a text of the software", text, limits::TEXT_BYTES_MAX)?;
    }
    Ok(())
}
