//! `hven data add`: imports a table.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::Args;
use hven_api::datasets::AddDataset;
use hven_client::{Client, Failure};
use hven_steps::new_dataset::{NewDatasetResult, import, send};
use hven_terminal::{DatasetAdded, Output, exit};

use crate::{
    arg_values::{parse_bytes, parse_pair},
    context::Context,
    step_host::Watcher,
};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven data add planets.csv --unit period=yr --unit semi_major_axis=AU --license CC0-1.0
  hven data add survey.csv --type id=text --check 'unique(id)' --check 'mass > 0'
  hven data add big.parquet --name galaxies --project astro/survey

No value is silently dropped: the import lists each value that it cannot read, with line and column.
The same bytes with the same options make no new version.")]
pub struct AddArgs {
    /// The table: CSV (any delimiter, UTF-8, UTF-16 or Latin-1) or Parquet
    #[arg(value_hint = clap::ValueHint::FilePath)]
    pub file: PathBuf,
    /// The name of the dataset [default: the name of the file]
    #[arg(long)]
    pub name: Option<String>,
    /// The project of the dataset
    #[arg(long)]
    pub project: Option<String>,
    /// The unit of a column, such as period=yr
    #[arg(long, value_name = "COLUMN=UNIT", value_parser = parse_pair)]
    pub unit: Vec<(String, String)>,
    /// The type of a column instead of the detected one: bool, int, float, text, date, timestamp
    #[arg(long = "type", value_name = "COLUMN=TYPE", value_parser = parse_pair)]
    pub types: Vec<(String, String)>,
    /// A text that means a missing value, instead of the usual ones
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub null: Vec<String>,
    /// A condition that the table must meet, such as 'period > 0'
    #[arg(long, value_name = "EXPRESSION")]
    pub check: Vec<String>,
    /// An SPDX identifier such as CC-BY-4.0, LicenseRef-NAME for your own licence, or the file or the address of its
    /// text
    #[arg(long)]
    pub license: Option<String>,
    /// A description, in a sentence
    #[arg(long)]
    pub description: Option<String>,
    /// Stop the import above this much memory
    #[arg(long, value_name = "SIZE", value_parser = parse_bytes)]
    pub memory_limit: Option<u64>,
    /// Import the table even if the same import was done before
    #[arg(long)]
    pub fresh: bool,
}

pub(super) fn add(args: &AddArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let client = Arc::new(context.client()?);
    let name = match &args.name {
        Some(name) => name.clone(),
        None => name_of(&args.file)?,
    };
    let project = context.new_project(args.project.as_ref())?;
    let new = AddDataset {
        project,
        name,
        source: send(&client, &context.cwd, &args.file)?,
        types: args.types.iter().cloned().collect(),
        units: args.unit.iter().cloned().collect(),
        nulls: (!args.null.is_empty()).then(|| args.null.clone()),
        checks: args.check.clone(),
        license: args.license.clone(),
        description: args.description.clone(),
        memory_limit_bytes: args.memory_limit,
        fresh: args.fresh,
    };
    let made = import(&client, &new, &Watcher(&client), output)?;
    end(&client, made, output)
}

/// Derives the name of a dataset from the name of its file.
fn name_of(file: &Path) -> anyhow::Result<String> {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let mut name: String = stem.chars().map(|c| if c.is_alphanumeric() || c == '-' { c } else { '_' }).collect();
    if name.starts_with(|c: char| !c.is_alphabetic() && c != '_') {
        name.insert(0, '_');
    }
    let usable = name.parse::<hven_core::name::Name>().is_ok();
    let failure = || Failure::new("invalid", format!("{} gives no name", file.display())).hint("name it with --name");
    if usable { Ok(name) } else { Err(failure().into()) }
}

/// Reports the result.
fn end(client: &Client, made: NewDatasetResult, output: &mut dyn Output) -> anyhow::Result<u8> {
    match made {
        NewDatasetResult::Failed(watched) => watched.report_failure(output),
        NewDatasetResult::Dataset { dataset, run } => {
            let status = if dataset.checks_failed > 0 { exit::NOT_WELL } else { exit::OK };
            let notes = hven_terminal::notes_on(&client.dataset(&dataset.id, None)?);
            output.reply(&DatasetAdded { unchanged: run.unchanged, dataset: *dataset, notes })?;
            Ok(status)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datasets_are_named_after_their_files() {
        let check = |file: &str, wanted: &str| assert_eq!(name_of(Path::new(file)).expect("a name"), wanted);
        check("data/planets.csv", "planets");
        check("hubble 1929.v2.csv", "hubble_1929_v2");
        check("2mass.parquet", "_2mass");
        check("行星.csv", "行星");
        assert!(name_of(Path::new("/")).is_err());
    }
}
