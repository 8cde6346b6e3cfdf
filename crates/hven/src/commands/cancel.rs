//! `hven cancel`: ends runs with all their processes.

use clap::Args;
use clap_complete::ArgValueCompleter;
use hven_api::{
    arrays::CancelledArray,
    repair_summary::RepairSummary,
    runs::{CountedTasksOf, RunSummary},
    workflows::WorkflowSummary,
};
use hven_client::{Client, Failure};
use hven_terminal::{ArrayCancellation, Cancelled, ErrorReport, Output, exit};

use crate::{
    act::Act,
    array_watch::{ARRAY, array_and_tasks},
    complete,
    context::Context,
    follow_run::is_final,
    repair_watch::REPAIR,
    run_filter::{self, RunFilter},
    workflow_watch::WORKFLOW,
};

/// End runs, with all their processes
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven cancel 7Q2M
  hven cancel last 8R3N
  hven cancel array/3                             all tasks of an array that have not ended
  hven cancel array/3:100-200                     some of its tasks
  hven cancel workflow/3                          the steps of a manifest, and the run that goes on
  hven cancel repair/3                            a repair, and its runs that wait or run
  hven cancel --state waiting --project astro     your waiting runs there
  hven cancel --name night --since 1d
  hven cancel --all --yes                         all your waiting and running runs, without asking
  hven cancel --tag night --dry-run               only lists them

Every process of the run gets TERM, and KILL when its grace time is over.
A filter selects only your own runs that wait or run. Archived runs, and those that Hven made for its own checks, are left out, as in
`hven ps`. If several fit, the command asks; without a terminal it refuses unless --yes is given. It exits with 0 if all selected runs
are cancelled or none fits, with the status of the last error if one could not be cancelled, and with 1 if you say no.")]
pub struct CancelArgs {
    /// Handles, ids, beginnings of ids, or `last`; or arrays and their tasks, workflows and repairs, as in `array/3:100-200`
    #[arg(value_name = "RUN", add = ArgValueCompleter::new(complete::runs_workflows_and_repairs))]
    pub runs: Vec<String>,
    /// All your waiting and running runs, arrays, workflows and repairs
    #[arg(long, conflicts_with = "runs")]
    pub all: bool,
    /// Your runs in this state: waiting (or queued), running
    #[arg(long, value_delimiter = ',', value_name = "STATE", value_parser = STATES_ASKED, conflicts_with = "runs")]
    pub state: Vec<String>,
    #[command(flatten)]
    pub filter: RunFilter,
    /// Only list the runs that would be cancelled
    #[arg(long)]
    pub dry_run: bool,
    /// Cancel several without asking
    #[arg(short, long)]
    pub yes: bool,
}

impl Act for CancelArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        cancel(&self, context, output)
    }
}

/// The states of runs that can be cancelled and were not cancelled yet.
const STATES: [&str; 2] = ["waiting", "running"];
/// The same as people may call them.
const STATES_ASKED: [&str; 3] = ["waiting", "queued", "running"];

pub fn cancel(args: &CancelArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let is_filter = args.runs.is_empty();
    if is_filter && !args.all && args.state.is_empty() && args.filter.is_empty() {
        return Err(Failure::new("usage", "no runs are selected")
            .hint("name them, as in `hven cancel 7Q2M`, or use --state, --project, --name, --tag, --since or --all")
            .into());
    }
    let client = context.client_of_existing()?;
    let mut names = Vec::with_capacity(args.runs.len());
    let (mut repairs, others): (Vec<&String>, Vec<&String>) =
        args.runs.iter().partition(|name| name.starts_with(REPAIR));
    // Everything that is running, so that no workflow or repair starts another run.
    let is_everything = is_filter && args.all && args.state.is_empty() && args.filter.is_empty();
    let (all_workflows, all_repairs, all_arrays) = if is_everything { running(&client)? } else { Default::default() };
    let (mut arrays, others): (Vec<&String>, Vec<&String>) =
        others.into_iter().partition(|name| name.starts_with(ARRAY));
    let (mut workflows, runs): (Vec<&String>, Vec<&String>) =
        others.into_iter().partition(|name| name.starts_with(WORKFLOW));
    for run in runs {
        names.push(context.run_name(run)?);
    }
    if is_filter {
        let asked: Vec<&str> =
            args.state.iter().map(|state| if state == "queued" { "waiting" } else { state.as_str() }).collect();
        let states = if asked.is_empty() { STATES.as_slice() } else { asked.as_slice() };
        let mut found = args.filter.find(states, &client)?;
        if found.is_empty() {
            output.note(run_filter::NONE_FITS);
        }
        let question = |count: usize| format!("Cancel these {count} runs?");
        if !args.dry_run && !run_filter::may_be_done(&found, question, args.yes, output)? {
            return Ok(exit::NOT_WELL);
        }
        if !is_everything {
            let advice = |first: &CountedTasksOf| format!("`hven cancel {0}` ends those of {0}", first.array);
            args.filter.note_tasks(states, &client, advice, output)?;
        }
        // Waiting runs come first, because the end of a running one would start them.
        found.sort_by_key(|run| run.state != "waiting");
        names.extend(found.into_iter().map(|run| run.id));
    }
    workflows.extend(&all_workflows);
    repairs.extend(&all_repairs);
    arrays.extend(&all_arrays);
    let mut cancelled = Vec::new();
    let mut status = exit::OK;
    // Arrays, workflows and repairs come first, because the end of one of their runs would start another one.
    let cancel = |name: &String| cancel_array(&client, name, args.dry_run);
    let cancelled_arrays = cancel_each(&arrays, cancel, &mut status, output);
    let cancel = |name: &String| {
        if args.dry_run { cancellable_workflow(&client, name) } else { Ok(client.cancel_workflow(name)?) }
    };
    let cancelled_workflows = cancel_each(&workflows, cancel, &mut status, output);
    let cancel =
        |name: &String| if args.dry_run { cancellable_repair(&client, name) } else { Ok(client.cancel_repair(name)?) };
    let cancelled_repairs = cancel_each(&repairs, cancel, &mut status, output);
    // After an error the other runs are still cancelled.
    for name in &names {
        let done = if args.dry_run { cancellable(&client, name) } else { client.cancel(name).map_err(Into::into) };
        match done {
            Ok(summary) => cancelled.push(summary),
            // A run that the filter found may have ended meanwhile.
            Err(error) => match ErrorReport::of(&error) {
                report if is_filter && report.code == "conflict" => output.note(&report.message),
                report => {
                    output.error(&report);
                    status = exit::of_code(&report.code);
                }
            },
        }
    }
    output.reply(&Cancelled {
        schema: "hven.cancelled/1",
        dry_run: args.dry_run,
        runs: cancelled,
        repairs: cancelled_repairs,
        workflows: cancelled_workflows,
        arrays: cancelled_arrays,
    })?;
    Ok(status)
}

