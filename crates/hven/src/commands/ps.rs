//! `hven ps`: lists runs.

use clap::Args;
use clap_complete::ArgValueCompleter;
use hven_api::{page::Page, runs::RunSummary};
use hven_client::RunQuery;
use serde::Serialize;

use crate::{complete, context::Context, exit, output::Output};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven ps                               what runs and waits
  hven ps -a --limit 20                 the newest twenty
  hven ps --state failed,lost           what went wrong
  hven ps -a --project astro fit.py     words that occur in handle, name, command or project
  hven ps --tag good --tag paper-2      those that have both tags
  hven ps --archived                    what is archived
  hven ps -a --all-kinds                also what Hven ran for its checks
  hven ps -a --json | jq '.items[].handle'")]
pub struct PsArgs {
    /// Also those that have ended
    #[arg(short, long)]
    pub all: bool,
    /// Only these: waiting, running, stopping, done, failed, cancelled, lost
    #[arg(long, value_delimiter = ',', value_name = "STATE", value_parser = STATES)]
    pub state: Vec<String>,
    /// Only those that have this tag, also those that have ended; with several they have all of them
    #[arg(long, value_delimiter = ',', value_name = "TAG", add = ArgValueCompleter::new(complete::tags))]
    pub tag: Vec<String>,
    /// Only archived ones, which other lists leave out
    #[arg(long)]
    pub archived: bool,
    /// Also runs that Hven made for checks of its own: `hven reproduce` reproduces a run and compares
    #[arg(long)]
    pub all_kinds: bool,
    /// Only this project and those below it
    #[arg(long)]
    pub project: Option<String>,
    /// The order
    #[arg(long, value_parser = ["newest", "oldest", "longest"], default_value = "newest")]
    pub sort: String,
    /// At most so many
    #[arg(short = 'n', long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub limit: u16,
    /// Go on where another list ended
    #[arg(long)]
    pub cursor: Option<String>,
    /// Words that must all occur in handle, name, command or project
    pub words: Vec<String>,
}

const STATES: [&str; 7] = ["waiting", "running", "stopping", "done", "failed", "cancelled", "lost"];

pub fn ps(args: PsArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let client = context.client_of_existing()?;
    let hint = hint(&args);
    let mut states = args.state;
    if states.is_empty() && !args.all && !args.archived && args.tag.is_empty() {
        states = ["running", "waiting", "stopping"].map(str::to_owned).to_vec();
    }
    let page = client.runs(&RunQuery {
        project: args.project,
        states,
        all_kinds: args.all_kinds,
        tags: args.tag,
        archived: args.archived.then_some("only"),
        words: (!args.words.is_empty()).then(|| args.words.join(" ")),
        sort: Some(args.sort),
        limit: Some(args.limit.into()),
        cursor: args.cursor,
    })?;
    output.reply(&Runs { page, hint })?;
    Ok(exit::OK)
}

/// A list of runs, and what to say when there is none in it.
#[derive(Debug, Serialize)]
pub struct Runs {
    #[serde(flatten)]
    pub page: Page<RunSummary>,
    #[serde(skip)]
    pub hint: &'static str,
}

/// What to do to see more. It names nothing that was given.
fn hint(args: &PsArgs) -> &'static str {
    let has_conditions = !args.state.is_empty()
        || !args.tag.is_empty()
        || !args.words.is_empty()
        || args.project.is_some()
        || args.cursor.is_some();
    if args.archived && !has_conditions {
        "no run is archived; `hven archive RUN` archives one"
    } else if has_conditions {
        "no run fits; `hven ps -a` without more lists all, `hven ps --archived` those that are archived"
    } else if args.all {
        "no runs here; `hven run -- COMMAND` makes one, `hven ps --archived` lists those that are archived"
    } else {
        "no run waits or goes on; `hven ps -a` lists all, `hven run -- COMMAND` makes one"
    }
}
