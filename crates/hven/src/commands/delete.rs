//! `hven delete`: deletes runs. Their content is erased, and the record says who deleted them and why.

use clap::Args;
use clap_complete::ArgValueCompleter;
use hven_api::runs::DeleteRuns;
use hven_terminal::{Output, exit};

use crate::{act::Act, complete, confirm::confirm_irreversible, context::Context};

/// Delete runs that have ended
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven delete 7Q2M --dry-run                      shows what would be erased, and what stays
  hven delete 7Q2M --because 'a wrong start'
  hven delete 7Q2M 8R3N --because 'tests' --yes   without a question

The command, parameters, metrics, log, labels and outputs of a deleted run are erased. This cannot be undone. The record
keeps the run's id, its project, who deleted it, when and why. Files that other runs, datasets or publications name stay.
What rests on the run stays, and keeps its place in the lineage.

`hven gc` frees the space: objects of the last 24 hours wait for a later one. Earlier backups keep the run. To take a run
out of lists without erasing it, use `hven archive`; to erase only a text, use `hven redact`.")]
pub struct DeleteArgs {
    /// Handles, ids, beginnings of ids, or `last`
    #[arg(required = true, value_name = "RUN", add = ArgValueCompleter::new(complete::runs))]
    pub runs: Vec<String>,
    /// The reason, for later readers of the record. It is kept forever
    #[arg(long, value_name = "REASON", required_unless_present = "dry_run")]
    pub because: Option<String>,
    /// Only show what would be erased
    #[arg(long)]
    pub dry_run: bool,
    /// Delete without a question
    #[arg(short, long)]
    pub yes: bool,
}

impl Act for DeleteArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        delete(self, context, output)
    }
}

pub fn delete(args: DeleteArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let client = context.client_of_existing()?;
    let runs = args.runs.iter().map(|run| context.run_name(run)).collect::<anyhow::Result<Vec<_>>>()?;
    let question = match runs.as_slice() {
        [_] => format!("delete {}? This cannot be undone", args.runs[0]),
        _ => format!("delete {} runs? This cannot be undone", runs.len()),
    };
    if !args.dry_run && !confirm_irreversible(&question, args.yes, output)? {
        output.note("nothing was done");
        return Ok(exit::NOT_WELL);
    }
    let wanted = DeleteRuns { runs, because: args.because.unwrap_or_default(), dry_run: args.dry_run };
    output.reply(&client.delete_runs(&wanted)?)?;
    Ok(exit::OK)
}
