//! The steps in the order in which they need each other, and only what is stale.
//!
//! The steps are run by this command and not by the server: killed half-way, it leaves what is done done, and the next
//! call goes on from there.

use std::collections::BTreeMap;

use hven_client::Failure;
use hven_core::manifest::{Outside, Plan, Step, StepId, Work};
use hven_terminal::{Output, StepLine, StepState, Steps, exit};

use crate::{
    command, data, evidence,
    hands::Hands,
    manifest_here::Found,
    recipe,
    study::{Given, Study, Went, missing},
};

/// Runs or plans the steps of the manifest; answers the exit status.
pub fn run<H: Hands>(found: &Found, given: Given, hands: &H, output: &mut dyn Output) -> anyhow::Result<u8> {
    let Given { manifest, client, project, wanted, recipes } = given;
    manifest.check_recipes(recipes).map_err(|problems| found.wrong(&problems))?;
    let folder = found.folder().to_owned();
    let exists = |outside: &Outside| match outside {
        Outside::Path(path) => folder.join(path).exists(),
        Outside::Dataset { name, version } => {
            let name = version.map_or_else(|| name.clone(), |version| format!("{name}@{version}"));
            client.dataset(&name, project.as_deref()).is_ok()
        }
    };
    let plan = manifest.plan(&exists).map_err(|problems| found.wrong(&problems))?;
    let plan = chosen(&plan, &wanted.steps)?;
    if plan.steps.is_empty() {
        return Err(Failure::new("manifest.invalid", format!("{} has no steps", found.shown))
            .hint("add [data.NAME], [run.NAME] or [claim.NAME]; `hven init` writes an example")
            .into());
    }
    let mut study = Study {
        manifest,
        folder,
        client,
        project,
        wanted,
        recipes,
        hands,
        datasets: BTreeMap::new(),
        made: BTreeMap::new(),
    };
    let lines = if study.wanted.plan { look(&mut study, &plan)? } else { work(&mut study, &plan, output)? };
    let is_well = lines.iter().all(|line| line.state.is_well());
    if output.owns_stdout() || study.wanted.plan {
        output.reply(&Steps { schema: "hven.steps/1", steps: lines })?;
    }
    Ok(if is_well { exit::OK } else { exit::NOT_WELL })
}

fn chosen(plan: &Plan, names: &[String]) -> anyhow::Result<Plan> {
    if names.is_empty() {
        return Ok(plan.clone());
    }
    let mut targets = Vec::with_capacity(names.len());
    for name in names {
        targets.push(plan.find(name).ok_or_else(|| {
            let there: Vec<String> = plan.steps.iter().map(|step| step.id.to_string()).collect();
            Failure::new("not_found", format!("there is no step {name:?}"))
                .hint(format!("there are {}", there.join(", ")))
        })?);
    }
    Ok(plan.only(&targets))
}

/// Does the steps one after the other; what needs a step that did not go well is left alone.
fn work<H: Hands>(study: &mut Study<'_, H>, plan: &Plan, output: &mut dyn Output) -> anyhow::Result<Vec<StepLine>> {
    let width = plan.steps.iter().map(|step| step.id.to_string().chars().count()).max().unwrap_or(0);
    let mut lines: Vec<StepLine> = Vec::with_capacity(plan.steps.len());
    for step in &plan.steps {
        let blocker = step.needs.iter().find(|need| !lines[need.step].state.lets_go_on());
        let went = match blocker {
            Some(need) => {
                let why = format!("needs {}, which did not succeed", plan.steps[need.step].id);
                Went::new(StepState::Blocked, why)
            }
            None => do_step(study, step, output)?,
        };
        let line = went.line_of(step, width);
        if !output.owns_stdout() {
            output.reply(&line)?;
        }
        lines.push(line);
    }
    Ok(lines)
}

fn do_step<H: Hands>(study: &mut Study<'_, H>, step: &Step, output: &mut dyn Output) -> anyhow::Result<Went> {
    match &step.id {
        StepId::Data(name) => data::work(study, name, output),
        StepId::Run(name) => match study.manifest.run(name).map(|run| &run.work) {
            Some(Work::Recipe { .. }) => recipe::work(study, name, output),
            Some(Work::Command(_)) => command::work(study, name, output),
            None => Err(missing(&step.id)),
        },
        StepId::Claim(name) => evidence::work(study, name),
    }
}

/// Says of each step whether and why it would be done.
fn look<H: Hands>(study: &mut Study<'_, H>, plan: &Plan) -> anyhow::Result<Vec<StepLine>> {
    let width = plan.steps.iter().map(|step| step.id.to_string().chars().count()).max().unwrap_or(0);
    let mut lines: Vec<StepLine> = Vec::with_capacity(plan.steps.len());
    for step in &plan.steps {
        let stale = step.needs.iter().find(|need| lines[need.step].state == StepState::WouldRun);
        let went = match stale {
            Some(need) => {
                Went::new(StepState::WouldRun, format!("comes after {}, which would run", plan.steps[need.step].id))
            }
            None => look_at(study, step)?,
        };
        lines.push(went.line_of(step, width));
    }
    Ok(lines)
}

fn look_at<H: Hands>(study: &mut Study<'_, H>, step: &Step) -> anyhow::Result<Went> {
    match &step.id {
        StepId::Data(name) => data::look(study, name),
        StepId::Run(name) => match study.manifest.run(name).map(|run| &run.work) {
            Some(Work::Recipe { .. }) => recipe::look(study, name),
            Some(Work::Command(_)) => command::look(study, name),
            None => Err(missing(&step.id)),
        },
        StepId::Claim(name) => evidence::look(study, name),
    }
}
