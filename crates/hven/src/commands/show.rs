//! `hven show`: prints all data of one run, or of a workflow.

use clap::Args;
use clap_complete::ArgValueCompleter;
use hven_terminal::{Output, exit};

use crate::{act::Act, complete, context::Context, workflow_watch::WORKFLOW};

/// Show all data of a run, or the steps of a workflow
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven show 7Q2M
  hven show last --json | jq .outcome_detail
  hven show workflow/3")]
pub struct ShowArgs {
    /// Handle, id, beginning of an id, or `last`; or a workflow, as in `workflow/3`
    #[arg(add = ArgValueCompleter::new(complete::runs_workflows_and_repairs))]
    pub run: String,
}

impl Act for ShowArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        show(&self, context, output)
    }
}

pub fn show(args: &ShowArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let client = context.client_of_existing()?;
    if args.run.starts_with(WORKFLOW) {
        output.reply(&client.workflow(&args.run)?)?;
    } else {
        output.reply(&client.run(&context.run_name(&args.run)?)?)?;
    }
    Ok(exit::OK)
}
