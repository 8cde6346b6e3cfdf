//! `hven hold`, `hven release`, `hven priority`: change how runs wait for their turn.

use clap::Args;
use clap_complete::ArgValueCompleter;
use hven_api::{arrays::ArrayDetail, queueing::ChangeQueue};
use hven_client::{Client, Failure};
use hven_core::queueing::Priority;
use hven_terminal::{ErrorReport, Output, QueuedRuns, exit};

use crate::{act::Act, array_watch::is_array, complete, context::Context};

/// Keep waiting runs from starting until you release them
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven hold 7Q2M
  hven run --hold -d -- ./night.sh     submits a run that does not start yet
  hven release 7Q2M                    lets it start
  hven hold array/3                    none of its further tasks starts

A held run delays no other. A run that has started, or that its runner has already, cannot be held; `hven cancel` ends it.
The tasks of a held array that have started, or that their runner has already, go on.")]
pub struct HoldArgs {
    /// Handles, ids, beginnings of ids, `last`, or arrays as in array/3
    #[arg(required = true, value_name = "RUN", add = ArgValueCompleter::new(complete::unfinished_runs))]
    pub runs: Vec<String>,
}

impl Act for HoldArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        change(&self.runs, &ChangeQueue { held: Some(true), ..ChangeQueue::default() }, context, output)
    }
}

/// Let held runs start when it is their turn
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven release 7Q2M 8R3N
  hven release array/3")]
pub struct ReleaseArgs {
    /// Handles, ids, beginnings of ids, `last`, or arrays as in array/3
    #[arg(required = true, value_name = "RUN", add = ArgValueCompleter::new(complete::unfinished_runs))]
    pub runs: Vec<String>,
}

impl Act for ReleaseArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        change(&self.runs, &ChangeQueue { held: Some(false), ..ChangeQueue::default() }, context, output)
    }
}

/// Let waiting runs start before others, or after them
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven priority -10 7Q2M 8R3N     they wait until no run with a higher priority waits
  hven priority 0 7Q2M            as usual
  hven run --priority 5 -- ./urgent.sh

Among runs with the same priority, the user who used less of the machine lately is first. Only an owner of the home can
give more than 0.")]
pub struct PriorityArgs {
    /// From -100 to 100; 0 is usual
    #[arg(allow_negative_numbers = true)]
    pub priority: Priority,
    /// Handles, ids, beginnings of ids, or `last`
    #[arg(required = true, value_name = "RUN", add = ArgValueCompleter::new(complete::unfinished_runs))]
    pub runs: Vec<String>,
}

impl Act for PriorityArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        let priority = Some(self.priority.into());
        change(&self.runs, &ChangeQueue { priority, ..ChangeQueue::default() }, context, output)
    }
}

fn change_array(client: &Client, name: &str, wanted: &ChangeQueue) -> anyhow::Result<ArrayDetail> {
    let held = wanted.held.ok_or_else(|| {
        Failure::new("usage", format!("the priority of {name} is given when it is submitted: it is for runs"))
            .hint(format!("`hven hold {name}` keeps its further tasks from starting"))
    })?;
    Ok(client.hold_array(name, held)?)
}

/// Changes each run and array. After an error the others are still changed.
fn change(runs: &[String], wanted: &ChangeQueue, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let client = context.client_of_existing()?;
    let names = runs.iter().map(|run| context.run_name(run)).collect::<anyhow::Result<Vec<_>>>()?;
    let mut changed = QueuedRuns { schema: "hven.queue_changes/1", runs: Vec::new(), arrays: Vec::new() };
    let mut status = exit::OK;
    for name in &names {
        let outcome = if is_array(name) {
            change_array(&client, name, wanted).map(|array| changed.arrays.push(array.array))
        } else {
            client.change_queue(name, wanted).map(|queueing| changed.runs.push(queueing)).map_err(Into::into)
        };
        match outcome {
            Ok(()) => {}
            Err(error) => {
                let report = ErrorReport::of(&error);
                output.error(&report);
                status = exit::of_code(&report.code);
            }
        }
    }
    output.reply(&changed)?;
    Ok(status)
}
