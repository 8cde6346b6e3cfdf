//! The flags of `hven repair`.

use clap::Args;
use clap_complete::ArgValueCompleter;

use crate::complete;

/// Run again everything that rests on a retracted item
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven repair planets@1 --with planets@2 --plan    what would run again, and its earlier cost
  hven repair planets@1 --with planets@2
  hven repair 7Q2M                                 repeats a retracted run, and everything that rests on it
  hven repair planets@1 --with planets@2 --detach  starts the repair and returns

The server does the repair, also after the terminal is closed. Ctrl-C stops watching: `hven ps` lists the active repairs, `hven attach
repair/3` shows one again, and `hven cancel repair/3` ends it. It exits with 1 when something is left to do.")]
pub struct RepairArgs {
    /// The dataset or the run that was retracted
    #[arg(add = ArgValueCompleter::new(complete::runs))]
    pub of: String,
    /// The corrected dataset
    #[arg(long, value_name = "DATASET")]
    pub with: Option<String>,
    /// Only show what would be done
    #[arg(long)]
    pub plan: bool,
    /// Start the repair and return
    #[arg(long, conflicts_with = "plan")]
    pub detach: bool,
    /// The project, if several projects have the names
    #[arg(long)]
    pub project: Option<String>,
}
