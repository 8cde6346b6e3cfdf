//! The arguments of `hven run`.

use std::{ffi::OsString, path::PathBuf, time::Duration};

use clap::Args;
use clap_complete::ArgValueCompleter;
use hven_core::queueing::Priority;
use jiff::Timestamp;

use crate::{
    arg_values::{parse_bytes, parse_deadline, parse_duration, parse_pair, parse_resource},
    complete,
    tolerances::ToleranceArgs,
};

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
    /// Files or folders that the command reads; `dataset:NAME` puts a dataset at .hven-data/NAME.parquet
    #[arg(short, long, num_args = 1.., value_name = "FILE", value_hint = clap::ValueHint::AnyPath)]
    pub input: Vec<PathBuf>,
    /// Record the targets of links in input folders, also outside of the folder, instead of the links
    #[arg(long)]
    pub follow_links: bool,
    /// Files of keys or passwords that belong to the code: their bytes are recorded
    #[arg(long, num_args = 1.., value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub include_key_file: Vec<PathBuf>,
    /// Files or folders that it makes; they are kept in the home
    #[arg(short, long, num_args = 1.., value_name = "PATH", value_hint = clap::ValueHint::AnyPath)]
    pub output: Vec<PathBuf>,
    /// A name for the run
    #[arg(long)]
    pub name: Option<String>,
    /// Tags for the run; may be repeated. Without a command: for the runs of all steps
    #[arg(long, value_delimiter = ',', value_name = "TAG", add = ArgValueCompleter::new(complete::tags))]
    pub tag: Vec<String>,
    /// The project it belongs to, such as astro/kepler
    #[arg(long)]
    pub project: Option<String>,
    /// Cores to reserve
    #[arg(long, value_name = "N")]
    pub cpus: Option<u32>,
    /// Memory to reserve, such as 8GiB
    #[arg(long, value_name = "SIZE", value_parser = parse_bytes)]
    pub memory: Option<u64>,
    /// Stop it after this time, such as 2h
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub time: Option<Duration>,
    /// Stop it above this much memory
    #[arg(long, value_name = "SIZE", value_parser = parse_bytes)]
    pub memory_limit: Option<u64>,
    /// Stop it when its outputs are larger than this
    #[arg(long, value_name = "SIZE", value_parser = parse_bytes)]
    pub output_limit: Option<u64>,
    /// The time between TERM and KILL when it is stopped
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub grace: Option<Duration>,
    /// Units of a named resource to reserve, such as gpu=1
    #[arg(long, value_name = "NAME=N", value_parser = parse_resource)]
    pub resource: Vec<(String, u64)>,
    /// Attempts after the first that fails
    #[arg(long, value_name = "N")]
    pub retries: Option<u32>,
    #[command(flatten)]
    pub tolerances: ToleranceArgs,
    /// More environment variables whose values are recorded in readable form; all count by keyed digests
    #[arg(long, num_args = 1.., value_delimiter = ',', value_name = "NAME")]
    pub env_record: Vec<String>,
    /// Environment variables whose values are never recorded, and masked in the log
    #[arg(long, num_args = 1.., value_delimiter = ',', value_name = "NAME")]
    pub secret: Vec<String>,
    /// Parameters to record
    #[arg(long, num_args = 1.., value_name = "NAME=VALUE", value_parser = parse_pair)]
    pub param: Vec<(String, String)>,
    /// A file for its standard input, or `none` for nothing [default: what this command has]
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub stdin: Option<PathBuf>,
    /// Run it even when the same work was done before
    #[arg(long)]
    pub fresh: bool,
    /// Runs that must succeed before it starts; may be repeated. If one does not, it ends without a start
    #[arg(long, value_delimiter = ',', value_name = "RUN", add = ArgValueCompleter::new(complete::runs))]
    pub after: Vec<String>,
    /// Start it before runs with a lower priority, from -100 to 100 [default: 0]; only owners of the home give more than 0
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub priority: Option<Priority>,
    /// End it without a start if it has not started by then: after 2h, at 2026-12-24 18:00
    #[arg(long, value_name = "TIME", value_parser = parse_deadline, allow_hyphen_values = true)]
    pub deadline: Option<Timestamp>,
    /// Do not start it until `hven release`
    #[arg(long)]
    pub hold: bool,
    /// Do not follow it
    #[arg(short, long)]
    pub detach: bool,
    /// Run it although a dataset that it reads does not meet its checks
    #[arg(long)]
    pub despite_checks: bool,
    /// Run it although what it reads rests on something retracted: why
    #[arg(long, value_name = "TEXT")]
    pub despite_suspicion: Option<String>,
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
