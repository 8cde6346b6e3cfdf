//! The follower that continues repairs: when a run of a repair ends, it takes the next steps for the person who started
//! the repair, with the person's current rights. It records the end of the repair.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use async_trait::async_trait;
use hven_core::{
    ActorId, Fact, RepairId, RunId, Time,
    access::Role,
    fact::kind,
    recorded,
    repair::{End, Ended, FAILED_MAX, FailedStep, State},
    soundness::{NodeId, RunRepaired},
};

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        follower::{Executor, Follower, Obstacle, Resumed},
    },
    knowledge::{
        floor::Knowledge,
        repair::{
            find_steps::{self, subject},
            options::RepairOptions,
            repair_detail::request_of,
            repair_plan::{RepairPlan, StepProgress},
        },
    },
    ports::{record::Recorded, repairs::StartedRepair},
    work::runs,
};

/// Decides which repairs take a step.
#[derive(Debug)]
pub struct RepairFollower;

/// The retracted node of a repair, and its replacement.
type RepairNodes = (NodeId, Option<NodeId>);

/// The open repairs.
#[derive(Debug, Default)]
pub struct OpenRepairs {
    open: HashMap<RepairId, RepairNodes>,
    /// Unfinished runs that repeat other runs.
    runs: HashMap<RunId, RepairNodes>,
}

/// The next work for a repair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RepairIntent {
    /// Take the steps that are possible now, or end the repair.
    Proceed(RepairId),
    /// Cancel this run, because its repair was cancelled.
    CancelRun { repair: RepairId, run: RunId },
}

impl Follower for RepairFollower {
    type State = OpenRepairs;
    type Intent = RepairIntent;

