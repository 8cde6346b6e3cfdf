//! `hven data add`: imports a table.

use std::sync::Arc;

use clap::Args;
use hven_client::Client;
use hven_steps::new_dataset::{NewDatasetResult, import, send};
use hven_terminal::{DatasetAdded, Output, exit};

use super::source_args::{SourceArgs, SourceImport};
use crate::{arg_values::parse_bytes, context::Context, step_host::Watcher};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven data add planets.csv --unit period=yr --unit semi_major_axis=AU --license CC0-1.0
  hven data add survey.csv --type id=text --check 'unique(id)' --check 'mass > 0'
  hven data add big.parquet --name galaxies --project astro/survey
  hven data add orte.csv --decimal , --thousands . --null=-999

`hven data look FILE` shows beforehand how the file would be read, and which flag changes that.
In a folder whose hven.toml has a [data.NAME] with the same source, its name, units, checks, licence and settings apply;
flags override them.

No value is silently dropped: the import lists each value that it cannot read, with line and column.
The same bytes with the same options make no new version.")]
pub struct AddArgs {
    #[command(flatten)]
    pub source: SourceArgs,
    /// Stop the import above this much memory
    #[arg(long, value_name = "SIZE", value_parser = parse_bytes)]
    pub memory_limit: Option<u64>,
    /// Import the table even if the same import was done before
    #[arg(long)]
    pub fresh: bool,
}

pub(super) fn add(args: &AddArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let client = Arc::new(context.client()?);
    let source = send(&client, &context.cwd, &args.source.file)?;
    let SourceImport { mut new, notes } = args.source.import(context, source)?;
    new.memory_limit_bytes = args.memory_limit.or(new.memory_limit_bytes);
    new.fresh = args.fresh;
    let made = import(&client, &new, &Watcher(&client), output)?;
    end(&client, made, notes, output)
}

/// Reports the result.
fn end(client: &Client, made: NewDatasetResult, mut notes: Vec<String>, output: &mut dyn Output) -> anyhow::Result<u8> {
    match made {
        NewDatasetResult::Failed(watched) => watched.report_failure(output),
        NewDatasetResult::Dataset { dataset, run } => {
            let status = if dataset.checks_failed > 0 { exit::NOT_WELL } else { exit::OK };
            notes.extend(hven_terminal::notes_on(&client.dataset(&dataset.id, None)?));
            output.reply(&DatasetAdded { unchanged: run.unchanged, dataset: *dataset, notes })?;
            Ok(status)
        }
    }
}
