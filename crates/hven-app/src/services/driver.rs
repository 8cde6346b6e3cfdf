//! The driver of the scheduler: records the engine's decisions, then performs them.
//!
//! All decisions that were queued while the previous ones were being written are recorded together, so a higher load
//! needs fewer writes per decision. When the disk is full, the driver waits and retries: it performs nothing that is
//! not recorded.

use std::{collections::HashSet, sync::Arc, time::Duration};

use hven_core::{
    ActorId, AttemptId, Fact,
    recorded::Recorded,
    run::{AttemptEnded, AttemptResult, Finished, Outcome, ProcessStarted, Started},
};
use tokio::sync::{RwLockWriteGuard, mpsc};

use crate::{
    ports::engine::{EngineAction, EngineEvent},
    work::{
        floor::Work,
        launches::remove_launches,
        permissions,
        runners::links::RunnerCommand,
        schedule::{Decision, Decisions, LiveRun},
    },
};

/// The largest number of decisions that are recorded together.
const GROUP_MAX: usize = 512;

const RETRY_FIRST: Duration = Duration::from_millis(100);

const RETRY_LAST: Duration = Duration::from_secs(5);

pub async fn run(work: Arc<Work>, mut decided: Decisions, ended: mpsc::Sender<AttemptId>) {
    let mut group: Vec<Decision> = Vec::with_capacity(GROUP_MAX);
    while decided.recv_many(&mut group, GROUP_MAX).await > 0 {
        let actions = || group.iter().flat_map(|decision| &decision.actions);
        let facts: Vec<Fact> = actions().flat_map(|action| facts_of(&work, action)).collect();
        // Until the end of a run is recorded and the schedule knows it, no call may treat the run as unfinished.
        let has_ends = actions().any(|action| matches!(action, EngineAction::Finish { .. }));
        let ending = record(&work, facts, has_ends).await;
        let refused = permissions::refused(&work, actions()).await;
        let launches: Vec<_> = actions().filter_map(|action| perform(&work, action, &refused, &ended)).collect();
        drop(ending);
        actions().filter_map(ended_attempt).for_each(|attempt| work.runners.set_aside_counts.forget(attempt));
        work.runners.wake();
        for decision in group.drain(..) {
            if let Some(durable) = decision.durable {
                // The caller may have disconnected.
                let _ = durable.send(());
            }
        }
        if !launches.is_empty() {
            let work = Arc::clone(&work);
            tokio::spawn(async move { remove_launches(&work, launches).await });
        }
    }
}

/// Informs the engine that time passes, and whether there is space for new work.
pub async fn tick(work: Arc<Work>) {
    const IDLE: Duration = Duration::from_millis(500);
    let mut had_room = true;
    loop {
        let has_room = work.ports.record.has_room();
        if has_room != had_room {
            had_room = has_room;
            work.schedule.send_event(EngineEvent::SpaceChanged { has_room }, work.now()).await;
        }
        let wait = work.schedule.wakes_after(work.now()).unwrap_or(IDLE).clamp(Duration::from_millis(10), IDLE);
        tokio::time::sleep(wait).await;
        if work.schedule.wakes_after(work.now()).is_some() {
            work.schedule.send_event(EngineEvent::Tick, work.now()).await;
        }
    }
}

/// Records facts. When they include ends of runs, no call adds to a run until the returned guard is dropped.
async fn record(work: &Work, facts: Vec<Fact>, has_ends: bool) -> Option<RwLockWriteGuard<'_, ()>> {
    let mut wait = RETRY_FIRST;
    loop {
        let ending = if has_ends { Some(work.schedule.ending().await) } else { None };
        if facts.is_empty() {
            return ending;
        }
        match work.record(ActorId::SYSTEM, None, facts.clone()).await {
            Ok(_) => return ending,
            Err(error) => tracing::error!(%error, "decisions of the scheduler could not be recorded; trying again"),
        }
        drop(ending);
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(RETRY_LAST);
    }
}

