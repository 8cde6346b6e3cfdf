//! The flags of `hven bench law`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

#[derive(Debug, Args)]
pub struct LawArgs {
    /// A folder with equations.csv of the AI Feynman database: name, output, formula, variables (name:low:high)
    #[arg(long)]
    pub data: PathBuf,
    /// Only these, such as I.9.18,II.6.11
    #[arg(long, value_delimiter = ',')]
    pub equations: Vec<String>,
    /// How long each search may take
    #[arg(long, default_value_t = 20.0)]
    pub seconds: f64,
    /// Standard deviation of what is added to the target, as a share of its own
    #[arg(long, default_value_t = 0.0)]
    pub noise: f64,
    /// Whether the search knows the units of the columns
    #[arg(long, default_value = "on")]
    pub units: Units,
    /// Seeds of the rows and of the search: each law is looked for once with each
    #[arg(long, value_delimiter = ',', default_value = "1")]
    pub seeds: Vec<u64>,
    /// A Python that has pyoperon, to measure Operon on the same rows
    #[arg(long)]
    pub operon: Option<PathBuf>,
    /// Results, a line each: those that are there already are not measured again, new ones are added
    #[arg(long)]
    pub resume: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Units {
    On,
    Off,
}
