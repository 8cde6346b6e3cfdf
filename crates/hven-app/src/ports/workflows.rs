//! The read port of workflows.

use async_trait::async_trait;
use hven_core::{
    ActorId, RunId, Time,
    workflow::{Ended, Started, State, StepResult, WorkflowId},
};

use crate::ports::{
    error::StoreResult,
    page::{ListQuery, Page},
};

/// A workflow without its steps.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkflowView {
    pub started: Started,
    pub time: Time,
    pub by: ActorId,
    /// `None` while it goes on.
    pub closed: Option<ClosedWorkflow>,
    /// How many of its steps ended.
    pub steps_ended: u32,
    /// How many of its steps ended without the wanted result.
    pub steps_not_well: u32,
}

impl WorkflowView {
    pub fn state(&self) -> State {
        self.closed.as_ref().map_or(State::Running, |closed| closed.state)
    }
}

/// The end of a workflow.
#[derive(Clone, Debug, PartialEq)]
pub struct ClosedWorkflow {
    pub state: State,
    pub time: Time,
    pub by: ActorId,
    /// `None` when a person cancelled it.
    pub ended: Option<Ended>,
}

/// The progress of a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepProgress {
    /// The run that the step submitted last.
    pub run: Option<RunId>,
    /// Why an earlier run of the same step is not up to date.
    pub because: Vec<String>,
    /// `None` while the step has not ended.
    pub result: Option<StepResult>,
}

/// A run that a step of a workflow submitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubmittedRun {
    pub workflow: WorkflowId,
    pub run: RunId,
    /// The workflow was cancelled.
    pub is_cancelled: bool,
}

#[async_trait]
pub trait Workflows: Send + Sync + 'static {
    async fn workflow(&self, workflow: WorkflowId) -> StoreResult<Option<WorkflowView>>;
    async fn workflow_numbered(&self, number: u32) -> StoreResult<Option<WorkflowView>>;
    /// The highest number of a workflow; 0 when there is none.
    async fn workflow_number_last(&self) -> StoreResult<u32>;
    /// The progress of each step, in their order.
    async fn workflow_steps(&self, workflow: &Started) -> StoreResult<Vec<StepProgress>>;
    /// All workflows that go on, oldest first.
    async fn workflows_open(&self) -> StoreResult<Vec<WorkflowView>>;
    /// Newest first; `is_open`: only those that go on.
    async fn workflow_page(&self, query: &ListQuery, is_open: bool) -> StoreResult<Page<WorkflowView>>;
    /// Runs that steps of workflows submitted and that have not ended.
    async fn workflow_runs_unfinished(&self) -> StoreResult<Vec<SubmittedRun>>;
}
