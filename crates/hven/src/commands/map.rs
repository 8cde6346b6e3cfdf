//! `hven map`: runs one command for each combination of values.

use std::{ffi::OsString, fs, path::PathBuf, sync::Arc};

use anyhow::Context as _;
use clap::Args;
use hven_client::{Client, Failure};
use hven_core::{file_name, limits, manifest::Command};
use hven_terminal::{ArrayDetached, Output, exit};

use crate::{
    act::Act,
    arg_values::parse_pair,
    array_values::{self, Sampling, Values},
    array_watch,
    context::Context,
    declared_map::{self, DeclaredMap},
    follow_run::Interrupt,
    new_array::{self, NewArray},
    task_args::TaskArgs,
};

const EXAMPLES: &str = "\
Examples:
  hven map 'python sim.py --seed {i}' --over i=1..1000
  hven map 'python sim.py --seed {i} --t {t}' --over i=1..1000 --over t=0.1,0.2 --gather results
  hven map 'python fit.py {file}' --over file=@files.txt -i data -o 'fits/{file}.json'
  hven map 'python sim.py --x {x} --y {y}' --over-rows points.csv
  hven map 'python train.py --lr {lr} --depth {depth}' --sample lr=1e-4..1e-1:log --sample depth=2..10:int --samples 50
  hven map sweep                       the array that [map.sweep] in hven.toml describes; flags come first
  hven map -d --stop-when 'count(failed) > 10' --over i=1..100000 -- ./sim {i}

The command is divided into words first, as a shell does it; then {i} is replaced. A value is never two words, and no shell runs the
line. {{ is a brace. Ranges include both ends: 1..10, 10..1, 0..1..0.25. A list has commas; a value with a comma stands in quotes.
Several --over give all combinations; --zip a,b takes values that go together.

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

impl Act for MapArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        match declared_map::with_manifest(&self, context)? {
            Some(DeclaredMap { args, command, context }) => map(&args, command, &context, output),
            None => map(&self, words(&self.command)?, context, output),
        }
    }
}

fn map(args: &MapArgs, command: Command, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let groups: Vec<Vec<String>> =
        args.zip.iter().map(|names| names.split(',').map(|name| name.trim().to_owned()).collect()).collect();
    let client = Arc::new(context.client()?);
    let array = NewArray {
        command,
        values: array_values::zipped(values(args, context, &client)?, &groups)?,
        stop_when: args.stop_when.clone(),
        gather: new_array::gather(args.gather.as_deref(), &args.unit),
    };
    array.check(&args.task).map_err(Failure::from)?;
    if args.plan {
        return plan(args, &array, context, &client, output);
    }
    let submitted = array.submit(&args.task, context, &client, output)?;
    if args.task.detach {
        output.reply(&ArrayDetached(&submitted))?;
        return Ok(exit::OK);
    }
    array_watch::watch(&client, &submitted.array.name, Interrupt::Cancels, output)
}

/// The words of the command. One text is divided as a shell does it.
fn words(command: &[OsString]) -> anyhow::Result<Command> {
    let argv: Vec<String> = command.iter().map(file_name::to_text).collect();
    let [line] = argv.as_slice() else { return Ok(Command { argv }) };
    let hint = "write the words behind --, as in `hven map --over i=1..9 -- sh -c 'echo {i} | wc' `";
    Ok(new_array::divided(line).map_err(|failure| failure.hint(hint))?)
}

/// All values that were named, in the order: --over, --over-rows, --sample.
fn values(args: &MapArgs, context: &Context, client: &Client) -> anyhow::Result<Vec<Values>> {
    let mut values = Vec::new();
    for over in &args.over {
        values.push(array_values::over(over, &context.cwd)?);
    }
    for source in &args.over_rows {
        values.push(rows(source, args.task.project.as_deref(), context, client)?);
    }
    if !args.sample.is_empty() {
        let count = args.samples.ok_or_else(|| {
            Failure::new("usage", "--sample needs the number of points").hint("add --samples 50 for fifty points")
        })?;
        let sampled = args.sample.iter().map(|text| array_values::sampled(text)).collect::<Result<Vec<_>, _>>()?;
        values.push(array_values::draw(&sampled, count, args.design.unwrap_or_default(), args.seed.unwrap_or(1)));
    }
    if values.is_empty() {
        return Err(Failure::new("usage", "the command has no values")
            .hint("name them, as in --over i=1..10; `hven map --help` has examples")
            .into());
    }
    Ok(values)
}

/// The rows of a text file, or of a dataset.
fn rows(source: &str, project: Option<&str>, context: &Context, client: &Client) -> anyhow::Result<Values> {
    let path = context.cwd.join(source);
    if path.exists() {
        return array_values::rows(&path, source);
    }
    let folder = tempfile::tempdir().context("a folder for the dataset cannot be made")?;
    let (table, text): (PathBuf, PathBuf) = (folder.path().join("table.parquet"), folder.path().join("table.csv"));
    let mut file = fs::File::create(&table).context("the dataset cannot be fetched")?;
    let fetched = context.in_project(project, |project| client.dataset_content(source, project, &mut file));
    if let Err(error) = fetched {
        let missing = Failure::new("file.missing", format!("{source} is neither a file here nor a dataset: {error}"));
        return Err(missing.hint("`hven data ls` lists the datasets").into());
    }
    drop(file);
    hven_data::export(&table, &text, hven_data::ExportFormat::Csv)?;
    array_values::rows(&text, source)
}

/// Prints how many tasks there would be, the first and the last command, and how long they take.
fn plan(
    args: &MapArgs,
    array: &NewArray,
    context: &Context,
    client: &Client,
    output: &mut dyn Output,
) -> anyhow::Result<u8> {
    let plan = array.preview(&args.task, context, client)?;
    output.reply(&plan)?;
    if plan.tasks > 100_000 {
        let tasks = limits::grouped(plan.tasks);
        output.note(&format!("{tasks} tasks are many: --stop-when ends the array when too many fail"));
    }
    Ok(exit::OK)
}