/// Cancels an array or the named tasks of it, or only checks that it goes on.
fn cancel_array(client: &Client, name: &str, is_dry: bool) -> anyhow::Result<ArrayCancellation> {
    let (array, tasks) = array_and_tasks(name).unwrap_or((name, None));
    if is_dry {
        let array = client.array(array)?.array;
        require_running(array.state == "running", &array.name, &array.state)?;
        return Ok(ArrayCancellation { array, cancelled_tasks: None });
    }
    let CancelledArray { array, cancelled_tasks, .. } = client.cancel_array(array, tasks)?;
    Ok(ArrayCancellation { array, cancelled_tasks: Some(cancelled_tasks) })
}

/// The names of the running workflows, repairs and arrays.
fn running(client: &Client) -> anyhow::Result<(Vec<String>, Vec<String>, Vec<String>)> {
    let workflows = client.workflows(true, None, LISTED_MAX)?.items.into_iter().map(|workflow| workflow.name);
    let repairs = client.repairs(true, None, LISTED_MAX)?.items.into_iter().map(|repair| repair.name);
    let arrays = client.arrays(true, None, LISTED_MAX)?.items.into_iter().map(|array| array.name);
    Ok((workflows.collect(), repairs.collect(), arrays.collect()))
}

/// The maximum number of workflows, and of repairs, that are cancelled at once.
const LISTED_MAX: usize = 1000;

/// Cancels each of these. After an error, which becomes the exit status, the others are still cancelled.
fn cancel_each<T>(
    names: &[&String],
    cancel: impl Fn(&String) -> anyhow::Result<T>,
    status: &mut u8,
    output: &mut dyn Output,
) -> Vec<T> {
    let mut cancelled = Vec::with_capacity(names.len());
    for name in names {
        match cancel(name) {
            Ok(summary) => cancelled.push(summary),
            Err(error) => {
                let report = ErrorReport::of(&error);
                output.error(&report);
                *status = exit::of_code(&report.code);
            }
        }
    }
    cancelled
}

/// A workflow that would be cancelled, as it is now.
fn cancellable_workflow(client: &Client, name: &str) -> anyhow::Result<WorkflowSummary> {
    let workflow = client.workflow(name)?.workflow;
    require_running(workflow.state == "running", &workflow.name, &workflow.state)?;
    Ok(workflow)
}

/// A repair that would be cancelled, as it is now.
fn cancellable_repair(client: &Client, name: &str) -> anyhow::Result<RepairSummary> {
    let repair = client.repair_shown(name)?.repair;
    require_running(repair.state == "running", &repair.name, &repair.state)?;
    Ok(repair)
}

/// A run that would be cancelled, as it is now.
fn cancellable(client: &Client, name: &str) -> anyhow::Result<RunSummary> {
    let run = client.run(name)?.summary;
    require_running(!is_final(&run.state), &format!("run {}", run.handle), &run.state)?;
    Ok(run)
}

/// Refuses work that has ended, as the server does.
fn require_running(is_running: bool, name: &str, state: &str) -> Result<(), Failure> {
    if is_running {
        return Ok(());
    }
    Err(Failure::new("conflict", format!("{name} has ended already: {state}")))
}
