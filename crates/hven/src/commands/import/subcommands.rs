//! The subcommands of `hven import`: a publication, or an export.

use clap::{Args, Subcommand};
use hven_terminal::Output;

use super::{crates, export};
use crate::{act::Act, context::Context};

/// Import from another home: a publication, or everything
#[derive(Debug, Args)]
pub struct ImportArgs {
    #[command(subcommand)]
    pub command: ImportCommand,
}

#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// Import a publication (a folder or a zip) with all that its claims rest on
    Crate(crates::CrateArgs),
    /// Create a home from an export
    Export(export::ExportArgs),
}

impl Act for ImportArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        import(&self, context, output)
    }
}

fn import(args: &ImportArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    match &args.command {
        ImportCommand::Crate(args) => crates::import(args, context, output),
        ImportCommand::Export(args) => export::import(args, context, output),
    }
}
