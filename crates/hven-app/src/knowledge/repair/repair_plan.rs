//! The request for a repair, and its plan of steps.

use hven_core::project::ProjectPath;

use crate::{kernel::ancestry, ports::run::RunView};

/// The node to repair, and its replacement.
#[derive(Clone, Debug)]
pub struct RepairRequest {
    /// The retracted dataset or run.
    pub of: String,
    /// The dataset that replaces it. A retracted run is repeated instead.
    pub with: Option<String>,
    pub project: Option<ProjectPath>,
}

/// The progress of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepProgress {
    /// It can be taken now.
    Ready,
    /// An earlier step is not done.
    Waiting,
    Running,
    Done,
    /// It failed, or could not be started.
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
    /// The run to repeat, or the claim to judge again.
    pub node: ancestry::LineageNode,
    pub progress: StepProgress,
    /// The resources that the original run used.
    pub wall_s: Option<f64>,
    pub cpu_s: Option<f64>,
    /// The run that repeats it.
    pub by: Option<RunView>,
    /// The reason why it failed, or why a person has to do it.
    pub because: Option<String>,
}

#[derive(Clone, Debug)]
pub struct RepairPlan {
    pub of: ancestry::LineageNode,
    pub with: Option<ancestry::LineageNode>,
    /// In an order in which they can be taken.
    pub steps: Vec<RepairStep>,
}

impl RepairPlan {
    /// Whether a step is running or can be taken now.
    pub fn can_proceed(&self) -> bool {
        self.steps.iter().any(|step| matches!(step.progress, StepProgress::Ready | StepProgress::Running))
    }

    pub fn is_done(&self) -> bool {
        self.steps.iter().all(|step| step.progress == StepProgress::Done)
    }
}
