//! Records new runs and gives them to the schedule.

use std::{collections::BTreeSet, sync::Arc};

use hven_core::{
    ActorId, Digest, Fact, RunId,
    array::TaskOf,
    capture::Noted,
    catalogue::{HoldOutRead, Reader},
    handle::Handle,
    labels::Tagged,
    params::Origin,
    run::{ParamsLogged, Spec, Submitted},
    soundness::{NodeId, RunRepaired},
};

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        projects::new_project,
        random::random,
        soundness,
    },
    ports::{launch::Launch, queueing::QueueState},
    work::{
        floor::Work,
        launches::keep_launch,
        queueing,
        schedule::LiveRun,
        submit::{
            inputs::{absent, data_read},
            submission::{RepairOrigin, RunRequest},
        },
        surroundings::document,
    },
};

/// The starter of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Starter<'a> {
    Caller(&'a Caller),
    /// Hven itself, which continues work that this user started. It never starts a command.
    Hven(ActorId),
}

impl Starter<'_> {
    fn actor(self) -> ActorId {
        match self {
            Self::Caller(caller) => caller.actor(),
            Self::Hven(actor) => actor,
        }
    }

    /// At present, every runner is the server's own: its processes run as the server's Unix user. Recipes are Hven's
    /// own code and only make files from files. Commands can do anything.
    fn require_permission(self, submit: &RunRequest) -> AppResult<()> {
        let may_run = submit.spec.recipe.is_some()
            || matches!(self, Self::Caller(caller) if caller.may_run_as_server(&submit.project));
        if may_run { Ok(()) } else { Err(AppError::MayNotRunAsServer) }
    }
}

/// The runs to record, and what all of them have in common.
#[derive(Debug)]
pub(in crate::work) struct NewRuns {
    pub(in crate::work) template: RunRequest,
    pub(in crate::work) runs: Vec<NewRun>,
    pub(in crate::work) queue: QueueState,
}

/// The parts in which runs that are recorded together differ.
#[derive(Clone, Debug)]
pub(in crate::work) struct NewRun {
    pub(in crate::work) argv: Vec<String>,
    pub(in crate::work) name: Option<String>,
    pub(in crate::work) outputs: Vec<String>,
    /// The key for the cache.
    pub(in crate::work) cache_key: Option<Digest>,
    pub(in crate::work) task: Option<TaskOf>,
}

impl NewRun {
    /// The run that a request describes.
    pub(super) fn of(request: &RunRequest, cache_key: Option<Digest>) -> Self {
        let RunRequest { spec: Spec { argv, outputs, .. }, name, .. } = request;
        Self { argv: argv.clone(), name: name.clone(), outputs: outputs.clone(), cache_key, task: None }
    }
}

/// Records new runs. Every run is created here.
pub(in crate::work) async fn record(
    work: &Work,
    starter: Starter<'_>,
    key: Option<String>,
    NewRuns { template, runs, queue }: NewRuns,
    overridden: &[NodeId],
) -> AppResult<Vec<(RunId, Handle)>> {
    starter.require_permission(&template)?;
    let actor = starter.actor();
    let reads = data_read(work, &template).await?;
    let RunRequest {
        project,
        spec,
        environment,
        secrets,
        surroundings: document,
        params,
        tags,
        capture_notes,
        seen,
        purpose,
        tolerances,
        despite_suspicion,
        repairs,
        ..
    } = template;
    let mut absent = absent(work, &spec).await?;
    if let Some(document) = &document {
        document::keep(work, document, &mut absent).await?;
    }
    let absent = Some(absent);
    let launch = Launch { environment, secrets, seen };
    let kept = keep_launch(work, &launch).await?;
    let launch = Arc::new(launch);
    let now = work.now();
    let mut facts = Vec::with_capacity(runs.len() + 1);
    facts.extend(new_project(work, &project).await?);
    {
        let mut next_handle = work.next_handle.lock().await;
        for NewRun { argv, name, outputs, cache_key, task } in runs {
            let run = RunId::mint(now, random());
            let handle = Handle { count: *next_handle };
            *next_handle += 1;
            let spec = Spec { argv, outputs, ..spec.clone() };
            let launch = kept.name.clone();
            let (project, purpose, tolerances) = (project.clone(), purpose.clone(), tolerances.clone());
            let absent = absent.clone();
            let submitted =
                Submitted { run, handle, project, name, spec, launch, cache_key, purpose, tolerances, absent, task };
            facts.push(submitted.into());
            facts.extend(reads.iter().map(|(dataset, part)| {
                HoldOutRead { dataset: *dataset, part: part.clone(), by: Reader::Run(run) }.into()
            }));
            facts.extend(soundness::override_facts(overridden, run.into(), despite_suspicion.as_deref()));
            facts.extend(repairs.iter().map(|RepairOrigin { run: suspect, retracted, replaced_by }| {
                RunRepaired { run: *suspect, by: run, retracted: *retracted, replaced_by: *replaced_by }.into()
            }));
            facts.extend(queueing::facts_of(run, &queue));
            if !capture_notes.is_empty() {
                facts.push(Noted { run, notes: capture_notes.clone() }.into());
            }
            if !params.is_empty() {
                facts.push(ParamsLogged { run, of: Origin::Given, params: params.clone() }.into());
            }
            if !tags.is_empty() {
                facts.push(Tagged { run, added: tags.clone(), removed: BTreeSet::new() }.into());
            }
        }
    }
    // No run may end between the check of the runs to wait for and the moment in which the schedule knows the new ones.
    let no_ends = if queue.after.is_empty() { None } else { Some(work.schedule.without_ends().await) };
    let appended = work.record(actor, key, facts).await?;
    let mut names = Vec::new();
    for recorded in &appended.facts {
        let Some(Fact::RunSubmitted(submitted)) = &recorded.fact else { continue };
        names.push((submitted.run, submitted.handle));
        if !appended.earlier {
            let live = LiveRun {
                handle: submitted.handle,
                project: submitted.project.clone(),
                submitted_by: recorded.header.actor,
                spec: Arc::new(submitted.spec.clone()),
                launch_name: submitted.launch.clone(),
                launch: Some(Arc::clone(&launch)),
                attempt: None,
            };
            let (user, project) = (live.submitted_by, live.project.clone());
            let queueing = queueing::queueing_of(work, user, project, &queue).await?;
            work.schedule.submit(submitted.run, live, 0, queueing, now).await;
        }
    }
    drop(no_ends);
    drop(kept);
    if names.is_empty() {
        return Err(AppError::Conflict("this Idempotency-Key was used for something that is no run".to_owned()));
    }
    Ok(names)
}
