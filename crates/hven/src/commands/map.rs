//! `hven map`: runs one command for each combination of values.

use std::{collections::HashSet, ffi::OsString, fs, path::PathBuf, sync::Arc};

use anyhow::Context as _;
use hven_client::{Client, Failure};
use hven_core::{array::StopRule, diagnostic::Diagnostic, file_name, limits, manifest::Command};
use hven_terminal::{ArrayDetached, Output, exit};

use crate::{
    act::Act,
    array_samples,
    array_values::{self, GivenValues, TableValues, Values},
    array_watch,
    context::Context,
    declared_map::{self, DeclaredMap},
    follow_run::Interrupt,
    new_array::{self, NewArray},
};

pub use crate::map_args::MapArgs;

impl Act for MapArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        if let Some(DeclaredMap { args, command, over, sample, context }) = declared_map::with_manifest(&self, context)?
        {
            return map(&args, command, &Given { over, sample }, &context, output);
        }
        let given = |option: &str, texts: &[String]| {
            texts.iter().map(|text| GivenValues::of_option(option, text)).collect::<Result<Vec<_>, _>>()
        };
        let given = Given { over: given("--over", &self.over)?, sample: given("--sample", &self.sample)? };
        map(&self, words(&self.command)?, &given, context, output)
    }
}

/// Values as they are given, on the command line or in the manifest.
struct Given {
    over: Vec<GivenValues>,
    sample: Vec<GivenValues>,
}

fn map(
    args: &MapArgs,
    command: Command,
    given: &Given,
    context: &Context,
    output: &mut dyn Output,
) -> anyhow::Result<u8> {
    let groups = array_values::zip_groups(&args.zip);
    let client = Arc::new(context.client()?);
    let values = values(args, &command, given, context, &client, output)?;
    let array = NewArray {
        command,
        values: array_values::zipped(values, &groups)?,
        stop_when: args.stop_when.clone(),
        gather: new_array::gather(args.gather.as_deref(), &args.unit),
    };
    if let Some(rule) = &array.stop_when {
        let refused = |fault: Diagnostic| format!("the condition of --stop-when is refused: {}", fault.render(rule));
        StopRule::parse(rule).map_err(|fault| Failure::new("invalid", refused(fault)))?;
    }
    array.check(&args.task, context).map_err(Failure::from)?;
    for remark in array.units_for_metrics() {
        output.note(&remark);
    }
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
fn values(
    args: &MapArgs,
    command: &Command,
    given: &Given,
    context: &Context,
    client: &Client,
    output: &mut dyn Output,
) -> anyhow::Result<Vec<Values>> {
    let mut values = Vec::new();
    for over in &given.over {
        values.push(array_values::over(over, &context.cwd)?);
    }
    let zipped = args.zip.iter().flat_map(|names| names.split(',')).map(|name| name.trim().to_owned());
    let used: HashSet<String> = new_array::placeholders(command, &args.task).into_iter().chain(zipped).collect();
    for source in &args.over_rows {
        let TableValues { values: read, left_out } = rows(source, args, &|name| used.contains(name), context, client)?;
        if !left_out.is_empty() {
            let left_out: Vec<_> = left_out.iter().map(|name| file_name::shown(name)).collect();
            let columns = left_out.join(", ");
            output.note(&format!(
                "columns of {source} that no word uses and that cannot be values are left out: {columns}"
            ));
        }
        values.push(read);
    }
    if !given.sample.is_empty() {
        let count = args.samples.ok_or_else(|| {
            Failure::new("usage", "--sample needs the number of points").hint("add --samples 50 for fifty points")
        })?;
        let sampled = given.sample.iter().map(array_samples::sampled).collect::<Result<Vec<_>, _>>()?;
        values.push(array_samples::draw(&sampled, count, args.design.unwrap_or_default(), args.seed.unwrap_or(1)));
    }
    if values.is_empty() {
        return Err(Failure::new("usage", "the command has no values")
            .hint("name them, as in --over i=1..10; `hven map --help` has examples")
            .into());
    }
    Ok(values)
}

/// The rows of a text file, or of a dataset.
fn rows(
    source: &str,
    args: &MapArgs,
    is_used: &dyn Fn(&str) -> bool,
    context: &Context,
    client: &Client,
) -> anyhow::Result<TableValues> {
    let path = context.cwd.join(source);
    if path.exists() {
        return array_values::rows(&path, source, is_used);
    }
    let folder = tempfile::tempdir().context("a folder for the dataset cannot be made")?;
    let (table, text): (PathBuf, PathBuf) = (folder.path().join("table.parquet"), folder.path().join("table.csv"));
    let mut file = fs::File::create(&table).context("the dataset cannot be fetched")?;
    let project = args.task.project.as_deref();
    let fetched = context.in_project(project, |project| client.dataset_content(source, project, &mut file));
    if let Err(error) = fetched {
        let missing = Failure::new("file.missing", format!("{source} is neither a file here nor a dataset: {error}"));
        return Err(missing.hint("`hven data ls` lists the datasets").into());
    }
    drop(file);
    hven_data::export(&table, &text, hven_data::ExportFormat::Csv)?;
    array_values::rows(&text, source, is_used)
}

/// Prints how many tasks there would be, the first and the last command, and how long they take.
fn plan(
    args: &MapArgs,
    array: &NewArray,
    context: &Context,
    client: &Client,
    output: &mut dyn Output,
) -> anyhow::Result<u8> {
    let plan = array.preview(&args.task, context, client, output)?;
    output.reply(&plan)?;
    if plan.tasks > 100_000 {
        let tasks = limits::grouped(plan.tasks);
        output.note(&format!("{tasks} tasks are many: --stop-when ends the array when too many fail"));
    }
    Ok(exit::OK)
}
