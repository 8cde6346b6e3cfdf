//! `hven gc`: removes objects that nothing refers to.

use clap::Args;
use hven_terminal::{Output, exit};

use crate::{act::Act, context::Context};

/// Remove objects that nothing refers to
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven gc --dry-run     what would go, and how large it is
  hven gc

What is younger than 24 hours or in use by a run never goes.")]
pub struct GcArgs {
    /// Only say what would go
    #[arg(long)]
    pub dry_run: bool,
}

impl Act for GcArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        gc(&self, context, output)
    }
}

pub fn gc(args: &GcArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    output.reply(&context.client_of_existing()?.collect(args.dry_run)?)?;
    Ok(exit::OK)
}
