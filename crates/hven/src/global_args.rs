//! The arguments that all commands have.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub struct Global {
    /// The home to use: a folder with a record of its own
    #[arg(long, global = true, value_name = "DIR", value_hint = clap::ValueHint::DirPath, help_heading = "For all commands")]
    pub home: Option<PathBuf>,
    /// Answer with JSON instead of tables; each document names its schema
    #[arg(long, global = true, help_heading = "For all commands")]
    pub json: bool,
}
