//! `hven repair`: runs again what rests on something retracted.
//!
//! The server finds out what is done each time it is asked, so this command only asks until nothing goes on any more.
//! Killed half-way, it leaves what is done done, and the next call goes on from there.

use std::{collections::BTreeMap, thread, time::Duration};

use clap::Args;
use clap_complete::ArgValueCompleter;
use hven_api::soundness::{Repair, RepairPlan};
use hven_terminal::{Output, RepairEnd, RepairLine, exit};

use crate::{act::Act, complete, context::Context};

/// Run again what rests on something retracted
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven repair planets@1 --with planets@2 --plan    what would run again, and what it cost before
  hven repair planets@1 --with planets@2
  hven repair 7Q2M                                 repeats a run that was retracted, and what rests on it

Killed half-way, the same command goes on where it stopped. It exits with 1 when something is left to do.")]
pub struct RepairArgs {
    /// The dataset or the run that was retracted
    #[arg(add = ArgValueCompleter::new(complete::runs))]
    pub of: String,
    /// The corrected dataset
    #[arg(long, value_name = "DATASET")]
    pub with: Option<String>,
    /// Only show what would be done
    #[arg(long)]
    pub plan: bool,
    /// Which project, when several have the names
    #[arg(long)]
    pub project: Option<String>,
}

impl Act for RepairArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        repair(&self, context, output)
    }
}

/// How often is asked, at first and at last.
const PAUSE_MIN: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(2);

pub fn repair(args: &RepairArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let client = context.client_of_existing()?;
    let of = context.run_name(&args.of)?;
    if args.plan {
        let with = args.with.as_deref();
        let plan = context.in_project(args.project.as_deref(), |project| client.repair_plan(&of, with, project))?;
        output.reply(&plan)?;
        return Ok(exit::OK);
    }
    let mut wanted = Repair { of, with: args.with.clone(), project: None, again: true };
    let mut plan = context.in_project(args.project.as_deref(), |project| {
        wanted.project = project.map(str::to_owned);
        client.repair(&wanted)
    })?;
    wanted.again = false;
    let mut told = BTreeMap::new();
    let mut pause = PAUSE_MIN;
    loop {
        if tell(&plan, &mut told, output)? {
            pause = PAUSE_MIN;
        }
        if !plan.goes_on {
            break;
        }
        thread::sleep(pause);
        pause = PAUSE_MAX.min(pause * 2);
        plan = client.repair(&wanted)?;
    }
    if output.owns_stdout() {
        output.reply(&plan)?;
    } else {
        output.reply(&RepairEnd(&plan))?;
    }
    Ok(if plan.is_done { exit::OK } else { exit::NOT_WELL })
}

/// A line for each step that stands otherwise than when it was told last; whether there was one.
fn tell(plan: &RepairPlan, told: &mut BTreeMap<String, String>, output: &mut dyn Output) -> anyhow::Result<bool> {
    let mut anything = false;
    for step in &plan.steps {
        let name = step.node.said.text.clone();
        // A claim is said with its verdict, which changes: it is the same step.
        let key = step.node.claim.as_ref().map_or(name, |claim| claim.id.clone());
        let before = told.insert(key, step.progress.clone());
        let is_news = before.as_ref() != Some(&step.progress) && step.progress != "waiting";
        if is_news && !output.owns_stdout() {
            output.reply(&RepairLine { step })?;
        }
        anything |= is_news;
    }
    Ok(anything)
}
