//! The subcommands of `hven import`: a publication, an export, or the runs of another tracker.

use clap::{Args, Subcommand};
use hven_terminal::Output;

use super::{crates, export, mlflow, tensorboard};
use crate::{act::Act, context::Context};

/// Import from another home, or the runs of another tracker
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
    /// Import the runs of MLflow: a database, a folder `mlruns`, or a server
    Mlflow(mlflow::MlflowArgs),
    /// Import runs from the event files of TensorBoard
    Tensorboard(tensorboard::TensorboardArgs),
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
        ImportCommand::Mlflow(args) => mlflow::import(args, context, output),
        ImportCommand::Tensorboard(args) => tensorboard::import(args, context, output),
    }
}
