//! `hven cancel`: ends runs with all their processes.

use clap::Args;
use clap_complete::ArgValueCompleter;
use hven_api::{repair_summary::RepairSummary, runs::RunSummary, workflows::WorkflowSummary};
use hven_client::{Client, Failure};
use hven_terminal::{Cancelled, Output, Told, exit};

use crate::{
    act::Act,
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
  hven cancel workflow/3                          the steps of a manifest, and the run that goes on
  hven cancel repair/3                            a repair, and its runs that wait or run
  hven cancel --state waiting --project astro     those of yours that wait there
  hven cancel --name night --since 1d
  hven cancel --all --yes                         all of yours that wait or run, without asking
  hven cancel --tag night --dry-run               only says which

Every process of the run gets TERM, and KILL when its grace time is over.
A filter takes your own runs alone, and those that wait or run. Archived runs, and those that Hven made for its own checks, are left
out, as in `hven ps`. When several fit, it asks; where no terminal is there to ask, it refuses without --yes. It exits with 0 when all
that are meant end, also when none fits; with the status of the last error when one could not be cancelled; with 1 when you say no.")]
pub struct CancelArgs {
    /// Handles, ids, beginnings of ids, or `last`; or workflows and repairs, as in `repair/3`
    #[arg(value_name = "RUN", add = ArgValueCompleter::new(complete::runs_workflows_and_repairs))]
    pub runs: Vec<String>,
    /// All of yours that wait or run
    #[arg(long, conflicts_with = "runs")]
    pub all: bool,
    /// Those of yours in this state: waiting, running
    #[arg(long, value_delimiter = ',', value_name = "STATE", value_parser = STATES, conflicts_with = "runs")]
    pub state: Vec<String>,
    #[command(flatten)]
    pub filter: RunFilter,
    /// Only say which would be cancelled
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

/// The states in which a run can be cancelled and was not yet.
const STATES: [&str; 2] = ["waiting", "running"];

pub fn cancel(args: &CancelArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let is_filter = args.runs.is_empty();
    if is_filter && !args.all && args.state.is_empty() && args.filter.is_empty() {
        return Err(Failure::new("usage", "it is not said which runs")
            .hint("name them, as in `hven cancel 7Q2M`, or say --state, --project, --name, --tag, --since or --all")
            .into());
    }
    let client = context.client_of_existing()?;
    let mut names = Vec::with_capacity(args.runs.len());
    let (repairs, others): (Vec<&String>, Vec<&String>) = args.runs.iter().partition(|name| name.starts_with(REPAIR));
    let (workflows, runs): (Vec<&String>, Vec<&String>) =
        others.into_iter().partition(|name| name.starts_with(WORKFLOW));
    for run in runs {
        names.push(context.run_name(run)?);
    }
    if is_filter {
        let asked: Vec<&str> = args.state.iter().map(String::as_str).collect();
        let states = if asked.is_empty() { STATES.as_slice() } else { asked.as_slice() };
        let mut found = args.filter.find(states, &client)?;
        if found.is_empty() {
            output.note(run_filter::NONE_FITS);
        }
        let question = |count: usize| format!("Cancel these {count} runs?");
        if !args.dry_run && !run_filter::may_be_done(&found, question, args.yes, output)? {
            return Ok(exit::NOT_WELL);
        }
        // Those that wait come first: the end of one that runs would start them.
        found.sort_by_key(|run| run.state != "waiting");
        names.extend(found.into_iter().map(|run| run.id));
    }
    let mut cancelled = Vec::new();
    let mut status = exit::OK;
    // Workflows and repairs come first: the end of one of their runs would start the next step.
    let cancel = |name: &String| match args.dry_run {
        true => cancellable_workflow(&client, name),
        false => Ok(client.cancel_workflow(name)?),
    };
    let cancelled_workflows = each(&workflows, cancel, &mut status, output);
    let cancel = |name: &String| match args.dry_run {
        true => cancellable_repair(&client, name),
        false => Ok(client.cancel_repair(name)?),
    };
    let cancelled_repairs = each(&repairs, cancel, &mut status, output);
    // One that cannot be cancelled is no reason to let the others run.
    for name in &names {
        let done = if args.dry_run { cancellable(&client, name) } else { client.cancel(name).map_err(Into::into) };
        match done {
            Ok(summary) => cancelled.push(summary),
            // One that fitted may have ended since.
            Err(error) => match Told::of(&error) {
                told if is_filter && told.code == "conflict" => output.note(&told.message),
                told => {
                    output.error(&told);
                    status = exit::of_code(&told.code);
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
    })?;
    Ok(status)
}

/// Cancels each of these. An error is reported and becomes the exit status, and the others are cancelled all the same.
fn each<T>(
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
                let told = Told::of(&error);
                output.error(&told);
                *status = exit::of_code(&told.code);
            }
        }
    }
    cancelled
}

/// A workflow that would be cancelled, as it is now.
fn cancellable_workflow(client: &Client, name: &str) -> anyhow::Result<WorkflowSummary> {
    let workflow = client.workflow(name)?.workflow;
    if workflow.state != "running" {
        let message = format!("{} has ended already: {}", workflow.name, workflow.state);
        return Err(Failure::new("conflict", message).into());
    }
    Ok(workflow)
}

/// A repair that would be cancelled, as it is now.
fn cancellable_repair(client: &Client, name: &str) -> anyhow::Result<RepairSummary> {
    let repair = client.repair_shown(name)?.repair;
    if repair.state != "running" {
        let message = format!("{} has ended already: {}", repair.name, repair.state);
        return Err(Failure::new("conflict", message).into());
    }
    Ok(repair)
}

/// A run that would be cancelled, as it is now.
fn cancellable(client: &Client, name: &str) -> anyhow::Result<RunSummary> {
    let run = client.run(name)?.summary;
    if is_final(&run.state) {
        let message = format!("run {} has ended already: {}", run.handle, run.state);
        return Err(Failure::new("conflict", message).into());
    }
    Ok(run)
}