    fn on_fact(state: &mut OpenRepairs, recorded: &Recorded, _now: Time) -> Vec<RepairIntent> {
        match &recorded.fact {
            Some(Fact::RepairStarted(begun)) => {
                state.open.insert(begun.repair, (begun.of, begun.with));
                return vec![RepairIntent::Proceed(begun.repair)];
            }
            Some(Fact::RunRepaired(repaired)) => {
                state.runs.insert(repaired.by, (repaired.retracted, repaired.replaced_by));
                return Vec::new();
            }
            _ => {}
        }
        // Uses the header, which remains when the payload was erased.
        let Some(subject) = recorded.header.subject else { return Vec::new() };
        match recorded.header.kind.as_str() {
            kind::RunFinished => {
                let Some(of) = state.runs.remove(&RunId::from_u128(subject)) else { return Vec::new() };
                state.open.iter().filter(|(_, open)| **open == of).map(|(id, _)| RepairIntent::Proceed(*id)).collect()
            }
            kind::RepairEnded => {
                state.open.remove(&RepairId::from_u128(subject));
                Vec::new()
            }
            kind::RepairCancelled => {
                let repair = RepairId::from_u128(subject);
                let Some(of) = state.open.remove(&repair) else { return Vec::new() };
                let runs = state.runs.iter().filter(|(_, run)| **run == of);
                runs.map(|(run, _)| RepairIntent::CancelRun { repair, run: *run }).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// The state and the intents that are due, from the views: all open repairs, all unfinished runs of repairs, and the
/// repairs that were cancelled while such runs were unfinished.
pub fn resumed(
    open: &[StartedRepair],
    runs: &[(u64, RunRepaired)],
    cancelled: &[StartedRepair],
) -> Resumed<RepairFollower> {
    let of = |repair: &StartedRepair| (repair.begun.of, repair.begun.with);
    let state = OpenRepairs {
        open: open.iter().map(|repair| (repair.begun.repair, of(repair))).collect(),
        runs: runs.iter().map(|(_, run)| (run.by, (run.retracted, run.replaced_by))).collect(),
    };
    let mut due: Vec<RepairIntent> = open.iter().map(|repair| RepairIntent::Proceed(repair.begun.repair)).collect();
    for repair in cancelled {
        let Some(closed) = &repair.closed else { continue };
        // A run that was submitted later belongs to another repair.
        let its = runs.iter().filter(|(seq, run)| *seq < closed.seq && (run.retracted, run.replaced_by) == of(repair));
        due.extend(its.map(|(_, run)| RepairIntent::CancelRun { repair: repair.begun.repair, run: run.by }));
    }
    Resumed { state, due }
}

/// Continues repairs.
#[derive(Debug)]
pub struct RepairExecutor(pub Arc<Knowledge>);

#[async_trait]
impl Executor for RepairExecutor {
    type Follower = RepairFollower;

    async fn resume(&self) -> AppResult<Resumed<RepairFollower>> {
        let views = &self.0.ports.views;
        let (open, runs) = (views.repairs_open().await?, views.repair_runs_unfinished().await?);
        let subjects: HashSet<RepairNodes> = runs.iter().map(|(_, run)| (run.retracted, run.replaced_by)).collect();
        let mut cancelled = Vec::new();
        for (of, with) in subjects {
            let newest = views.repair_newest(of, with).await?;
            cancelled.extend(newest.filter(|repair| repair.state() == State::Cancelled));
        }
        Ok(resumed(&open, &runs, &cancelled))
    }

    async fn carry_out(&self, intent: &RepairIntent) -> AppResult<()> {
        match *intent {
            RepairIntent::Proceed(repair) => Box::pin(proceed(&self.0, repair)).await,
            RepairIntent::CancelRun { repair, run } => cancel_run(&self.0, repair, run).await,
        }
    }
}

/// Takes the steps that are possible now. If no step can proceed after that, the repair has ended.
async fn proceed(knowledge: &Knowledge, id: RepairId) -> AppResult<()> {
    let _turn = knowledge.repair_turn.lock().await;
    let Some(repair) = knowledge.ports.views.repair(id).await? else { return Ok(()) };
    if repair.closed.is_some() {
        return Ok(());
    }
    let ended = match advance(knowledge, &repair).await {
        Ok(plan) if plan.can_proceed() || knowledge.is_repair_stopping(id) => return Ok(()),
        Ok(plan) => ended(&repair, &plan),
        Err(error) if Obstacle::of(&error) != Obstacle::Stays => return Err(error),
        Err(error) => stopped(&repair, error.to_string()),
    };
    let key = format!("repair-ended {id}");
    knowledge.record(ActorId::SYSTEM, Some(key), vec![ended.into()]).await.map(drop)
}

async fn advance(knowledge: &Knowledge, repair: &StartedRepair) -> AppResult<RepairPlan> {
    let begun = &repair.begun;
    let caller = Caller::user(knowledge.ports.views.as_ref(), repair.by).await?;
    if !caller.may(Role::Member, &begun.project) {
        return Err(AppError::Conflict(recorded::Recorded::RepairNotAllowed.to_string()));
    }
    let subject = subject(knowledge, &caller, &request_of(repair), Role::Member).await?;
    let options = RepairOptions { retry_before: begun.again.then_some(repair.seq), repair: Some(begun.repair) };
    find_steps::advance(knowledge, &caller, &subject, options).await
}

/// The end of a repair in which no step can proceed.
fn ended(repair: &StartedRepair, plan: &RepairPlan) -> Ended {
    let done = plan.steps.iter().filter(|step| step.progress == StepProgress::Done).count();
    let end = if done == plan.steps.len() { End::Done } else { End::Incomplete };
    let failed = plan.steps.iter().filter(|step| step.progress == StepProgress::Failed && step.by.is_none());
    // People who see the repair may not see the other projects.
    let failed = failed.filter_map(|step| {
        let (node, project) = step.node.id()?;
        let because = step.because.clone().filter(|_| *project == repair.begun.project)?;
        Some(FailedStep { node, because })
    });
    Ended {
        repair: repair.begun.repair,
        end,
        steps: count(plan.steps.len()),
        done: count(done),
        because: None,
        failed: failed.take(FAILED_MAX).collect(),
    }
}

fn count(steps: usize) -> u32 {
    u32::try_from(steps).unwrap_or(u32::MAX)
}

fn stopped(repair: &StartedRepair, because: String) -> Ended {
    let repair = repair.begun.repair;
    Ended { repair, end: End::Stopped, steps: 0, done: 0, because: Some(because), failed: Vec::new() }
}

/// Cancels a run of a cancelled repair, for the person who cancelled the repair.
async fn cancel_run(knowledge: &Knowledge, repair: RepairId, run: RunId) -> AppResult<()> {
    let Some(repair) = knowledge.ports.views.repair(repair).await? else { return Ok(()) };
    let Some(closed) = &repair.closed else { return Ok(()) };
    let caller = Caller::user(knowledge.ports.views.as_ref(), closed.by).await?;
    match runs::cancel(knowledge, &caller, &run.to_string(), None).await {
        // The run has ended meanwhile.
        Ok(_) | Err(AppError::Conflict(_)) => Ok(()),
        Err(error) => Err(error),
    }
}
