//! `hven show`, `hven why`, `hven explain`: three questions about one run.

use clap::Args;
use clap_complete::ArgValueCompleter;
use hven_terminal::{Output, exit};

use crate::{complete, context::Context};

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

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven why 7Q2M            the path back to the raw bytes, and the runs that used what it made
  hven why claim/kepler3   from the claim to the raw bytes
  hven why planets@1
  hven why last --json")]
pub struct WhyArgs {
    /// A run (handle, id, `last`), a dataset (`planets@1`) or a claim (`claim/kepler3`)
    #[arg(add = ArgValueCompleter::new(complete::runs))]
    pub of: String,
    /// Which project, when several have the name
    #[arg(long)]
    pub project: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven explain 7Q2M        why it waits, why here, why it ended so, why it was or was not repeated
  hven explain last")]
pub struct ExplainArgs {
    /// Handle, id, beginning of an id, or `last`
    #[arg(add = ArgValueCompleter::new(complete::runs))]
    pub run: String,
}

pub fn show(args: &ShowArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    output.reply(&context.client_of_existing()?.run(&context.run_name(&args.run)?)?)?;
    Ok(exit::OK)
}

pub fn why(args: &WhyArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let (client, of) = (context.client_of_existing()?, context.run_name(&args.of)?);
    output.reply(&context.in_project(args.project.as_deref(), |project| client.lineage(&of, project))?)?;
    Ok(exit::OK)
}

pub fn explain(args: &ExplainArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    output.reply(&context.client_of_existing()?.explain(&context.run_name(&args.run)?)?)?;
    Ok(exit::OK)
}
