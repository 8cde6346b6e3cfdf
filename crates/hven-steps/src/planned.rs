//! `hven run --plan`: which steps would run, and why.

use hven_core::manifest::{PlannedStep, StepId, StepPlan, Work};
use hven_terminal::{StepLine, StepState};

use crate::{
    command,
    context::{StepContext, missing},
    data, evidence,
    host::StepHost,
    outlook::Outlook,
    recipe,
};

/// A line for each step: whether it would run, and why.
pub fn plan<H: StepHost>(context: &mut StepContext<'_, H>, plan: &StepPlan) -> anyhow::Result<Vec<StepLine>> {
    let width = plan.steps.iter().map(|step| step.id.to_string().chars().count()).max().unwrap_or(0);
    let mut lines: Vec<StepLine> = Vec::with_capacity(plan.steps.len());
    for step in &plan.steps {
        let stale = step.needs.iter().find(|need| lines[need.step].state == StepState::WouldRun);
        let outlook = match stale {
            Some(need) => Outlook::would_run(format!("comes after {}, which would run", plan.steps[need.step].id)),
            None => look_at(context, step)?,
        };
        lines.push(outlook.line_of(step, width));
    }
    Ok(lines)
}

fn look_at<H: StepHost>(context: &mut StepContext<'_, H>, step: &PlannedStep) -> anyhow::Result<Outlook> {
    match &step.id {
        StepId::Data(name) => data::look(context, name),
        StepId::Run(name) => match context.manifest.run(name).map(|run| &run.work) {
            Some(Work::Recipe { .. }) => recipe::look(context, name),
            Some(Work::Command(_)) => command::look(context, name),
            None => Err(missing(&step.id)),
        },
        StepId::Claim(name) => evidence::look(context, name),
    }
}
