//! The follower that carries out workflows: it goes on with a workflow when it starts, when a step ends, and when the run ends for
//! which a step waits.

use std::collections::{BTreeSet, HashMap, HashSet};

use hven_core::{Fact, RunId, Time, fact::kind, workflow::WorkflowId};

use crate::{
    kernel::follower::{Follower, Resumed},
    ports::{record::Recorded, workflows::SubmittedRun},
};

/// Decides which workflows go on.
#[derive(Debug)]
pub struct WorkflowFollower;

/// The workflows that go on.
#[derive(Debug, Default)]
pub struct Workflows {
    open: HashSet<WorkflowId>,
    /// Runs for which a step waits.
    runs: HashMap<RunId, WorkflowId>,
}

/// An action for a workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Intent {
    /// The next step is carried out, or the workflow ends.
    Proceed(WorkflowId),
    /// The workflow was cancelled, and so are its runs.
    CancelRuns(WorkflowId),
}

impl Follower for WorkflowFollower {
    type State = Workflows;
    type Intent = Intent;

    fn on_fact(state: &mut Workflows, recorded: &Recorded, _now: Time) -> Vec<Intent> {
        match &recorded.fact {
            Some(Fact::WorkflowStepSubmitted(submitted)) => {
                let workflow = submitted.workflow;
                if !state.open.contains(&workflow) {
                    // The workflow was cancelled while the step submitted its run.
                    return vec![Intent::CancelRuns(workflow)];
                }
                state.runs.insert(submitted.run, workflow);
                // The run may have ended before this fact was recorded.
                return vec![Intent::Proceed(workflow)];
            }
            Some(Fact::WorkflowStepEnded(ended)) => {
                let is_open = state.open.contains(&ended.workflow);
                return if is_open { vec![Intent::Proceed(ended.workflow)] } else { Vec::new() };
            }
            _ => {}
        }
        // The header stays when the payload is erased.
        let Some(subject) = recorded.header.subject else { return Vec::new() };
        let workflow = WorkflowId::from_u128(subject);
        match recorded.header.kind.as_str() {
            kind::RunFinished => {
                let workflow = state.runs.remove(&RunId::from_u128(subject));
                workflow.into_iter().map(Intent::Proceed).collect()
            }
            kind::WorkflowStarted => {
                state.open.insert(workflow);
                vec![Intent::Proceed(workflow)]
            }
            kind::WorkflowEnded => {
                state.open.remove(&workflow);
                Vec::new()
            }
            kind::WorkflowCancelled => {
                state.open.remove(&workflow);
                state.runs.retain(|_, of| *of != workflow);
                vec![Intent::CancelRuns(workflow)]
            }
            _ => Vec::new(),
        }
    }
}

/// The state and the overdue intents, from the views: the workflows that go on, and the runs that steps submitted and that have
/// not ended.
pub fn resumed(open: &[WorkflowId], runs: &[SubmittedRun]) -> Resumed<WorkflowFollower> {
    let (cancelled, awaited): (Vec<&SubmittedRun>, Vec<&SubmittedRun>) = runs.iter().partition(|run| run.is_cancelled);
    let state = Workflows {
        open: open.iter().copied().collect(),
        runs: awaited.into_iter().map(|run| (run.run, run.workflow)).collect(),
    };
    let cancelled: BTreeSet<WorkflowId> = cancelled.into_iter().map(|run| run.workflow).collect();
    let due = open.iter().copied().map(Intent::Proceed).chain(cancelled.into_iter().map(Intent::CancelRuns));
    Resumed { state, due: due.collect() }
}
