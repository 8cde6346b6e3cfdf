//! The flags of `hven law`. Those of the search have the help texts of its recipe.

use clap::{Args, Subcommand};
use hven_core::recipe::{ResultKind, Schema, TARGET};

use crate::{
    arg_values::{parse_duration, parse_pair},
    recipe_flags::{help, help_of_input, with_result},
};

/// Laws: find a law in a dataset by symbolic regression
#[derive(Debug, Args)]
pub struct LawArgs {
    #[command(subcommand)]
    pub command: LawCommand,
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
pub(super) const HOLD_OUT: &str = "hold_out";

/// The recipe that finds laws.
pub(super) fn recipe() -> Option<&'static Schema> {
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
