//! Converts attempts and their outcomes to wire types.

use hven_api::runs as wire;
use hven_app::ports::views::AttemptView;
use hven_core::{
    params::Params,
    run::{MetricSummary, Outcome},
};

use super::{metrics::metric, recorded_sentence, sentence, text};

pub(crate) fn outcome(outcome: &Outcome) -> wire::Outcome {
    let kind = match outcome {
        Outcome::Done => "done",
        Outcome::Failed { .. } => "failed",
        Outcome::Killed { .. } => "killed",
        Outcome::NotStarted { .. } => "not_started",
        Outcome::TimedOut { .. } => "timed_out",
        Outcome::OutOfMemory { .. } => "out_of_memory",
        Outcome::OutputTooLarge { .. } => "output_too_large",
        Outcome::OutputMissing { .. } => "output_missing",
        Outcome::OutputNotKept { .. } => "output_not_kept",
        Outcome::Cancelled => "cancelled",
        Outcome::Lost { .. } => "lost",
    };
    wire::Outcome {
        kind: kind.to_owned(),
        said: sentence(outcome.recorded().sentence()),
        exit_status: outcome.exit_status(),
    }
}

pub(crate) fn attempt(
    attempt: &AttemptView,
    measured: Option<&Vec<MetricSummary>>,
    noted: Option<&Params>,
) -> wire::Attempt {
    wire::Attempt {
        number: attempt.id.number,
        runner: attempt.runner.to_string(),
        started: text(attempt.started),
        ended: attempt.ended.map(text),
        outcome: attempt.result.as_ref().map(|result| outcome(&result.outcome)),
        wall_s: attempt.result.as_ref().map(|result| result.wall_s),
        retry_said: attempt.retry_because.as_deref().and_then(recorded_sentence),
        retry_because: attempt.retry_because.clone(),
        metrics: measured.into_iter().flatten().map(metric).collect(),
        params: noted.cloned().unwrap_or_default(),
        units: attempt.units.clone(),
    }
}
