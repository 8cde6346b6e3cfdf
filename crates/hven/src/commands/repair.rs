//! `hven repair`: runs again everything that rests on a retracted item.
//!
//! The server does the repair. This command starts and watches it; when the command is killed, the repair continues.

use clap::Args;
use clap_complete::ArgValueCompleter;
use hven_api::soundness::Repair;
use hven_client::Failure;
use hven_terminal::{Output, RepairDetached, exit};

use crate::{act::Act, complete, context::Context, repair_watch};

/// Run again everything that rests on a retracted item
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven repair planets@1 --with planets@2 --plan    what would run again, and its earlier cost
  hven repair planets@1 --with planets@2
  hven repair 7Q2M                                 repeats a retracted run, and everything that rests on it
  hven repair planets@1 --with planets@2 --detach  starts the repair and returns

The server does the repair, also after the terminal is closed. Ctrl-C stops watching: `hven ps` lists the active repairs, `hven attach
repair/3` shows one again, and `hven cancel repair/3` ends it. It exits with 1 when something is left to do.")]
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
    /// Start the repair and return
    #[arg(long, conflicts_with = "plan")]
    pub detach: bool,
    /// The project, if several projects have the names
    #[arg(long)]
    pub project: Option<String>,
}

impl Act for RepairArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        repair(&self, context, output)
    }
}

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
    let plan = context.in_project(args.project.as_deref(), |project| {
        wanted.project = project.map(str::to_owned);
        client.repair(&wanted)
    })?;
    let repair =
        plan.repair.ok_or_else(|| Failure::new("internal", "the server did not return the repair that it started"))?;
    if args.detach {
        output.reply(&RepairDetached(&repair))?;
        return Ok(exit::OK);
    }
    repair_watch::watch(&client, &repair.id, output)
}
