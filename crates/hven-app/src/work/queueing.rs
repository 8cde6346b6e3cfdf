//! How runs wait for their turn: priorities, holding and releasing, runs that wait for others, and deadlines.

use std::collections::BTreeMap;

use hven_core::{
    ActorId, Fact, RunId, Time,
    access::Role,
    limits,
    project::ProjectPath,
    queueing::{AFTER_MAX, Held, Priority, QueueSet},
    recorded::Recorded,
    run::State,
};

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        find::run::run_for,
        labelled::{Labelled, NeededLabels, NeedsLabels, label},
    },
    ports::{
        engine::{EngineEvent, Queueing},
        queueing::QueueState,
        run::RunView,
    },
    work::{arrays::waiting::held_array_of, floor::Work},
};

/// The wishes of a submission.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueueRequest {
    pub priority: Priority,
    pub held: bool,
    /// Names of the runs that must succeed before.
    pub after: Vec<String>,
    pub start_by: Option<Time>,
}

/// A change to a run that waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueChange {
    pub priority: Option<Priority>,
    pub held: Option<bool>,
}

/// The state that a submission asks for, with the runs that it names.
pub(super) async fn requested(
    work: &Work,
    caller: &Caller,
    project: &ProjectPath,
    request: &QueueRequest,
) -> AppResult<QueueState> {
    require_priority(caller, project, Priority::USUAL, request.priority)?;
    limits::count("runs to wait for", request.after.len(), AFTER_MAX)?;
    if let Some(start_by) = request.start_by {
        limits::time("the time by which it must start", start_by)?;
        if start_by <= work.now() {
            return Err(AppError::invalid("the time by which it must start", format!("has passed: {start_by}")));
        }
    }
    let mut state = QueueState {
        priority: request.priority,
        held: request.held,
        start_by: request.start_by,
        ..QueueState::default()
    };
    for name in &request.after {
        let before = run_for(work, caller, name, Role::Viewer).await?;
        if before.state.is_final() && before.state != State::Done {
            return Err(AppError::Conflict(format!(
                "run {} did not succeed, so a run that waits for its success would never start",
                before.handle
            )));
        }
        state.after.insert(before.id);
    }
    Ok(state)
}

/// Only an owner of the whole home may let a run precede those of others. A member may let runs wait longer.
fn require_priority(caller: &Caller, project: &ProjectPath, before: Priority, wanted: Priority) -> AppResult<()> {
    if wanted > before && wanted > Priority::USUAL && caller.require_home(Role::Owner).is_err() {
        return Err(AppError::Conflict(format!(
            "only an owner of the home may raise the priority of runs in {project} above {}: the runs of others would wait",
            Priority::USUAL
        )));
    }
    Ok(())
}

/// The facts of the wishes of a new run. A run without any has none.
pub(super) fn facts_of(run: RunId, state: &QueueState) -> impl Iterator<Item = Fact> {
    let QueueState { priority, held, after, start_by } = state;
    let is_set = *priority != Priority::USUAL || !after.is_empty() || start_by.is_some();
    let set = QueueSet { run, priority: *priority, after: after.clone(), start_by: *start_by };
    let held = held.then(|| Held { run, held: true }.into());
    is_set.then(|| set.into()).into_iter().chain(held)
}

/// How a run enters the queue now. While this is read and the run is entered, the caller holds
/// [`without_ends`](crate::work::schedule::Schedule::without_ends), or nothing ends yet.
pub(super) async fn queueing_of(
    work: &Work,
    user: ActorId,
    project: ProjectPath,
    state: &QueueState,
) -> AppResult<Queueing> {
    let ids: Vec<RunId> = state.after.iter().copied().collect();
    let before = if ids.is_empty() { Vec::new() } else { work.ports.views.runs_by_id(&ids).await? };
    let mut after = BTreeMap::new();
    let mut cannot_start = None;
    for run in before {
        match run.state {
            State::Done => {}
            state if state.is_final() => {
                cannot_start = Some(Recorded::AfterUnsuccessful { run: run.handle.to_string() }.to_string());
            }
            _ => {
                after.insert(run.id, run.handle.to_string());
            }
        }
    }
    let (priority, held, start_by) = (state.priority.get(), state.held, state.start_by);
    Ok(Queueing { user, project, priority, held, after, start_by, cannot_start })
}

/// Changes how a run waits, and returns the run with the names of everything that an answer shows.
pub async fn change_labelled(
    work: &Work,
    caller: &Caller,
    name: &str,
    key: Option<String>,
    wanted: QueueChange,
) -> AppResult<Labelled<QueuedRun>> {
    label(work, QueuedRun(change(work, caller, name, key, wanted).await?)).await
}

/// A run of which only the waiting is shown.
#[derive(Clone, Debug)]
pub struct QueuedRun(pub RunView);

impl NeedsLabels for QueuedRun {
    fn add_to(&self, wanted: &mut NeededLabels) {
        self.0.queue.after.iter().for_each(|before| wanted.handle(*before));
    }
}

/// Changes how a run waits. A value that it has already is not recorded again.
pub(crate) async fn change(
    work: &Work,
    caller: &Caller,
    name: &str,
    key: Option<String>,
    wanted: QueueChange,
) -> AppResult<RunView> {
    let _turn = work.queue_turn.lock().await;
    let run = run_for(work, caller, name, Role::Member).await?;
    let QueueChange { priority, held } = wanted;
    if priority.is_none() && held.is_none() {
        return Err(AppError::invalid("the change", "is empty: name a priority, or whether the run is held"));
    }
    require_waiting(work, &run)?;
    if held == Some(false)
        && let Some(number) = held_array_of(work, run.id).await?
    {
        return Err(AppError::Conflict(format!(
            "run {} is a task of array/{number}, which is held: `hven release array/{number}` lets its tasks start",
            run.handle
        )));
    }
    let before = &run.queue;
    let priority = priority.filter(|priority| *priority != before.priority);
    let held = held.filter(|held| *held != before.held);
    if priority.is_none() && held.is_none() {
        return Ok(run);
    }
    if let Some(priority) = priority {
        require_priority(caller, &run.project, before.priority, priority)?;
    }
    let mut facts: Vec<Fact> = Vec::new();
    if let Some(priority) = priority {
        let set = QueueSet { run: run.id, priority, after: before.after.clone(), start_by: before.start_by };
        facts.push(set.into());
    }
    facts.extend(held.map(|held| Held { run: run.id, held }.into()));
    work.record(caller.actor(), key, facts).await?;
    let event = EngineEvent::QueueingChanged { run: run.id, priority: priority.map(Priority::get), held };
    work.schedule.send_event(event, work.now()).await;
    run_for(work, caller, &run.id.to_string(), Role::Viewer).await
}

/// Only a run that no runner has can be held or overtaken.
fn require_waiting(work: &Work, run: &RunView) -> AppResult<()> {
    let handle = run.handle;
    let why = match run.state {
        State::Waiting if work.schedule.has_attempt(run.id) => {
            format!(
                "run {handle} was given to its runner already, and is about to start; `hven cancel {handle}` ends it"
            )
        }
        State::Waiting => return Ok(()),
        State::Running | State::Stopping => {
            format!("run {handle} has started, so it does not wait any more; `hven cancel {handle}` ends it")
        }
        _ => format!("run {handle} has ended"),
    };
    Err(AppError::Conflict(why))
}
