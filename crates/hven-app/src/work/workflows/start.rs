//! Starts and cancels workflows.

use std::collections::BTreeMap;

use bytes::Bytes;
use hven_core::{
    Fact,
    access::Role,
    limits,
    manifest::{Manifest, StepId},
    project::ProjectPath,
    workflow::{CallerProcess, Cancelled, Options, Started, Step, WorkflowId},
};

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        home_owner::own_user,
        labelled::{Labelled, label},
        projects::new_project,
        random::random,
    },
    ports::{launch::Launch, workflows::WorkflowView},
    work::{
        floor::Work,
        launches::keep_launch,
        submit::check::SECRET_BYTES_MIN,
        workflows::workflow_detail::{WorkflowDetail, find, with_steps},
    },
};

/// A workflow that a caller wants to start.
#[derive(Clone, Debug)]
pub struct NewWorkflow {
    pub project: ProjectPath,
    /// The folder of the manifest.
    pub folder: String,
    /// The text of the manifest.
    pub manifest: String,
    /// In the order in which they are carried out.
    pub steps: Vec<Step>,
    pub options: Options,
    pub caller: CallerProcess,
    /// The environment of the caller. It is kept outside of the record until the end.
    pub environment: BTreeMap<String, String>,
}

const MANIFEST_BYTES_MAX: usize = 1 << 20;
const STEPS_MAX: usize = 10_000;

/// Starts a workflow. Processes of the Unix user who owns the home carry out its steps, with the token of the home. So only that
/// user may start one.
pub async fn start(
    work: &Work,
    caller: &Caller,
    key: Option<String>,
    new: NewWorkflow,
) -> AppResult<Labelled<WorkflowDetail>> {
    let workflow = record_start(work, caller, key, new).await?;
    label(work, with_steps(work, caller, workflow).await?).await
}

async fn record_start(work: &Work, caller: &Caller, key: Option<String>, new: NewWorkflow) -> AppResult<WorkflowView> {
    caller.require(Role::Member, &new.project)?;
    require_own_user(work, caller).await?;
    check(&new)?;
    let _turn = work.workflow_turn.lock().await;
    let manifest = work.ports.objects.put(Bytes::from(new.manifest)).await?;
    let launch = Launch { environment: new.environment, ..Launch::default() };
    let kept = keep_launch(work, &launch).await?;
    let mut facts: Vec<Fact> = new_project(work, &new.project).await?.into_iter().collect();
    let started = Started {
        workflow: WorkflowId::mint(work.now(), random()),
        number: work.ports.views.workflow_number_last().await?.saturating_add(1),
        project: new.project,
        folder: new.folder,
        manifest,
        steps: new.steps,
        options: new.options,
        caller: new.caller,
        launch: kept.name.clone(),
    };
    let workflow = started.workflow;
    facts.push(started.into());
    let appended = work.record(caller.actor(), key, facts).await?;
    let recorded = appended.facts.iter().find_map(|recorded| match &recorded.fact {
        Some(Fact::WorkflowStarted(started)) => Some(started.workflow),
        _ => None,
    });
    let Some(recorded) = recorded else {
        return Err(AppError::Conflict("this Idempotency-Key was used for something that is no workflow".to_owned()));
    };
    if recorded == workflow {
        work.kept_environments.keep(&work.schedule, workflow, &kept.name);
    }
    drop(kept);
    let view = work.ports.views.workflow(recorded).await?;
    view.ok_or_else(|| AppError::not_found("workflow", recorded))
}

/// Refuses every caller except the user of the Unix user who owns the home.
pub(in crate::work) async fn require_own_user(work: &Work, caller: &Caller) -> AppResult<()> {
    match (caller, own_user(work).await?) {
        (Caller::User { id, .. }, Some(own)) if *id == own => Ok(()),
        _ => Err(AppError::MayNotRunAsServer),
    }
}

fn check(new: &NewWorkflow) -> AppResult<()> {
    let count = new.steps.len();
    if count == 0 || count > STEPS_MAX {
        return Err(AppError::invalid("a workflow", format!("has 1 to {STEPS_MAX} steps, not {count}")));
    }
    if new.manifest.len() > MANIFEST_BYTES_MAX {
        return Err(AppError::invalid("the manifest", "is larger than 1 MiB"));
    }
    if !new.folder.starts_with('/') {
        return Err(AppError::invalid("the folder of the manifest", "is not an absolute path"));
    }
    limits::path("the folder of the manifest", &new.folder)?;
    limits::count("files to which the caller prints", new.caller.prints_to.len(), 10)?;
    for (position, step) in new.steps.iter().enumerate() {
        limits::lines("the name of a step", &step.name, limits::NAME_BYTES_MAX)?;
        if step.needs.iter().any(|need| *need as usize >= position) {
            return Err(AppError::invalid(
                "a step",
                format!("{} needs a step that does not come before it", step.name),
            ));
        }
    }
    if let Some(reason) = &new.options.despite_suspicion {
        limits::lines("the reason", reason, limits::TEXT_BYTES_MAX)?;
    }
    limits::count("variables", new.environment.len(), limits::VARIABLES_MAX)?;
    let bytes: usize = new.environment.iter().map(|(name, value)| name.len() + value.len()).sum();
    if bytes > limits::ENVIRONMENT_BYTES_MAX {
        return Err(AppError::invalid("the environment", "is larger than 1 MiB"));
    }
    require_no_secret_in_manifest(new)
}

/// Refuses a manifest that contains the value of a secret of one of the steps, because the whole manifest is recorded.
fn require_no_secret_in_manifest(new: &NewWorkflow) -> AppResult<()> {
    let manifest = Manifest::parse(&new.manifest);
    let manifest =
        manifest.map_err(|problems| AppError::invalid("the manifest", format!("is not valid: {problems}")))?;
    let is_step = |run: &str| new.steps.iter().any(|step| step.name == StepId::Run(run.to_owned()).to_string());
    let mut secrets = manifest.runs.iter().filter(|run| is_step(&run.name)).flat_map(|run| &run.secrets);
    let exposed = secrets.find(|name| {
        // Shorter values occur in many texts by chance, and are refused when the step is submitted.
        let value = new.environment.get(*name).filter(|value| value.len() >= SECRET_BYTES_MIN);
        value.is_some_and(|value| new.manifest.contains(value.as_str()))
    });
    exposed.map_or(Ok(()), |name| Err(AppError::SecretExposed { name: name.clone(), place: "the manifest" }))
}

/// Cancels a workflow. The run for which it waits is cancelled as well. Cancelling it twice changes nothing more.
pub async fn cancel(
    work: &Work,
    caller: &Caller,
    key: Option<String>,
    name: &str,
) -> AppResult<Labelled<WorkflowView>> {
    label(work, record_cancellation(work, caller, key, name).await?).await
}

async fn record_cancellation(work: &Work, caller: &Caller, key: Option<String>, name: &str) -> AppResult<WorkflowView> {
    let _turn = work.workflow_turn.lock().await;
    let workflow = find(work, caller, name, Role::Member).await?;
    let Started { workflow: id, number, .. } = workflow.started;
    match &workflow.closed {
        None => {
            work.record(caller.actor(), key, vec![Cancelled { workflow: id, number }.into()]).await?;
            work.ports.views.workflow(id).await?.ok_or_else(|| AppError::not_found("workflow", name))
        }
        Some(closed) if closed.ended.is_none() => Ok(workflow),
        Some(closed) => {
            Err(AppError::Conflict(format!("workflow/{number} has ended already: {}", closed.state.as_str())))
        }
    }
}
