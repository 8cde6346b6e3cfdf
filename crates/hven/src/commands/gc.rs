//! `hven gc`: removes objects that nothing refers to.

use clap::Args;
use hven_terminal::{Output, exit};

use crate::{act::Act, context::Context};

/// Remove objects that nothing refers to
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven gc --dry-run     what would be removed, and its size
  hven gc

Objects that are younger than 24 hours or in use by a run are never removed.")]
pub struct GcArgs {
    /// Only list what would be removed
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
