//! The flags of `hven rerun`.

use std::path::PathBuf;

use clap::Args;
use clap_complete::ArgValueCompleter;

use super::states::STATES;
use crate::{complete, run_filter::RunFilter};

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

impl RerunArgs {
    /// Whether one run was named and is followed: the exit status is that of its command then.
    pub fn is_followed(&self) -> bool {
        self.runs.len() == 1 && !self.detach && !self.dry_run
    }
}
