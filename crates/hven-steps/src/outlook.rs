//! What would become of a step when the manifest is run.

use hven_core::manifest::PlannedStep;
use hven_terminal::{StepLine, StepState};

/// What would become of a step.
pub struct Outlook {
    pub state: StepState,
    /// The result that is there, or why the step would run.
    pub text: String,
    pub page: Option<String>,
}

impl Outlook {
    pub fn new(state: StepState, text: impl Into<String>) -> Self {
        Self { state, text: text.into(), page: None }
    }

    pub fn would_run(why: impl Into<String>) -> Self {
        Self::new(StepState::WouldRun, why)
    }

    pub fn line_of(self, step: &PlannedStep, width: usize) -> StepLine {
        let Self { state, text, page } = self;
        StepLine { step: step.id.to_string(), state, text, page, notes: Vec::new(), width }
    }
}
