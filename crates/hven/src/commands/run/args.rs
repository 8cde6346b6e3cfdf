//! The arguments of `hven run`.

use std::ffi::OsString;

use clap::Args;

use crate::task_args::TaskArgs;

const EXAMPLES: &str = "\
Examples:
  hven run -- python train.py --lr 0.01
  hven run -i planets.csv -o fit.svg -o fit.json -- python3 fit.py planets.csv
  hven run --cpus 4 --memory 8GiB --time 2h --resource gpu=1 -- torchrun train.py
  hven run --secret HF_TOKEN --env-record SEED -- ./job.sh
  hven run -d --name night-run --tag paper-2 -- make all
  hven run -d --after 7Q2M --deadline 8h -- ./plot.sh
  hven run -- wc -l < planets.csv           the file is recorded
  zcat events.gz | hven run -- ./count      the pipe is forwarded
  hven run                                  the steps of hven.toml that are stale
  hven run --plan                           only say which would run, and why

The exit status is the script's. It is 125 when Hven failed, an output is missing or cannot be kept, or the run was lost, and 130
after Ctrl-C.
Ctrl-C once cancels the run; twice leaves it to itself. A run outlives its terminal: `hven attach RUN`.
With inputs and outputs declared, a run that was done before is not run again; --fresh runs it anyway.
The command runs as you would run it: with your limits (ulimit), niceness, processors and standard input. What it does
not read of that is left to the next command. `hven run -d` has no pipe: give it a file.";

/// Run a command, tracked: its code, inputs, environment, output, metrics and use
#[derive(Debug, Default, Args)]
#[command(after_help = EXAMPLES)]
pub struct RunArgs {
    #[command(flatten)]
    pub task: TaskArgs,
    /// Without a command: only say which steps of hven.toml would run, and why
    #[arg(long)]
    pub plan: bool,
    /// Without a command: only these steps of hven.toml, and what they need
    #[arg(long, num_args = 1.., value_name = "STEP")]
    pub step: Vec<String>,
    /// The program and its arguments; without one, the steps of hven.toml that are stale are run
    #[arg(trailing_var_arg = true, value_name = "COMMAND", value_hint = clap::ValueHint::CommandWithArguments)]
    pub command: Vec<OsString>,
}
