//! `hven machine`: the runners, what is in use, and what was in use over time.

use std::time::Duration;

use clap::Args;
use hven_terminal::{Output, exit};
use jiff::Timestamp;

use crate::{act::Act, arg_values::parse_duration, context::Context, run_filter::earliest};

/// Show the runners, what is in use now, and the use over time
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven machine                  now, and the last 24 hours
  hven machine --last 7d
  hven machine --json | jq '.use_over_time.bins[] | {start, reserved_cores}'

It counts the runs of all projects and names none of them: `hven usage` shows who used how much. A process reserves cores from its
start to its end. What it used of them is known when it has ended.")]
pub struct MachineArgs {
    /// The use within this time
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, default_value = "24h")]
    pub last: Duration,
}

/// The columns of blocks fit in a terminal with 80 columns.
const COLUMNS_MAX: usize = 60;

impl Act for MachineArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        let client = context.client_of_existing()?;
        let since = earliest(Timestamp::now(), self.last).to_string();
        output.reply(&client.machine(Some(&since), Some(COLUMNS_MAX))?)?;
        Ok(exit::OK)
    }
}
