//! `hven explain`: why a run waits, why it ran on this runner, why it ended so.

use clap::Args;
use clap_complete::ArgValueCompleter;
use hven_terminal::{Output, TaskExplained, exit};

use crate::{act::Act, array_watch::array_and_tasks, complete, context::Context};

/// Explain why a run waits, ran here, ended so, or was not repeated
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven explain 7Q2M        why it waits, why it ran here, why it ended so, why it was or was not repeated
  hven explain last
  hven explain array/3:300   a task of an array: how many come before it, and when its turn is")]
pub struct ExplainArgs {
    /// Handle, id, beginning of an id, or `last`
    #[arg(add = ArgValueCompleter::new(complete::runs))]
    pub run: String,
}

impl Act for ExplainArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        explain(&self, context, output)
    }
}

pub fn explain(args: &ExplainArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let client = context.client_of_existing()?;
    if let Some((array, task)) = task_of_array(&args.run) {
        let task = client.array_task(array, task)?;
        if task.run.is_none() {
            output.reply(&TaskExplained { array: array.to_owned(), task })?;
            return Ok(exit::OK);
        }
    }
    output.reply(&client.explain(&context.run_name(&args.run)?)?)?;
    Ok(exit::OK)
}

/// `array/3:17` as the array and the task.
fn task_of_array(name: &str) -> Option<(&str, u64)> {
    let (array, task) = array_and_tasks(name)?;
    Some((array, task?.parse().ok()?))
}
