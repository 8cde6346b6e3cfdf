//! `hven compare`: the differences between runs.

use clap::Args;
use clap_complete::ArgValueCompleter;
use hven_client::Failure;
use hven_terminal::{ComparisonShown, Output, exit};

use crate::{act::Act, arg_values::parse_filter, complete, context::Context};

/// Compare runs: their parameters, metrics, code, software and inputs
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven compare 7Q2M 7Q2N                  what differs between two runs
  hven compare 7Q2M last --all            also what is the same
  hven compare $(hven ps -a --name fit --json | jq -r '.items[].handle') --metric loss
                                          how the parameters are related to the last loss

The relation of a parameter to a metric is Spearman's rank correlation for numbers, and the share of the variance between
groups of equal values for other parameters. It shows no cause.")]
pub struct CompareArgs {
    /// Runs: at most 200
    #[arg(required = true, num_args = 1..=200, value_name = "RUN", add = ArgValueCompleter::new(complete::runs))]
    pub runs: Vec<String>,
    /// Also how the parameters are related to the last value of this metric
    #[arg(long, value_name = "METRIC", value_parser = parse_filter)]
    pub metric: Option<String>,
    /// Also parameters and settings that are the same in all runs
    #[arg(long)]
    pub all: bool,
}

impl Act for CompareArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        let two = "name two runs: `hven compare RUN RUN`; `hven show RUN` shows one";
        if self.runs.len() < 2 {
            return Err(Failure::new("usage", "a comparison needs at least two runs").hint(two).into());
        }
        let client = context.client_of_existing()?;
        let compared = client.compare_runs(&self.runs, self.metric.as_deref())?;
        if let [run] = compared.runs.as_slice() {
            let message =
                format!("{} mean the same run, {}: there is nothing to compare", self.runs.join(" and "), run.handle);
            return Err(Failure::new("usage", message).hint(two).into());
        }
        output.reply(&ComparisonShown { compared, all: self.all })?;
        Ok(exit::OK)
    }
}
