//! The parts of reports that all kinds of steps share.

use hven_api::runs::RunDetail;
use hven_client::Failure;
use hven_core::{
    RunId,
    workflow::{StepEnd, StepError, StepResult},
};

/// The report of a step whose run has ended.
pub fn after_run(run: &RunDetail) -> anyhow::Result<StepResult> {
    let end = if run.summary.state == "done" { StepEnd::Done } else { StepEnd::Failed };
    Ok(StepResult { end, run: Some(run_id(&run.summary.id)?), ..StepResult::default() })
}

pub fn failed(error: StepError) -> StepResult {
    StepResult { error: Some(error), ..StepResult::default() }
}

pub fn run_id(text: &str) -> anyhow::Result<RunId> {
    text.parse().map_err(|_| Failure::new("internal", format!("the server named a run {text:?}")).into())
}