/// The facts of a decision. The end of an attempt includes the number of messages that were set aside without a name.
fn facts_of(work: &Work, action: &EngineAction) -> impl Iterator<Item = Fact> {
    let counted = ended_attempt(action).and_then(|attempt| work.runners.set_aside_counts.final_count(attempt));
    counted.into_iter().chain(fact(action))
}

/// The fact of a decision; `None` for decisions that are only messages.
fn fact(action: &EngineAction) -> Option<Fact> {
    match action {
        EngineAction::Place { attempt, runner } => Some(Started { attempt: *attempt, runner: *runner }.into()),
        EngineAction::Run { attempt, at, units } => {
            Some(ProcessStarted { attempt: *attempt, at: *at, units: units.clone() }.into())
        }
        EngineAction::Retry { attempt, result, because } => Some(
            AttemptEnded { attempt: *attempt, result: result.as_recorded(), retry_because: because.clone() }.into(),
        ),
        EngineAction::Finish { run, attempt, result } => {
            Some(Finished { run: *run, attempt: *attempt, result: result.as_recorded() }.into())
        }
        EngineAction::SendAgain { .. } | EngineAction::Stop { .. } | EngineAction::Forget { .. } => None,
    }
}

/// The attempt that a decision ends.
fn ended_attempt(action: &EngineAction) -> Option<AttemptId> {
    match *action {
        EngineAction::Retry { attempt, .. } => Some(attempt),
        EngineAction::Finish { run, attempt, .. } => attempt.map(|number| AttemptId { run, number }),
        EngineAction::Place { .. }
        | EngineAction::Run { .. }
        | EngineAction::SendAgain { .. }
        | EngineAction::Stop { .. }
        | EngineAction::Forget { .. } => None,
    }
}

/// Whether everything that a start needs is present, including the permission. Otherwise names the missing part.
fn can_start(work: &Work, live: &LiveRun, may_run: bool) -> Result<(), String> {
    if !may_run {
        return Err(Recorded::MayNotRun.to_string());
    }
    match &live.spec.recipe {
        Some(recipe) => work.recipes.process(recipe).map(drop),
        None if live.launch.is_none() => Err(Recorded::LaunchGone.to_string()),
        None => Ok(()),
    }
}

/// Performs a decision. Returns the launch that is not needed any more.
fn perform(
    work: &Arc<Work>,
    action: &EngineAction,
    refused: &HashSet<AttemptId>,
    ended: &mpsc::Sender<AttemptId>,
) -> Option<String> {
    match *action {
        EngineAction::Place { attempt, runner } | EngineAction::SendAgain { attempt, runner } => {
            let live = {
                let mut live = work.schedule.live();
                let live = live.get_mut(&attempt.run)?;
                live.attempt = Some((attempt, runner));
                live.clone()
            };
            if let Err(why) = can_start(work, &live, !refused.contains(&attempt)) {
                let result = Box::new(AttemptResult::without_process(Outcome::NotStarted { why }));
                // Reported from a separate task, because the driver must never wait for its own queue.
                let work = Arc::clone(work);
                tokio::spawn(async move {
                    work.schedule.send_event(EngineEvent::Ended { attempt, result }, work.now()).await;
                });
                return None;
            }
            let token = work.keys.attempt_token(attempt);
            work.runners.send(runner, RunnerCommand::Start { attempt, live: Box::new(live), token });
        }
        EngineAction::Run { .. } => {}
        EngineAction::Stop { attempt, runner } => work.runners.send(runner, RunnerCommand::Stop { attempt }),
        EngineAction::Forget { attempt, runner } => work.runners.send(runner, RunnerCommand::Forget { attempt }),
        EngineAction::Retry { attempt, .. } => {
            if let Some(live) = work.schedule.live().get_mut(&attempt.run) {
                live.attempt = None;
            }
            // A full queue loses nothing: the sealer regularly looks for forgotten segments.
            let _ = ended.try_send(attempt);
        }
        EngineAction::Finish { run, attempt, ref result } => {
            if let Some(number) = attempt {
                let _ = ended.try_send(AttemptId { run, number });
            }
            let launch = work.schedule.leave(run);
            work.pipes.end(run, result.stdin.map_or(0, |read| read.bytes));
            return launch;
        }
    }
    None
}
