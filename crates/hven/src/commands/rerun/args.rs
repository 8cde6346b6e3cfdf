//! The flags of `hven rerun`.

use std::path::PathBuf;

use clap::Args;
use clap_complete::ArgValueCompleter;

use super::final_states::FINAL_STATES;
use crate::{complete, run_filter::RunFilter};

/// Repeat the work of runs in their folders, with the present files
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven rerun 7Q2M                              the same command, in the foreground like `hven run`
  hven rerun -d 7Q2M 8R3N                      in the background
  hven rerun --state failed --since 2d         your runs that failed in the last two days
  hven rerun --state failed --project astro --name fit --dry-run
                                               only lists them
  hven rerun 7Q2M --despite-suspicion 'a test of the new table'

The work is repeated in the folder of the run, with the present files. (`hven reproduce` uses the recorded bytes in a fresh folder
and compares the results.) Command, inputs, outputs, parameters, resources, limits, retries, tolerances, name and project are
taken from the run; the variables that it recorded are recorded again, and its secrets must be in your environment. It always
runs, as with `hven run --fresh`.

A single run is followed, and the exit status is that of its command. Several start in the background. A filter selects your own
runs that have ended, except archived runs and runs that Hven made for its own checks. Of runs with the same command, folder,
project and name only the newest counts: a failed run whose work succeeded later is left out. Steps, recipes and runs that read a
pipe are left out, too. The command lists what it leaves out. A run that you name is always repeated. When several runs match, the
command asks; without a terminal it requires --yes.

In the background it exits with 0 when all were started, else with the status of the last error. It exits with 1 when you
answer no.")]
pub struct RerunArgs {
    /// Handles, ids, beginnings of ids, or `last`
    #[arg(value_name = "RUN", add = ArgValueCompleter::new(complete::runs))]
    pub runs: Vec<String>,
    /// Your runs that ended with this state: done, failed, cancelled, lost [default: all that have ended]
    #[arg(long, value_delimiter = ',', value_name = "STATE", value_parser = FINAL_STATES, conflicts_with = "runs")]
    pub state: Vec<String>,
    #[command(flatten)]
    pub filter: RunFilter,
    /// Do not follow the run
    #[arg(short, long)]
    pub detach: bool,
    /// Only list the runs that would be repeated
    #[arg(long)]
    pub dry_run: bool,
    /// Repeat several runs without asking
    #[arg(short, long)]
    pub yes: bool,
    /// In input folders, use the targets of links instead of the links. The record does not contain this flag of `hven
    /// run`
    #[arg(long)]
    pub follow_links: bool,
    /// A file that looks like a key but belongs to the code, in the folder of the run; may be repeated
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub include_key_file: Vec<PathBuf>,
    /// Repeat the run although a dataset that it reads does not pass its checks
    #[arg(long)]
    pub despite_checks: bool,
    /// Repeat the run although an input rests on something retracted; the value is the reason
    #[arg(long, value_name = "TEXT")]
    pub despite_suspicion: Option<String>,
}

impl RerunArgs {
    /// Whether a single run is followed: then the exit status is that of its command.
    pub fn is_followed(&self) -> bool {
        self.runs.len() == 1 && !self.detach && !self.dry_run
    }
}
