//! `hven retry`: has tasks of an array run again that did not succeed.

use std::sync::Arc;

use clap::Args;
use clap_complete::ArgValueCompleter;
use hven_api::arrays::RetryArray;
use hven_client::Failure;
use hven_terminal::{ArrayDetached, Output, exit};

use crate::{
    act::Act,
    array_watch::{self, array_and_tasks},
    complete,
    context::Context,
    follow_run::Interrupt,
};

/// Run tasks of an array again that failed or were cancelled
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven retry array/3                 the tasks that failed
  hven retry array/3 --cancelled     those that failed and those that were cancelled
  hven retry array/3:17              one task
  hven retry array/3:100-200 -d      those of these that failed or were cancelled

The tasks run with the code, inputs and environment of the array, not with the present ones: `hven map` makes an array of those. The
environment is kept for seven days after the end of an array. The exit status is that of `hven map`.")]
pub struct RetryArgs {
    /// The array, as in array/3, or some of its tasks, as in array/3:10-20
    #[arg(value_name = "ARRAY", add = ArgValueCompleter::new(complete::arrays))]
    pub array: String,
    /// Those that failed; this is meant without any flag
    #[arg(long, conflicts_with = "cancelled")]
    pub failed: bool,
    /// Also those that were cancelled, before or after they had a run
    #[arg(long)]
    pub cancelled: bool,
    /// Do not follow it
    #[arg(short, long)]
    pub detach: bool,
}

impl Act for RetryArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        retry(&self, context, output)
    }
}

fn retry(args: &RetryArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let (array, tasks) = array_and_tasks(&args.array).ok_or_else(|| {
        Failure::new("usage", format!("{} is no array", args.array))
            .hint("name it as in array/3; `hven rerun RUN` repeats a run by itself")
    })?;
    if tasks.is_some() && (args.failed || args.cancelled) {
        return Err(
            Failure::new("usage", "--failed and --cancelled are for a whole array: tasks are named already").into()
        );
    }
    let client = Arc::new(context.client_of_existing()?);
    let wanted = RetryArray { tasks: tasks.map(str::to_owned), cancelled: args.cancelled };
    let retried = client.retry_array(array, &wanted)?;
    if args.detach {
        output.reply(&ArrayDetached(&retried))?;
        return Ok(exit::OK);
    }
    array_watch::watch(&client, &retried.array.name, Interrupt::Cancels, output)
}
