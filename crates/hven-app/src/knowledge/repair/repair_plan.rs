//! What is to be repaired, and the steps of a repair.

use hven_core::project::ProjectPath;

use crate::{kernel::ancestry, ports::run::RunView};

/// What is to be repaired, and with what.
#[derive(Clone, Debug)]
pub struct RepairRequest {
    /// What was retracted: a dataset or a run.
    pub of: String,
    /// The dataset that takes its place; a run that was retracted is repeated.
    pub with: Option<String>,
    pub project: Option<ProjectPath>,
}

/// How far a step of the repair is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepProgress {
    /// It can be done now.
    Ready,
    /// Something before it is not done.
    Waiting,
    Running,
    Done,
    /// It was tried, or could not be.
    Failed,
    /// Only a person can do it.
    ByHand,
}

impl StepProgress {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::ByHand => "by_hand",
        }
    }
}

#[derive(Clone, Debug)]
pub struct RepairStep {
    /// A run that is made anew, or a claim that is judged anew.
    pub node: ancestry::LineageNode,
    pub progress: StepProgress,
    /// What it cost when it was made.
    pub wall_s: Option<f64>,
    pub cpu_s: Option<f64>,
    /// The run that does its work anew.
    pub by: Option<RunView>,
    /// Why it failed, or why a person has to do it.
    pub because: Option<String>,
}

#[derive(Clone, Debug)]
pub struct RepairPlan {
    pub of: ancestry::LineageNode,
    pub with: Option<ancestry::LineageNode>,
    /// In the order in which they can be done.
    pub steps: Vec<RepairStep>,
}

impl RepairPlan {
    /// Steps run, or can be done now.
    pub fn goes_on(&self) -> bool {
        self.steps.iter().any(|step| matches!(step.progress, StepProgress::Ready | StepProgress::Running))
    }

    pub fn is_done(&self) -> bool {
        self.steps.iter().all(|step| step.progress == StepProgress::Done)
    }
}
