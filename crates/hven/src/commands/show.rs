//! `hven show`: prints all data of one run.

use clap::Args;
use clap_complete::ArgValueCompleter;
use hven_terminal::{Output, exit};

use crate::{act::Act, complete, context::Context};

/// Show all data of a run
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven show 7Q2M
  hven show last --json | jq .outcome_detail")]
pub struct ShowArgs {
    /// Handle, id, beginning of an id, or `last`
    #[arg(add = ArgValueCompleter::new(complete::runs))]
    pub run: String,
}

impl Act for ShowArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        show(&self, context, output)
    }
}

pub fn show(args: &ShowArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    output.reply(&context.client_of_existing()?.run(&context.run_name(&args.run)?)?)?;
    Ok(exit::OK)
}
