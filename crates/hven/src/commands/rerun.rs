//! `hven rerun`: the work of a run anew, in the folder where it ran and with what lies there today. It goes the way of
//! `hven run`: code, inputs, environment and programs are taken down anew.

mod same_work;
mod work;

use std::{
    path::PathBuf,
    sync::{Arc, mpsc::Receiver},
};

use anyhow::Context as _;
use clap::Args;
use clap_complete::ArgValueCompleter;
use hven_api::runs::{RunDetail, RunName, RunSummary};
use hven_client::{Client, Failure};
use hven_core::file_name;
use hven_terminal::{LeftOut, Output, Rerun, Reruns, Told, exit};

use crate::{
    act::Act,
    complete,
    context::Context,
    new_run::{self, Prepared, Work, afterwork, wait_for},
    run_filter::{self, RunFilter},
    waits,
};
use work::Anew;

/// Run the work of runs again, in their folders, with what lies there today
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
that have ended, without archived ones and those that Hven made for its own checks. Of runs with the same command, folder, project and
name the newest counts alone: a failed run whose work went well since is left out. So are steps, recipes and runs that read a pipe; what
is left out is said. A run that you name is always run. When several fit, it asks; where no terminal is there to ask, it refuses without
--yes.

In the background it exits with 0 when all were started, and with the status of the last error when one could not be. It exits with 1
when you say no.")]
pub struct RerunArgs {
    /// Handles, ids, beginnings of ids, or `last`
    #[arg(value_name = "RUN", add = ArgValueCompleter::new(complete::runs))]
    pub runs: Vec<String>,
    /// Those of yours that ended so: done, failed, cancelled, lost [default: all that have ended]
    #[arg(long, value_delimiter = ',', value_name = "STATE", value_parser = STATES, conflicts_with = "runs")]
    pub state: Vec<String>,
    #[command(flatten)]
    pub filter: RunFilter,
    /// Do not follow it
    #[arg(short, long)]
    pub detach: bool,
    /// Only say which would be tried
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

impl Act for RerunArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        rerun(&self, context, output)
    }
}

impl RerunArgs {
    /// Whether one run was named and is followed: the exit status is that of its command then.
    pub fn is_followed(&self) -> bool {
        self.runs.len() == 1 && !self.detach && !self.dry_run
    }
}

/// The states of a run that has ended.
const STATES: [&str; 4] = ["done", "failed", "cancelled", "lost"];

pub fn rerun(args: &RerunArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    if args.runs.is_empty() && args.state.is_empty() && args.filter.is_empty() {
        return Err(Failure::new("usage", "it is not said which runs")
            .hint("name them, as in `hven rerun 7Q2M`, or say --state, --project, --name, --tag or --since")
            .into());
    }
    let client = Arc::new(context.client_of_existing()?);
    let Some(Meant { names, left_out }) = meant(args, context, &client, output)? else { return Ok(exit::NOT_WELL) };
    let anew = Anew {
        follow_links: args.follow_links,
        include_key_files: args.include_key_file.clone(),
        despite_checks: args.despite_checks,
        despite_suspicion: args.despite_suspicion.clone(),
    };
    let again = Again { args, anew, context, client: &client };
    match names.as_slice() {
        [name] if !args.detach && !args.dry_run => again.in_foreground(name, output),
        names => again.in_background(names, left_out, output),
    }
}

/// Which runs are meant.
struct Meant {
    names: Vec<String>,
    left_out: Vec<LeftOut>,
}

/// The runs that are meant; none when somebody was asked and did not agree.
fn meant(
    args: &RerunArgs,
    context: &Context,
    client: &Client,
    output: &mut dyn Output,
) -> anyhow::Result<Option<Meant>> {
    if !args.runs.is_empty() {
        let mut names = Vec::with_capacity(args.runs.len());
        // All of them are looked up before the first is started. One that is named twice is run once.
        for run in &args.runs {
            let id = client.run(&context.run_name(run)?)?.summary.id;
            if !names.contains(&id) {
                names.push(id);
            }
        }
        return Ok(Some(Meant { names, left_out: Vec::new() }));
    }
    let asked: Vec<&str> = args.state.iter().map(String::as_str).collect();
    let states = if asked.is_empty() { STATES.as_slice() } else { asked.as_slice() };
    let fitting = args.filter.find(states, client)?;
    if fitting.is_empty() {
        output.note(run_filter::NONE_FITS);
    }
    let (found, left_out) = same_work::newest(fitting, states, &args.filter, client)?;
    match left_out.len() {
        0 => {}
        1 => output.note("1 run is left out, because a newer run of the same work counts"),
        count => output.note(&format!("{count} runs are left out, because newer runs of the same work count")),
    }
    let question = |count: usize| format!("Run these {count} again?");
    let may = args.dry_run || run_filter::may_be_done(&found, question, args.yes, output)?;
    Ok(may.then(|| Meant { names: found.into_iter().map(|run| run.id).collect(), left_out }))
}

