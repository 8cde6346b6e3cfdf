//! Laws: find one in a dataset, show what was found, choose another candidate.

use std::sync::Arc;

use clap::{Args, Subcommand};
use hven_api::{
    laws::ChooseCandidate,
    runs::{FileRef, SubmitRun},
};
use hven_steps::recipe_run::{DATA, HOLD_OUT, submission};
use hven_terminal::{Output, Submitted, exit};
use serde_json::{Map, Value, json};

use crate::{
    act::Act,
    context::Context,
    quantities::{parse_duration, parse_pair},
    watch,
};

/// Laws: find one in a dataset by symbolic regression
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
    /// Look for a law in a dataset by symbolic regression
    Find(FindArgs),
    /// Show what a run found: the law, its constants with intervals, the other candidates
    Show(ShowArgs),
    /// Say that another candidate of the front counts
    Choose(ChooseArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven law find planets --target period
  hven law find planets.train --target period --input semi_major_axis --hold-out planets.test
  hven law find survey --target flux --seed 7 --time 2min --set complexity_max=20

Units of the columns are kept: a law that adds metres to seconds is never proposed.")]
pub struct FindArgs {
    /// `name`, `name@version` or `name@version.part`
    pub dataset: String,
    /// The column that the law is to give
    #[arg(long, value_name = "COLUMN")]
    pub target: String,
    /// Columns that may stand in the law; all numeric ones when nothing is said
    #[arg(long, num_args = 1.., value_name = "COLUMN")]
    pub input: Vec<String>,
    /// A part on which the law found is tried; reading what is held out is recorded
    #[arg(long, value_name = "DATASET")]
    pub hold_out: Option<String>,
    /// The same seed finds the same law
    #[arg(long)]
    pub seed: Option<u64>,
    /// Stop looking after this time, such as 2min
    #[arg(long, value_name = "DURATION", value_parser = seconds)]
    pub time: Option<f64>,
    /// Another setting of the search
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse_pair)]
    pub set: Vec<(String, String)>,
    /// A name for the run, by which claims find it as run.NAME
    #[arg(long, default_value = "law")]
    pub name: String,
    /// The project it belongs to
    #[arg(long)]
    pub project: Option<String>,
    /// Look although the dataset does not meet its checks
    #[arg(long)]
    pub despite_checks: bool,
    /// Look although what it reads rests on something retracted: why
    #[arg(long, value_name = "TEXT")]
    pub despite_suspicion: Option<String>,
    /// Look even when the same was done before
    #[arg(long)]
    pub fresh: bool,
    /// Do not wait for it
    #[arg(short, long)]
    pub detach: bool,
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
    /// Why
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
    let mut arguments = Map::new();
    arguments.insert("target".to_owned(), json!(args.target));
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
    let read = |dataset: &str, path: &str| {
        let found = context.in_project(args.project.as_deref(), |project| client.dataset_table(dataset, project));
        found.map(|file| FileRef { path: path.to_owned(), ..file })
    };
    let mut inputs = vec![read(&args.dataset, DATA)?];
    if let Some(part) = &args.hold_out {
        inputs.push(read(part, HOLD_OUT)?);
    }
    let submit = SubmitRun {
        despite_checks: args.despite_checks,
        despite_suspicion: args.despite_suspicion.clone(),
        fresh: args.fresh,
        ..submission(project, &args.name, "law", arguments.into(), inputs)
    };
    let created = client.submit(&submit)?;
    if args.detach {
        output.reply(&Submitted(&created))?;
        return Ok(exit::OK);
    }
    if !created.up_to_date {
        let watched = watch::until_end(&client, &created.run.id, "looking for a law", output)?;
        if !watched.is_done() {
            return watched.tell(output);
        }
    }
    output.reply(&client.law(&created.run.id)?)?;
    Ok(exit::OK)
}
