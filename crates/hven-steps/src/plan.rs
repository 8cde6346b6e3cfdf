//! `hven run --plan`: predicts which steps would run, and why.

use hven_core::manifest::{PlannedStep, StepId, StepPlan, Work};
use hven_terminal::{StepLine, StepState};

use crate::{
    claim, command,
    context::{StepContext, missing},
    data,
    host::StepHost,
    recipe,
    step_forecast::StepForecast,
};

/// A line for each step: whether it would run, and why.
pub fn plan<H: StepHost>(context: &mut StepContext<'_, H>, plan: &StepPlan) -> anyhow::Result<Vec<StepLine>> {
    let width = plan.steps.iter().map(|step| step.id.to_string().chars().count()).max().unwrap_or(0);
    let mut lines: Vec<StepLine> = Vec::with_capacity(plan.steps.len());
    for step in &plan.steps {
        let stale = step.needs.iter().find(|need| lines[need.step].state == StepState::WouldRun);
        let forecast = match stale {
            Some(need) => StepForecast::would_run(format!("comes after {}, which would run", plan.steps[need.step].id)),
            None => predict_step(context, step)?,
        };
        lines.push(forecast.line_of(step, width));
    }
    Ok(lines)
}

fn predict_step<H: StepHost>(context: &mut StepContext<'_, H>, step: &PlannedStep) -> anyhow::Result<StepForecast> {
    match &step.id {
        StepId::Data(name) => data::predict(context, name),
        StepId::Run(name) => match context.manifest.run(name).map(|run| &run.work) {
            Some(Work::Recipe { .. }) => recipe::predict(context, name),
            Some(Work::Command(_)) => command::predict(context, name),
            None => Err(missing(&step.id)),
        },
        StepId::Claim(name) => claim::predict(context, name),
    }
}
