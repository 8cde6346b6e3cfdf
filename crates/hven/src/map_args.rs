//! The arguments of `hven map`.

use std::ffi::OsString;

use clap::Args;

use crate::{arg_values::parse_pair, array_samples::Sampling, task_args::TaskArgs};

const EXAMPLES: &str = "\
Examples:
  hven map 'python sim.py --seed {i}' --over i=1..1000
  hven map 'python sim.py --seed {i} --t {t}' --over i=1..1000 --over t=0.1,0.2 --gather results
  hven map 'python fit.py {file}' --over file=@files.txt -i data -o 'fits/{file}.json'
  hven map 'python sim.py --x {x} --y {y}' --over-rows points.csv
  hven map 'python train.py --lr {lr} --depth {depth}' --sample lr=1e-4..1e-1:log --sample depth=2..10:int --samples 50
  hven map sweep                       the array that [map.sweep] in hven.toml describes; flags come first
  hven map -d --after array/2,7Q2M --over i=1..10 -- ./next {i}   when all tasks of array/2 and run 7Q2M have succeeded
  hven map -d --stop-when 'count(failed) > 10' --over i=1..100000 -- ./sim {i}

The command is divided into words first, as a shell does it; then {i} is replaced. A value is never two words, and no shell runs the
line. {{ is a brace. Ranges include both ends: 1..10, 10..1, 0..1..0.25. A list has commas; a value with a comma stands in quotes.
Several --over give all combinations; --zip a,b takes values that go together. No two tasks may write the same output: the path of
an output has a placeholder for each value that varies.

Each task is a run of its own, named array/3:17: `hven show`, `logs`, `get`, `explain` and `cancel` take that name. A task whose
inputs and outputs are declared, and whose work was done before, is not run again.
The command returns when all tasks have ended, and with --gather when the dataset is there. The exit status is 0 when all succeeded,
1 when one did not, and 130 after Ctrl-C, which cancels the array; twice leaves it to itself.";

/// Run a command once for each combination of values
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct MapArgs {
    /// Values for {NAME}: a range, a list, or @FILE with a value in each line; may be repeated
    #[arg(long, value_name = "NAME=VALUES")]
    pub over: Vec<String>,
    /// Values from the rows of a CSV file or a dataset; its columns are the names
    #[arg(long, value_name = "FILE|DATASET", value_hint = clap::ValueHint::FilePath)]
    pub over_rows: Vec<String>,
    /// Values that go together instead of in all combinations: names, separated by commas
    #[arg(long, value_name = "NAMES")]
    pub zip: Vec<String>,
    /// A value to sample between bounds; :int gives whole numbers, :log equal ratios
    #[arg(long, value_name = "NAME=LOW..HIGH")]
    pub sample: Vec<String>,
    /// How many samples are drawn
    #[arg(long, value_name = "N", requires = "sample", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub samples: Option<u32>,
    /// How samples are drawn [default: latin]
    #[arg(long, value_enum, requires = "sample")]
    pub design: Option<Sampling>,
    /// The seed of the samples: the same seed gives the same values [default: 1]
    #[arg(long, value_name = "N", requires = "sample")]
    pub seed: Option<u64>,
    /// Make a dataset of this name from the values and metrics of all tasks when they have ended
    #[arg(long, value_name = "NAME")]
    pub gather: Option<String>,
    /// The unit of a value or a metric in the gathered dataset, as in t=s
    #[arg(long, value_name = "NAME=UNIT", value_parser = parse_pair, requires = "gather")]
    pub unit: Vec<(String, String)>,
    /// Start no further task when this holds: a condition on done, failed, cancelled and ended
    #[arg(long, value_name = "CONDITION")]
    pub stop_when: Option<String>,
    /// Only say how many tasks there would be and how long they take, and show the first and the last command
    #[arg(long)]
    pub plan: bool,
    #[command(flatten)]
    pub task: TaskArgs,
    /// The command: one text that is divided into words, or the words behind --; or the name of a [map.NAME] in hven.toml
    #[arg(required = true, value_name = "COMMAND", value_hint = clap::ValueHint::CommandString)]
    pub command: Vec<OsString>,
}
