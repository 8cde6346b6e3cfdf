//! Carries out workflows: starts a process for the next step, records its report, and records the end of the workflow.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use hven_core::{
    ActorId, DatasetId, Fact, RunId,
    access::Role,
    recorded::Recorded as RecordedText,
    workflow::{
        End, Ended, Started, StepEnd, StepEnded, StepError, StepReport, StepResult, StepSubmitted, StepTask, WorkflowId,
    },
};
use tokio::{task::JoinSet, time};

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        follower::{Executor, Resumed},
    },
    ports::{
        launch::Launch,
        run::RunName,
        workflows::{StepProgress, WorkflowView},
    },
    work::{
        floor::Work,
        launches::remove_launches,
        runs,
        workflows::{
            follower::{Intent, WorkflowFollower, resumed},
            next_step::{Next, next},
            running_steps::CarriedOut,
            start::require_own_user,
        },
    },
};

/// How often a step is tried whose process gives no report.
const TRIES: u32 = 3;
/// The pause before a step is tried again, and before a report is recorded again.
const PAUSE: Duration = Duration::from_secs(2);
/// How long a process may go on after its workflow was cancelled: a run that it submits in this time is cancelled as well.
const GRACE: Duration = Duration::from_secs(10);
const MANIFEST_BYTES_MAX: usize = 2 << 20;

/// Carries out workflows. When it is dropped, the processes of steps are killed; the next server starts them again.
#[derive(Debug)]
pub struct WorkflowExecutor {
    work: Arc<Work>,
    /// One task for each step that a process carries out.
    tasks: Mutex<JoinSet<()>>,
}

impl WorkflowExecutor {
    pub fn new(work: Arc<Work>) -> Self {
        Self { work, tasks: Mutex::default() }
    }
}

#[async_trait]
impl Executor for WorkflowExecutor {
    type Follower = WorkflowFollower;

    async fn resume(&self) -> AppResult<Resumed<WorkflowFollower>> {
        let views = &self.work.ports.views;
        let (open, runs) = (views.workflows_open().await?, views.workflow_runs_unfinished().await?);
        let open: Vec<WorkflowId> = open.iter().map(|workflow| workflow.started.workflow).collect();
        Ok(resumed(&open, &runs))
    }

    async fn carry_out(&self, intent: &Intent) -> AppResult<()> {
        match *intent {
            Intent::Proceed(workflow) => self.proceed(workflow).await,
            Intent::CancelRuns(workflow) => cancel_runs(&self.work, workflow).await,
        }
    }
}

/// Keeps the environments of the workflows that go on. Called before environments are removed that no run needs.
pub async fn keep_launches(work: &Work) -> AppResult<()> {
    for workflow in work.ports.views.workflows_open().await? {
        let started = &workflow.started;
        work.kept_environments.keep(&work.schedule, started.workflow, &started.launch);
    }
    Ok(())
}

impl WorkflowExecutor {
    /// Starts the process of the next step, or records the end. Does nothing while a process carries out a step, or while the run
    /// goes on for which a step waits.
    async fn proceed(&self, id: WorkflowId) -> AppResult<()> {
        let work = &self.work;
        let _turn = work.workflow_turn.lock().await;
        let Some(workflow) = work.ports.views.workflow(id).await? else { return Ok(()) };
        if workflow.closed.is_some() || work.running_steps.of(id).is_some() {
            return Ok(());
        }
        let mut progress = work.ports.views.workflow_steps(&workflow.started).await?;
        loop {
            let (step, after) = match next(&workflow.started.steps, &progress) {
                Next::End(end) => return end_workflow(work, &workflow.started, end, None).await,
                Next::Block { step, .. } => {
                    let result = StepResult { end: StepEnd::Blocked, ..StepResult::default() };
                    record_end(work, &workflow.started, step, result.clone()).await?;
                    progress[step].result = Some(result);
                    continue;
                }
                Next::Await { run, .. } if !has_ended(work, run).await? => return Ok(()),
                Next::Await { step, run } => (step, Some(run)),
                Next::CarryOut { step } => (step, None),
            };
            let (task, launch) = match prepare(work, &workflow, &progress, step, after).await {
                Ok(prepared) => prepared,
                Err(Obstacle::Workflow(why)) => {
                    return end_workflow(work, &workflow.started, End::Stopped, Some(why.to_string())).await;
                }
                Err(Obstacle::Other(error)) => return Err(error),
            };
            if let Some(carried_out) = work.running_steps.enter(id, step) {
                let process = StepProcess { work: Arc::clone(work), started: workflow.started, carried_out };
                let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
                while tasks.try_join_next().is_some() {}
                tasks.spawn(process.run(task, launch));
            }
            return Ok(());
        }
    }
}

