//! `hven usage`: what users and projects used of the machine.

use std::time::Duration;

use clap::{Args, ValueEnum};
use hven_terminal::{Output, UsageBy, UsageTable, exit};
use jiff::Timestamp;

use crate::{
    act::Act,
    arg_values::{parse_duration, parse_filter},
    context::Context,
    run_filter::earliest,
};

/// Show what users and projects used of the machine
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven usage                              of the last 7 days, by user and project
  hven usage --by project --last 30d
  hven usage --project astro --by user

It counts the runs that ended in this time, with all their attempts: core hours are the reserved cores times the time of the
processes, CPU hours the processor time that these used. Runs that go on are not counted yet.")]
pub struct UsageArgs {
    /// The rows: one for each project, for each user, or for each pair
    #[arg(long, value_delimiter = ',', value_name = "BY", default_values = ["project", "user"])]
    pub by: Vec<By>,
    /// Runs that ended within this time
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, default_value = "7d")]
    pub last: Duration,
    /// Runs of this project and the projects below it
    #[arg(long, value_parser = parse_filter)]
    pub project: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum By {
    Project,
    User,
}

impl Act for UsageArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        let client = context.client_of_existing()?;
        let since = earliest(Timestamp::now(), self.last).to_string();
        let usage = client.usage(self.project.as_deref(), Some(&since), None)?;
        let by = UsageBy { project: self.by.contains(&By::Project), user: self.by.contains(&By::User) };
        output.reply(&UsageTable::new(usage, by))?;
        Ok(exit::OK)
    }
}
