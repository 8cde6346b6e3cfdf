//! `hven import tensorboard`: brings runs from the event files of TensorBoard.

use std::{path::PathBuf, time::Duration};

use clap::Args;
use hven_client::Failure;
use hven_terminal::{Output, exit};

use crate::{
    context::Context,
    run_import::{TensorboardImport, import_tensorboard},
};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven import tensorboard runs --plan                 what would come; nothing is written
  hven import tensorboard runs --project astro/tune

Each folder with event files is a run. The same command again brings nothing twice, and adds what was written meanwhile.")]
pub struct TensorboardArgs {
    /// The folder with the logs
    #[arg(value_hint = clap::ValueHint::DirPath)]
    pub folder: PathBuf,
    /// Say what would be imported; read only
    #[arg(long)]
    pub plan: bool,
    /// The project of the runs [default: the project of this folder, or `home`]
    #[arg(long)]
    pub project: Option<String>,
    /// Leave out images and texts; a run that has ended gets none later
    #[arg(long)]
    pub no_artifacts: bool,
    /// A run has ended if nothing was written to its files for so many minutes
    #[arg(long, value_name = "MINUTES", default_value_t = 60)]
    pub ended_after: u32,
}

pub(super) fn import(args: &TensorboardArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let root = context.cwd.join(&args.folder);
    if !root.is_dir() {
        return Err(Failure::new("file.missing", format!("{} is not a folder", root.display())).into());
    }
    let wanted = TensorboardImport {
        named: root.display().to_string(),
        root,
        project: context.new_project(args.project.as_ref())?.unwrap_or_else(|| "home".to_owned()),
        with_files: !args.no_artifacts,
        ended_after: Duration::from_secs(u64::from(args.ended_after) * 60),
    };
    let client = if args.plan { context.client_if_home()? } else { Some(context.client()?) };
    let sending = client.as_ref().filter(|_| !args.plan);
    let (result, stopped) = import_tensorboard(&wanted, client.as_ref(), sending, output)?;
    output.reply(&result)?;
    match stopped {
        Some(error) => Err(error),
        None if result.is_complete() => Ok(exit::OK),
        None => Ok(exit::NOT_WELL),
    }
}