/// Why a step cannot be prepared.
enum Obstacle {
    /// The workflow cannot go on.
    Workflow(RecordedText),
    Other(AppError),
}

impl<E: Into<AppError>> From<E> for Obstacle {
    fn from(error: E) -> Self {
        Self::Other(error.into())
    }
}

/// Everything that the process of a step needs.
async fn prepare(
    work: &Work,
    workflow: &WorkflowView,
    progress: &[StepProgress],
    step: usize,
    after: Option<RunId>,
) -> Result<(StepTask, Launch), Obstacle> {
    let started = &workflow.started;
    let caller = Caller::user(work.ports.views.as_ref(), workflow.by).await?;
    let is_own = require_own_user(work, &caller).await.is_ok();
    if !is_own || !caller.may(Role::Member, &started.project) {
        return Err(Obstacle::Workflow(RecordedText::WorkflowNotAllowed));
    }
    // In a home that was restored from a backup the environment is missing.
    let launch = work.ports.launches.get(&started.launch).await?;
    let launch = launch.ok_or(Obstacle::Workflow(RecordedText::WorkflowEnvironmentLost))?;
    let manifest = work.ports.objects.head(started.manifest, MANIFEST_BYTES_MAX).await?;
    let manifest = manifest.and_then(|bytes| String::from_utf8(bytes.to_vec()).ok());
    let manifest = manifest.ok_or(Obstacle::Workflow(RecordedText::WorkflowManifestLost))?;
    let dataset_of = |(step, progress): (&hven_core::workflow::Step, &StepProgress)| {
        let name = step.name.strip_prefix("data.")?;
        Some((name.to_owned(), progress.result.as_ref()?.dataset?))
    };
    let datasets: Vec<(String, DatasetId)> = started.steps.iter().zip(progress).filter_map(dataset_of).collect();
    let after_text = after.map_or_else(|| "start".to_owned(), |run| run.to_string());
    let task = StepTask {
        workflow: started.workflow,
        project: started.project.clone(),
        folder: started.folder.clone(),
        manifest,
        step: started.steps[step].name.clone(),
        after,
        datasets,
        options: started.options.clone(),
        caller: started.caller.clone(),
        key: format!("workflow {} step {step} {after_text}", started.workflow),
    };
    Ok((task, launch))
}

/// A step that a process carries out.
struct StepProcess {
    work: Arc<Work>,
    started: Started,
    carried_out: CarriedOut,
}

impl StepProcess {
    /// Waits for the report and records it.
    async fn run(self, task: StepTask, launch: Launch) {
        let report = tokio::select! {
            report = self.report(&task, &launch) => report,
            () = self.is_overdue() => {
                self.work.running_steps.leave(self.started.workflow);
                return;
            }
        };
        self.record(report).await;
    }

