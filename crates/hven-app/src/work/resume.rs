//! Resumes unfinished runs when a server starts.

use std::{collections::HashMap, sync::Arc};

use hven_core::run::{Spec, State};

use crate::{
    kernel::error::AppResult,
    ports::{engine::EngineEvent, launch::Launch, run::RunView},
    work::{arrays::waiting::runs_of_held_arrays, floor::Work, queueing, schedule::LiveRun},
};

/// Resumes all unfinished runs in their recorded states.
///
/// The oldest come first, then the cancelled ones among them. No runner may attach before this has returned.
pub async fn resume(work: &Work) -> AppResult<()> {
    let mut cancelled = Vec::new();
    let mut launches: HashMap<String, Option<Arc<Launch>>> = HashMap::new();
    let held = runs_of_held_arrays(work).await?;
    for mut run in work.ports.views.runs_unfinished().await? {
        if let Some(elsewhere) = run.external() {
            let is_silent = run.state == State::Unknown;
            work.reporters.resumed(run.id, &elsewhere.external, is_silent, work.now());
            continue;
        }
        run.queue.held |= held.contains(&run.id);
        let launch = match launches.get(&run.launch) {
            Some(launch) => launch.clone(),
            None => {
                let launch = work.ports.launches.get(&run.launch).await?.map(Arc::new);
                launches.insert(run.launch.clone(), launch.clone());
                launch
            }
        };
        if run.state == State::Stopping {
            cancelled.push(run.id);
        }
        resume_run(work, run, launch).await?;
    }
    for run in cancelled {
        work.schedule.send_event(EngineEvent::CancelRequested { run }, work.now()).await;
    }
    Ok(())
}

async fn resume_run(work: &Work, run: RunView, launch: Option<Arc<Launch>>) -> AppResult<()> {
    let now = work.now();
    let attempts = work.ports.views.attempts(run.id).await?;
    let with_runner = attempts.last().filter(|last| last.ended.is_none()).map(|last| (last.id, last.runner));
    // A run with an erased specification cannot start again, but the server still waits for its present attempt.
    let spec = Arc::new(run.spec().cloned().unwrap_or_else(erased_spec));
    let queueing = queueing::queueing_of(work, run.submitted_by, run.project.clone(), &run.queue).await?;
    let live = LiveRun {
        handle: run.handle,
        project: run.project,
        submitted_by: run.submitted_by,
        spec: Arc::clone(&spec),
        launch_name: run.launch,
        launch,
        attempt: with_runner,
    };
    match with_runner {
        None => work.schedule.submit(run.id, live, run.attempts, queueing, now).await,
        Some((attempt, runner)) => {
            let process = run.started.is_some();
            let can_start = live.launch.is_some() || spec.recipe.is_some();
            work.schedule.enter(run.id, live);
            let resources = spec.resources.clone();
            // After a restore from a backup, the environment is missing. An attempt that was running then is lost and
            // cannot be retried.
            let retries_max = spec.retries().filter(|_| can_start || !process);
            let queueing = Box::new(queueing);
            work.schedule
                .send_event(EngineEvent::Resumed { attempt, runner, process, resources, retries_max, queueing }, now)
                .await;
        }
    }
    Ok(())
}

fn erased_spec() -> Spec {
    Spec::of_command(Vec::new(), "/")
}
