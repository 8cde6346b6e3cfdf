//! `hven rerun`: the work of a run anew, in the folder where it ran and with what lies there today. It goes the way of
//! `hven run`: code, inputs, environment and programs are taken down anew.

mod work;

use std::{
    path::PathBuf,
    sync::{Arc, mpsc::Receiver},
};

use anyhow::Context as _;
use clap::Args;
use clap_complete::ArgValueCompleter;
use hven_api::runs::{RunDetail, RunName, RunSummary};
use hven_client::Client;
use hven_core::file_name;
use serde::Serialize;

use super::run::{self, Prepared, afterwork, wait_for};
use crate::{
    complete,
    context::Context,
    exit,
    failure::Told,
    output::Output,
    run_filter::{self, RunFilter},
    waits,
};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven rerun 7Q2M                              the same command, in the foreground as `hven run`
  hven rerun -d 7Q2M 8R3N                      in the background
  hven rerun --state failed --since 2d         all of yours that failed in the last two days
  hven rerun --state failed --project astro --name fit --dry-run
                                               only says which
  hven rerun 7Q2M --despite-suspicion 'a test of the new table'

It runs in the folder of the run with what lies there today, unlike `hven reproduce`, which runs it on the recorded bytes in a
fresh folder and compares. Command, inputs, outputs, parameters, resources, limits, retries, tolerances, name and project are
those of the run; the variables that it recorded are recorded again, and its secrets must be in your environment. It always
runs, as with `hven run --fresh`.

A single run is followed, and the exit status is that of its command. Several start in the background. A filter takes your own runs
that have ended, without archived ones and those that Hven made for its own checks. When several fit, it asks; where no terminal is
there to ask, it refuses without --yes. It exits with 1 when you say no.")]
pub struct RerunArgs {
    /// Handles, ids, beginnings of ids, or `last`
    #[arg(
        required_unless_present_any = ["state", "project", "name", "tag", "since"],
        value_name = "RUN",
        add = ArgValueCompleter::new(complete::runs)
    )]
    pub runs: Vec<String>,
    /// Those of yours that ended so: done, failed, cancelled, lost [default: all that have ended]
    #[arg(long, value_delimiter = ',', value_name = "STATE", value_parser = STATES, conflicts_with = "runs")]
    pub state: Vec<String>,
    #[command(flatten)]
    pub filter: RunFilter,
    /// Do not follow it
    #[arg(short, long)]
    pub detach: bool,
    /// Only say what would run
    #[arg(long)]
    pub dry_run: bool,
    /// Run several without asking
    #[arg(short, long)]
    pub yes: bool,
    /// Take what links in input folders lead to instead of the links: what `hven run --follow-links` was told is not recorded
    #[arg(long)]
    pub follow_links: bool,
    /// A file of keys that is code all the same, in the folder of the run; may be repeated
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub include_key_file: Vec<PathBuf>,
    /// Run it although a dataset that it reads does not meet its checks
    #[arg(long)]
    pub despite_checks: bool,
    /// Run it although what it reads rests on something retracted: why
    #[arg(long, value_name = "TEXT")]
    pub despite_suspicion: Option<String>,
}

impl RerunArgs {
    /// Whether one run was named and is followed: the exit status is that of its command then.
    pub fn is_followed(&self) -> bool {
        self.runs.len() == 1 && !self.detach && !self.dry_run
    }
}

/// The states of a run that has ended.
const STATES: [&str; 4] = ["done", "failed", "cancelled", "lost"];

/// What was started again, or would be.
#[derive(Debug, Serialize)]
pub struct Reruns {
    pub schema: &'static str,
    pub dry_run: bool,
    pub runs: Vec<Rerun>,
}

/// One of them.
#[derive(Debug, Serialize)]
pub struct Rerun {
    /// The run whose work it is.
    pub of: RunName,
    pub command: String,
    pub folder: String,
    /// The new run; none when it is only said.
    pub run: Option<RunSummary>,
}

pub fn rerun(args: &RerunArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let client = Arc::new(context.client_of_existing()?);
    let Some(names) = names(args, context, &client, output)? else { return Ok(exit::NOT_WELL) };
    let again = Again { args, context, client: &client };
    match names.as_slice() {
        [name] if !args.detach && !args.dry_run => again.in_foreground(name, output),
        names => again.in_background(names, output),
    }
}

