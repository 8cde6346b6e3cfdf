//! `hven publication`: list, show and fetch publications.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use hven_terminal::{Output, exit};

use crate::{
    act::Act,
    context::Context,
    list_args::ListArgs,
    publication_folder::{PublicationTarget, fetch_publication},
};

/// Existing publications
#[derive(Debug, Args)]
pub struct PublicationArgs {
    #[command(subcommand)]
    pub command: PublicationCommand,
}

impl Act for PublicationArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        publication(&self, context, output)
    }
}

#[derive(Debug, Subcommand)]
pub enum PublicationCommand {
    /// List the publications, all versions
    Ls(LsArgs),
    /// Show a publication: its content, and whether it is still sound
    Show(ShowArgs),
    /// Fetch an existing publication into a folder
    Get(GetArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven publication ls
  hven publication ls --claim kepler3")]
pub struct LsArgs {
    #[command(flatten)]
    pub list: ListArgs,
    /// Only publications with this claim
    #[arg(long)]
    pub claim: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven publication show kepler3            the newest version
  hven publication show publication/kepler3@1 --json

It exits with 1 when something in it was retracted later.")]
pub struct ShowArgs {
    /// `NAME`, `NAME@VERSION`, with or without `publication/`, or an id
    pub publication: String,
    /// The project, if several projects have the name
    #[arg(long)]
    pub project: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven publication get kepler3@1 -o ~/kepler3")]
pub struct GetArgs {
    /// `NAME`, `NAME@VERSION`, with or without `publication/`, or an id
    pub publication: String,
    /// The folder to write, which must not exist yet [default: NAME-vVERSION]
    #[arg(short, long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub output: Option<PathBuf>,
    /// Also keep the zip, next to the folder
    #[arg(long)]
    pub zip: bool,
    /// The project, if several projects have the name
    #[arg(long)]
    pub project: Option<String>,
}

pub fn publication(args: &PublicationArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let client = context.client_of_existing()?;
    match &args.command {
        PublicationCommand::Ls(args) => {
            output.reply(&client.publications(&args.list.query(), args.claim.as_deref())?)?;
            Ok(exit::OK)
        }
        PublicationCommand::Show(args) => {
            let project = args.project.as_deref();
            let detail = context.in_project(project, |project| client.publication(&args.publication, project))?;
            output.reply(&detail)?;
            Ok(if detail.summary.soundness == "sound" { exit::OK } else { exit::NOT_WELL })
        }
        PublicationCommand::Get(args) => {
            let project = args.project.as_deref();
            let detail = context.in_project(project, |project| client.publication(&args.publication, project))?;
            let target = PublicationTarget { folder: args.output.as_deref(), keep_zip: args.zip };
            output.reply(&fetch_publication(&client, detail, None, &target, context)?)?;
            Ok(exit::OK)
        }
    }
}