    /// The report of the process. A process without a report is started again; after the last one the step has failed.
    async fn report(&self, task: &StepTask, launch: &Launch) -> StepReport {
        let mut tries = 1;
        loop {
            match self.work.ports.step_processes.carry_out(task, &launch.environment).await {
                Ok(report) => return report,
                Err(error) if tries == TRIES || error.kind() == io::ErrorKind::NotFound => {
                    let error = StepError { code: "internal".to_owned(), message: error.to_string(), hint: None };
                    return StepReport::Ended(StepResult { error: Some(error), ..StepResult::default() });
                }
                Err(error) => {
                    tracing::warn!(step = task.step, %error, "the process of a step gave no report; starting it again");
                    tries += 1;
                    time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// Returns when the process goes on for too long after its workflow was cancelled.
    async fn is_overdue(&self) {
        self.carried_out.cancelled.notified().await;
        time::sleep(GRACE).await;
    }

    /// Records the report. On a full disk it is tried again until there is space.
    async fn record(&self, report: StepReport) {
        let (work, step) = (&self.work, self.carried_out.step);
        loop {
            let turn = work.workflow_turn.lock().await;
            let recorded = match &report {
                StepReport::Submitted { run, because } => {
                    record_run(work, &self.started, step, *run, because.clone()).await
                }
                StepReport::Ended(result) => record_end(work, &self.started, step, result.clone()).await,
            };
            if recorded.is_ok() {
                work.running_steps.leave(self.started.workflow);
            }
            drop(turn);
            let Err(error) = recorded else { return };
            tracing::warn!(step, %error, "the report of a step cannot be recorded; trying again");
            time::sleep(PAUSE).await;
        }
    }
}

async fn has_ended(work: &Work, run: RunId) -> AppResult<bool> {
    let run = work.ports.views.runs_named(&RunName::Id(run)).await?.pop();
    Ok(run.is_none_or(|run| run.state.is_final()))
}

fn position(step: usize) -> u32 {
    u32::try_from(step).unwrap_or(u32::MAX)
}

async fn record_run(work: &Work, started: &Started, step: usize, run: RunId, because: Vec<String>) -> AppResult<()> {
    let Started { workflow, number, .. } = *started;
    let key = format!("workflow-step-run {workflow} {step} {run}");
    let submitted = StepSubmitted { workflow, number, step: position(step), run, because };
    work.record(ActorId::SYSTEM, Some(key), vec![submitted.into()]).await.map(drop)
}

async fn record_end(work: &Work, started: &Started, step: usize, result: StepResult) -> AppResult<()> {
    let Started { workflow, number, .. } = *started;
    let key = format!("workflow-step-ended {workflow} {step}");
    let ended = StepEnded { workflow, number, step: position(step), result };
    work.record(ActorId::SYSTEM, Some(key), vec![Fact::from(ended)]).await.map(drop)
}

async fn end_workflow(work: &Work, started: &Started, end: End, because: Option<String>) -> AppResult<()> {
    let Started { workflow, number, .. } = *started;
    let key = format!("workflow-ended {workflow}");
    let ended = Ended { workflow, number, end, because };
    work.record(ActorId::SYSTEM, Some(key), vec![ended.into()]).await?;
    forget_launch(work, started).await;
    Ok(())
}

/// The environment of the caller is no longer needed.
async fn forget_launch(work: &Work, started: &Started) {
    if let Some(launch) = work.kept_environments.release(&work.schedule, started.workflow) {
        remove_launches(work, vec![launch]).await;
    }
}

/// Cancels the runs of a cancelled workflow on behalf of the person who cancelled it.
async fn cancel_runs(work: &Work, id: WorkflowId) -> AppResult<()> {
    let Some(workflow) = work.ports.views.workflow(id).await? else { return Ok(()) };
    let Some(closed) = &workflow.closed else { return Ok(()) };
    if let Some(carried_out) = work.running_steps.of(id) {
        carried_out.cancelled.notify_one();
    }
    let caller = Caller::user(work.ports.views.as_ref(), closed.by).await?;
    for submitted in work.ports.views.workflow_runs_unfinished().await? {
        if submitted.workflow != id {
            continue;
        }
        match runs::cancel(work, &caller, &submitted.run.to_string(), None).await {
            // A conflict says that the run has ended.
            Ok(_) | Err(AppError::Conflict(_)) => {}
            Err(error) => return Err(error),
        }
    }
    forget_launch(work, &workflow.started).await;
    Ok(())
}
