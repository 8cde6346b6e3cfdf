//! `hven import mlflow`: brings the runs of MLflow.

use std::path::PathBuf;

use clap::Args;
use hven_client::Failure;
use hven_terminal::{Output, exit};

use crate::{
    context::Context,
    run_import::{MlflowImport, MlflowSource, import_mlflow},
};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven import mlflow mlflow.db --plan           what would come; nothing is written
  hven import mlflow mlflow.db                  a database, with the files next to it
  hven import mlflow ./mlruns                   a folder of an older MLflow
  hven import mlflow http://127.0.0.1:5000      a server
  hven import mlflow mlflow.db --experiment tune --project astro/tune

Each experiment becomes a project, and runs keep their ids. The same command again brings nothing twice, and goes on after an
interruption. For a server, MLFLOW_TRACKING_TOKEN or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD are read.")]
pub struct MlflowArgs {
    /// A SQLite file, a folder, or an address that begins with http://
    #[arg(value_name = "SOURCE", value_hint = clap::ValueHint::AnyPath)]
    pub source: String,
    /// Say what would be imported; read only
    #[arg(long)]
    pub plan: bool,
    /// Import only the experiment with this name; can be repeated
    #[arg(long = "experiment", value_name = "NAME")]
    pub experiments: Vec<String>,
    /// The project for all runs [default: each experiment is a project of its own]
    #[arg(long)]
    pub project: Option<String>,
    /// Import deleted runs, too; they come into the archive
    #[arg(long)]
    pub deleted: bool,
    /// Leave out the files of runs and models; a run that has ended gets none later
    #[arg(long)]
    pub no_artifacts: bool,
    /// The folder with the files of the runs, if it was moved
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub artifacts: Option<PathBuf>,
}

pub(super) fn import(args: &MlflowArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let artifacts = args.artifacts.as_ref().map(|folder| context.cwd.join(folder));
    if let Some(folder) = artifacts.as_ref().filter(|folder| !folder.is_dir()) {
        return Err(Failure::new("file.missing", format!("{} is not a folder", folder.display())).into());
    }
    let source = MlflowSource::of(&args.source, &context.cwd)?;
    let wanted = MlflowImport {
        named: source.name(),
        source,
        artifacts,
        experiments: args.experiments.clone(),
        project: args.project.clone(),
        with_deleted: args.deleted,
        with_files: !args.no_artifacts,
    };
    let client = if args.plan { context.client_if_home()? } else { Some(context.client()?) };
    let sending = client.as_ref().filter(|_| !args.plan);
    let (result, stopped) = import_mlflow(&wanted, client.as_ref(), sending, output)?;
    output.reply(&result)?;
    match stopped {
        Some(error) => Err(error),
        None if result.is_complete() => Ok(exit::OK),
        None => Ok(exit::NOT_WELL),
    }
}
