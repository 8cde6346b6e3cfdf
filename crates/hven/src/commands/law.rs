//! `hven law`: find a law in a dataset, show the result, choose another candidate.

use std::sync::Arc;

use clap::{Args, Subcommand};
use hven_api::{laws::ChooseCandidate, runs::SubmitRun};
use hven_client::Failure;
use hven_core::recipe::{ResultKind, Schema, TARGET};
use hven_steps::recipe_run::{submission, table};
use hven_terminal::{Output, Submitted, exit};
use serde_json::{Map, Value, json};

use crate::{
    act::Act,
    arg_values::{parse_duration, parse_pair},
    context::Context,
    recipe_flags::{help, help_of_input, with_result},
    run_progress,
};

/// Laws: find a law in a dataset by symbolic regression
#[derive(Debug, Args)]
pub struct LawArgs {
    #[command(subcommand)]
    pub command: LawCommand,
}

impl Act for LawArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        law(&self, context, output)
    }
}

#[derive(Debug, Subcommand)]
pub enum LawCommand {
    /// Search for a law in a dataset by symbolic regression
    Find(FindArgs),
    /// Show a found law, its constants with intervals, and the other candidates
    Show(ShowArgs),
    /// Choose another candidate of the front
    Choose(ChooseArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven law find planets --target period
  hven law find planets.train --target period --input semi_major_axis --hold-out planets.test
  hven law find survey --target flux --seed 7 --time 2min --set complexity_max=20

The search respects the units of the columns: it never proposes a law that adds metres to seconds.")]
pub struct FindArgs {
    #[arg(help = help_of_input(recipe(), "table"))]
    pub dataset: String,
    #[arg(long, value_name = "COLUMN", help = help(recipe(), TARGET))]
    pub target: String,
    #[arg(long, num_args = 1.., value_name = "COLUMN", help = help(recipe(), "inputs"))]
    pub input: Vec<String>,
    #[arg(long, value_name = "DATASET", help = help_of_input(recipe(), HOLD_OUT))]
    pub hold_out: Option<String>,
    #[arg(long, help = help(recipe(), "seed"))]
    pub seed: Option<u64>,
    #[arg(long, value_name = "DURATION", value_parser = seconds, help = help(recipe(), "time_limit_s"))]
    pub time: Option<f64>,
    /// Another setting of the search
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse_pair)]
    pub set: Vec<(String, String)>,
    /// A name for the run, by which claims find it as run.NAME
    #[arg(long, default_value = "law")]
    pub name: String,
    /// The project of the run
    #[arg(long)]
    pub project: Option<String>,
    /// Search although the dataset does not pass its checks
    #[arg(long)]
    pub despite_checks: bool,
    /// Search although an input rests on something retracted; the value is the reason
    #[arg(long, value_name = "TEXT")]
    pub despite_suspicion: Option<String>,
    /// Search even if the same search was done before
    #[arg(long)]
    pub fresh: bool,
    /// Do not wait for the end of the run
    #[arg(short, long)]
    pub detach: bool,
}

/// The input on which the law is tested.
const HOLD_OUT: &str = "hold_out";

/// The recipe that finds laws.
fn recipe() -> Option<&'static Schema> {
    with_result(hven_recipes::LIST, ResultKind::Law)
}

fn seconds(text: &str) -> Result<f64, String> {
    parse_duration(text).map(|time| time.as_secs_f64())
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven law show last
  hven law show 7Q2M --json")]
pub struct ShowArgs {
    /// The run that found it
    pub run: String,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven law choose 7Q2M c3 --because 'the simpler one is known from theory'")]
pub struct ChooseArgs {
    /// The run that found it
    pub run: String,
    /// The candidate's id, as `hven law show` lists it
    pub candidate: String,
    /// The reason
    #[arg(long, default_value = "")]
    pub because: String,
}

pub fn law(args: &LawArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    match &args.command {
        LawCommand::Find(args) => find(args, context, output),
        LawCommand::Show(args) => {
            output.reply(&context.client_of_existing()?.law(&context.run_name(&args.run)?)?)?;
            Ok(exit::OK)
        }
        LawCommand::Choose(args) => {
            let choice = ChooseCandidate { candidate: args.candidate.clone(), because: args.because.clone() };
            output.reply(&context.client_of_existing()?.choose_candidate(&context.run_name(&args.run)?, &choice)?)?;
            Ok(exit::OK)
        }
    }
}

fn find(args: &FindArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let client = Arc::new(context.client_of_existing()?);
    let project = context.new_project(args.project.as_ref())?;
    let schema =
        recipe().ok_or_else(|| Failure::new("internal", "this version of Hven has no recipe that finds laws"))?;
    let mut arguments = Map::new();
    arguments.insert(TARGET.to_owned(), json!(args.target));
    if !args.input.is_empty() {
        arguments.insert("inputs".to_owned(), json!(args.input));
    }
    if let Some(seed) = args.seed {
        arguments.insert("seed".to_owned(), json!(seed));
    }
    if let Some(time) = args.time {
        arguments.insert("time_limit_s".to_owned(), json!(time));
    }
    for (name, value) in &args.set {
        let value: Value = serde_json::from_str(value).unwrap_or_else(|_| json!(value));
        arguments.insert(name.clone(), value);
    }
    let mut inputs = Vec::new();
    for input in schema.inputs {
        let named = if input.key == HOLD_OUT { args.hold_out.as_deref() } else { Some(args.dataset.as_str()) };
        if let Some(named) = named {
            inputs.push(
                context.in_project(args.project.as_deref(), |project| table(&client, named, project, input.path))?,
            );
        }
    }
    let submit = SubmitRun {
        despite_checks: args.despite_checks,
        despite_suspicion: args.despite_suspicion.clone(),
        fresh: args.fresh,
        ..submission(project, &args.name, schema, arguments, inputs)
    };
    let created = client.submit(&submit)?;
    if args.detach {
        output.reply(&Submitted(&created))?;
        return Ok(exit::OK);
    }
    if !created.up_to_date {
        let watched = run_progress::until_end(&client, &created.run.id, "searching for a law", output)?;
        if !watched.is_done() {
            return watched.report_failure(output);
        }
    }
    output.reply(&client.law(&created.run.id)?)?;
    Ok(exit::OK)
}
