//! `hven why`: shows what an item rests on, and what rests on it.

use clap::Args;
use clap_complete::ArgValueCompleter;
use hven_terminal::{Output, exit};

use crate::{act::Act, complete, context::Context, run_deletion::note_deletion};

/// Show what an item rests on, down to the raw bytes, and what rests on it
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven why 7Q2M            the path back to the raw bytes, and the runs that used its outputs
  hven why claim/kepler3   from the claim to the raw bytes
  hven why planets@1
  hven why last --json")]
pub struct WhyArgs {
    /// A run (handle, id, `last`), a dataset (`planets@1`) or a claim (`claim/kepler3`)
    #[arg(add = ArgValueCompleter::new(complete::runs))]
    pub of: String,
    /// The project, if several projects have the name
    #[arg(long)]
    pub project: Option<String>,
}

impl Act for WhyArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        why(&self, context, output)
    }
}

pub fn why(args: &WhyArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let (client, of) = (context.client_of_existing()?, context.run_name(&args.of)?);
    let lineage = context.in_project(args.project.as_deref(), |project| client.lineage(&of, project))?;
    output.reply(&lineage)?;
    if lineage.of.kind == "run" && lineage.rests_on.is_empty() {
        note_deletion(&client, &of, output)?;
    }
    Ok(exit::OK)
}