/// Runs that are to be run again.
struct Again<'a> {
    args: &'a RerunArgs,
    /// What is said when a run is run again, and not recorded.
    anew: Anew,
    context: &'a Context,
    client: &'a Arc<Client>,
}

/// What came of trying one.
enum Tried {
    /// It was started, or would be tried.
    Begun(Box<Rerun>, Option<Receiver<()>>),
    /// No run of its kind can be run again in its folder.
    NotItsKind(RunName, anyhow::Error),
}

impl Again<'_> {
    fn in_foreground(&self, name: &str, output: &mut dyn Output) -> anyhow::Result<u8> {
        let run = self.client.run(name)?;
        let (place, work) = work::again(&run, &self.anew, self.context, self.client)?;
        let prepared = self.prepare(&run, work, &place, output)?;
        if place.cwd != self.context.cwd {
            let folder = file_name::to_text(&place.cwd);
            output.note(&format!("run {} again, in {}", run.summary.handle, file_name::shown(&folder)));
        }
        new_run::submit(prepared, false, &place, self.client, output)
    }

    /// Starts each of them, or only says that it would be tried. One that cannot be run again is no reason to leave out the
    /// others; a filter takes such runs by chance, so that is no error when there are others.
    fn in_background(
        &self,
        names: &[String],
        mut left_out: Vec<LeftOut>,
        output: &mut dyn Output,
    ) -> anyhow::Result<u8> {
        let mut runs = Vec::with_capacity(names.len());
        let mut afterworks = Vec::new();
        let mut not_their_kind = Vec::new();
        let mut status = exit::OK;
        for name in names {
            match self.start(name, output) {
                Ok(Tried::Begun(rerun, afterwork)) => {
                    runs.push(*rerun);
                    afterworks.extend(afterwork);
                }
                Ok(Tried::NotItsKind(of, error)) if self.args.runs.is_empty() => {
                    left_out.push(LeftOut { of, why: Told::of(&error).message });
                    not_their_kind.push(error);
                }
                Ok(Tried::NotItsKind(_, error)) | Err(error) => status = tell(&error, output),
            }
        }
        for error in &not_their_kind {
            if runs.is_empty() {
                status = tell(error, output);
            } else {
                output.note(&format!("left out: {}", Told::of(error).message));
            }
        }
        output.reply(&Reruns { schema: "hven.reruns/1", dry_run: self.args.dry_run, runs, left_out })?;
        afterworks.iter().for_each(wait_for);
        Ok(status)
    }

    fn start(&self, name: &str, output: &mut dyn Output) -> anyhow::Result<Tried> {
        let run = self.client.run(name)?;
        let of = RunName { id: run.summary.id.clone(), handle: run.summary.handle.clone() };
        let (place, work) = match work::again(&run, &self.anew, self.context, self.client) {
            Err(error) if work::is_of_its_kind(&error) => return Ok(Tried::NotItsKind(of, error)),
            told => told?,
        };
        let rerun = |new: Option<RunSummary>| {
            let (command, folder) = (run.summary.command.clone(), file_name::to_text(&place.cwd));
            Box::new(Rerun { of, command, folder, run: new })
        };
        let cannot = || format!("run {} cannot be run again", run.summary.handle);
        if self.args.dry_run {
            new_run::require_secrets(&work.secrets).with_context(cannot)?;
            return Ok(Tried::Begun(rerun(None), None));
        }
        let Prepared { submit, code_files, .. } = self.prepare(&run, work, &place, output)?;
        let created = self.client.submit(&submit).with_context(cannot)?;
        let code_files = code_files.with_list_sent(self.client);
        let afterwork = afterwork(self.client, &created.run.id, &submit, code_files);
        if let Some(why) = waits::too_much(self.client, &created.run.id, &submit.resources) {
            output.note(&why);
        }
        Ok(Tried::Begun(rerun(Some(created.run)), Some(afterwork)))
    }

    /// Takes down what the new run is made of.
    fn prepare(
        &self,
        run: &RunDetail,
        work: Work,
        place: &Context,
        output: &mut dyn Output,
    ) -> anyhow::Result<Prepared> {
        let handle = &run.summary.handle;
        if !STATES.contains(&run.summary.state.as_str()) {
            output.note(&format!("run {handle} has not ended: both work in the same folder"));
        }
        let prepared = new_run::prepare(work, place, self.client, output);
        prepared.with_context(|| format!("run {handle} cannot be run again"))
    }
}

/// Tells of an error; answers its exit status.
fn tell(error: &anyhow::Error, output: &mut dyn Output) -> u8 {
    let told = Told::of(error);
    output.error(&told);
    exit::of_code(&told.code)
}
