//! `hven show`: prints all data of one run, of a workflow, or of an array.

use clap::Args;
use clap_complete::ArgValueCompleter;
use hven_client::Failure;
use hven_terminal::{ArrayTasks, Output, exit};

use crate::{act::Act, array_watch, complete, context::Context, workflow_watch::WORKFLOW};

/// Show all data of a run, the steps of a workflow, or an array and its tasks
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven show 7Q2M
  hven show last --json | jq .outcome_detail
  hven show workflow/3
  hven show array/3                        its states, its failures by their last line, lowest and highest metrics
  hven show array/3:17                     one task
  hven show array/3 --tasks                a row for each task
  hven show array/3 --tasks --state failed --from 5000")]
pub struct ShowArgs {
    /// Handle, id, beginning of an id, or `last`; or a workflow, an array or a task, as in `workflow/3`, `array/3`, `array/3:17`
    #[arg(add = ArgValueCompleter::new(complete::runs_workflows_and_repairs))]
    pub run: String,
    /// For an array: list its tasks
    #[arg(long)]
    pub tasks: bool,
    /// Only tasks in this state
    #[arg(long, requires = "tasks", value_parser = ["queued", "waiting", "running", "done", "failed", "cancelled"])]
    pub state: Option<String>,
    /// The first task of the list
    #[arg(long, value_name = "TASK", requires = "tasks", default_value_t = 1)]
    pub from: u64,
    /// At most so many tasks
    #[arg(short = 'n', long, requires = "tasks", default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub limit: u16,
}

impl Act for ShowArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        show(&self, context, output)
    }
}

pub fn show(args: &ShowArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let client = context.client_of_existing()?;
    let name = &args.run;
    if args.tasks {
        if !array_watch::is_array(name) {
            return Err(
                Failure::new("usage", format!("--tasks lists the tasks of an array, and {name} is none")).into()
            );
        }
        let page = client.array_tasks(name, args.state.as_deref(), args.from, args.limit.into())?;
        output.reply(&ArrayTasks { page, array: name.clone() })?;
    } else if array_watch::is_array(name) {
        let detail = client.array(name)?;
        output.reply(&array_watch::shown(&client, detail)?)?;
    } else if name.starts_with(WORKFLOW) {
        output.reply(&client.workflow(name)?)?;
    } else {
        output.reply(&client.run(&context.run_name(name)?)?)?;
    }
    Ok(exit::OK)
}
