//! The subcommands of `hven data`. Lists and single datasets are shown here.

use clap::{Args, Subcommand};
use hven_terminal::{Output, exit};

use super::{
    add::{AddArgs, add},
    export::{ExportArgs, export},
    look::{LookArgs, look},
    split::{SplitArgs, split},
};
use crate::{act::Act, context::Context, list_args::ListArgs};

/// Datasets: import tables, show and split them
#[derive(Debug, Args)]
pub struct DataArgs {
    #[command(subcommand)]
    pub command: DataCommand,
}

impl Act for DataArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        data(&self, context, output)
    }
}

#[derive(Debug, Subcommand)]
pub enum DataCommand {
    /// Import a table from CSV or Parquet, with units and checks
    Add(AddArgs),
    /// Look at a table before its import: how it would be read, and which flags change that
    Look(LookArgs),
    /// List the datasets
    Ls(LsArgs),
    /// Show a dataset: schema, units, profile, problems, checks
    Show(ShowArgs),
    /// Write a dataset, or a part of it, to a file
    Export(ExportArgs),
    /// Split a dataset into parts, one of which may be held out
    Split(SplitArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven data ls
  hven data ls planets --project astro")]
pub struct LsArgs {
    #[command(flatten)]
    pub list: ListArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven data show planets
  hven data show planets@1 --json")]
pub struct ShowArgs {
    /// `name` (the newest version), `name@version`, or an id
    pub dataset: String,
    /// The project, if several projects have the name
    #[arg(long)]
    pub project: Option<String>,
}

fn data(args: &DataArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    match &args.command {
        DataCommand::Add(args) => add(args, context, output),
        DataCommand::Look(args) => look(args, context, output),
        DataCommand::Ls(args) => ls(args, context, output),
        DataCommand::Show(args) => {
            let client = context.client_of_existing()?;
            let project = args.project.as_deref();
            output.reply(&context.in_project(project, |project| client.dataset(&args.dataset, project))?)?;
            Ok(exit::OK)
        }
        DataCommand::Export(args) => export(args, context, output),
        DataCommand::Split(args) => split(args, context, output),
    }
}

fn ls(args: &LsArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let client = context.client_of_existing()?;
    output.reply(&client.datasets(&args.list.query())?)?;
    Ok(exit::OK)
}