/// The runs that are meant; none when somebody was asked and did not agree.
fn names(
    args: &RerunArgs,
    context: &Context,
    client: &Client,
    output: &mut dyn Output,
) -> anyhow::Result<Option<Vec<String>>> {
    if !args.runs.is_empty() {
        return args.runs.iter().map(|run| context.run_name(run)).collect::<anyhow::Result<_>>().map(Some);
    }
    let asked: Vec<&str> = args.state.iter().map(String::as_str).collect();
    let states = if asked.is_empty() { STATES.as_slice() } else { asked.as_slice() };
    let found = args.filter.find(states, client)?;
    if found.is_empty() {
        output.note(run_filter::NONE_FITS);
    }
    let question = |count: usize| format!("Run these {count} again?");
    let may = args.dry_run || run_filter::may_be_done(&found, question, args.yes, output)?;
    Ok(may.then(|| found.into_iter().map(|run| run.id).collect()))
}

/// Runs that are to be run again.
struct Again<'a> {
    args: &'a RerunArgs,
    context: &'a Context,
    client: &'a Arc<Client>,
}

impl Again<'_> {
    fn in_foreground(&self, name: &str, output: &mut dyn Output) -> anyhow::Result<u8> {
        let run = self.client.run(name)?;
        let (place, prepared) = self.prepare(&run, output)?;
        if place.cwd != self.context.cwd {
            let folder = file_name::to_text(&place.cwd);
            output.note(&format!("run {} again, in {}", run.summary.handle, file_name::shown(&folder)));
        }
        run::submit(prepared, false, &place, self.client, output)
    }

    /// Starts each of them, or only says that it would. One that cannot be run again is no reason to leave out the others.
    fn in_background(&self, names: &[String], output: &mut dyn Output) -> anyhow::Result<u8> {
        let mut runs = Vec::with_capacity(names.len());
        let mut afterworks = Vec::new();
        let mut status = exit::OK;
        for name in names {
            match self.start(name, output) {
                Ok((rerun, afterwork)) => {
                    runs.push(rerun);
                    afterworks.extend(afterwork);
                }
                Err(error) => {
                    let told = Told::of(&error);
                    output.error(&told);
                    status = exit::of_code(&told.code);
                }
            }
        }
        output.reply(&Reruns { schema: "hven.reruns/1", dry_run: self.args.dry_run, runs })?;
        afterworks.iter().for_each(wait_for);
        Ok(status)
    }

    fn start(&self, name: &str, output: &mut dyn Output) -> anyhow::Result<(Rerun, Option<Receiver<()>>)> {
        let run = self.client.run(name)?;
        let rerun = |folder: &Context, new: Option<RunSummary>| Rerun {
            of: RunName { id: run.summary.id.clone(), handle: run.summary.handle.clone() },
            command: run.summary.command.clone(),
            folder: file_name::to_text(&folder.cwd),
            run: new,
        };
        if self.args.dry_run {
            let (place, _) = work::again(&run, self.args, self.context, self.client)?;
            return Ok((rerun(&place, None), None));
        }
        let (place, Prepared { submit, code_files, .. }) = self.prepare(&run, output)?;
        let cannot = || format!("run {} cannot be run again", run.summary.handle);
        let created = self.client.submit(&submit).with_context(cannot)?;
        let code_files = code_files.with_list_sent(self.client);
        let afterwork = afterwork(self.client, &created.run.id, &submit, code_files);
        if let Some(why) = waits::too_much(self.client, &created.run.id, &submit.resources) {
            output.note(&why);
        }
        Ok((rerun(&place, Some(created.run)), Some(afterwork)))
    }

    /// Takes down what the new run is made of; answers also where it runs.
    fn prepare(&self, run: &RunDetail, output: &mut dyn Output) -> anyhow::Result<(Context, Prepared)> {
        let handle = &run.summary.handle;
        let (place, work) = work::again(run, self.args, self.context, self.client)?;
        if !STATES.contains(&run.summary.state.as_str()) {
            output.note(&format!("run {handle} has not ended: both work in the same folder"));
        }
        let prepared = run::prepare(work, &place, self.client, output);
        Ok((place, prepared.with_context(|| format!("run {handle} cannot be run again"))?))
    }
}
