//! The predicted result of a step, for `hven run --plan`.

use hven_core::manifest::PlannedStep;
use hven_terminal::{StepLine, StepState};

/// The predicted result of a step.
pub struct StepForecast {
    pub state: StepState,
    /// The existing result, or the reason why the step would run.
    pub text: String,
    pub page: Option<String>,
}

impl StepForecast {
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
