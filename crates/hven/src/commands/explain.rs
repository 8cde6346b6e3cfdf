//! `hven explain`: why a run waits, why it ran on this runner, why it ended so.

use clap::Args;
use clap_complete::ArgValueCompleter;
use hven_terminal::{Output, exit};

use crate::{act::Act, complete, context::Context};

/// Explain why a run waits, ran here, ended so, or was not repeated
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven explain 7Q2M        why it waits, why it ran here, why it ended so, why it was or was not repeated
  hven explain last")]
pub struct ExplainArgs {
    /// Handle, id, beginning of an id, or `last`
    #[arg(add = ArgValueCompleter::new(complete::runs))]
    pub run: String,
}

impl Act for ExplainArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        explain(&self, context, output)
    }
}

pub fn explain(args: &ExplainArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    output.reply(&context.client_of_existing()?.explain(&context.run_name(&args.run)?)?)?;
    Ok(exit::OK)
}
