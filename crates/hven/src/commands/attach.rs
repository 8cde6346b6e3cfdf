//! `hven attach`: shows a run from its beginning, as `hven run` does.

use std::sync::Arc;

use clap::Args;
use clap_complete::ArgValueCompleter;
use hven_terminal::{Output, TaskStreams};

use crate::{
    act::Act,
    array_watch, complete,
    context::Context,
    follow_run::{self, Interrupt},
    new_run,
    repair_watch::{self, REPAIR},
    workflow_watch::{self, WORKFLOW},
};

/// Show a run's output from its beginning and go on as it grows
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven attach 7Q2M     its output from the beginning, then live
  hven attach last
  hven attach array/3      the tasks of an array, as a line of progress
  hven attach workflow/3   the steps of a manifest, each with its result when it ends
  hven attach repair/3     a repair that goes on, and each step as it is done

Ctrl-C leaves; the run goes on. The exit status is the script's, as with `hven run`.")]
pub struct AttachArgs {
    /// Handle, id, beginning of an id, or `last`; or an array, a workflow or a repair, as in `repair/3`
    #[arg(add = ArgValueCompleter::new(complete::runs_workflows_and_repairs))]
    pub run: String,
    /// Print its bytes unchanged; without this, control sequences are escaped, except for colours and progress bars
    #[arg(long)]
    pub raw: bool,
}

impl Act for AttachArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        attach(&self, context, output)
    }
}

pub fn attach(args: &AttachArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let client = Arc::new(context.client_of_existing()?);
    if args.run.starts_with(REPAIR) {
        return repair_watch::watch(&client, &args.run, output);
    }
    if array_watch::is_array(&args.run) {
        return array_watch::watch(&client, &args.run, Interrupt::Leaves, output);
    }
    if args.run.starts_with(WORKFLOW) {
        return workflow_watch::watch(&client, &args.run, Interrupt::Leaves, output);
    }
    let summary = client.run(&context.run_name(&args.run)?)?.summary;
    let streams = if args.raw { TaskStreams::untouched() } else { TaskStreams::followed() };
    let end = follow_run::follow(&client, &summary.id, &summary.handle, Interrupt::Leaves, streams, output)?;
    new_run::ended(&end, output)
}
