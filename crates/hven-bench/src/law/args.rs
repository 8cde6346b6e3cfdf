//! The flags of `hven bench law`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

#[derive(Debug, Args)]
pub struct LawArgs {
    /// A folder with equations.csv as in the AI Feynman database: name, output, formula, variables (name:low:high), and if
    /// wanted units (variable=unit)
    #[arg(long, required_unless_present = "set", conflicts_with = "set")]
    pub data: Option<PathBuf>,
    /// A set of tables that Hven brings with it, instead of --data
    #[arg(long, conflicts_with_all = ["noise", "operon"])]
    pub set: Option<LawSet>,
    /// Only these equations or tables, such as I.9.18,II.6.11
    #[arg(long, value_delimiter = ',')]
    pub equations: Vec<String>,
    /// Time limit of each search
    #[arg(long, default_value_t = 20.0)]
    pub seconds: f64,
    /// Standard deviation of the noise on the target, as a fraction of the target's standard deviation
    #[arg(long, default_value_t = 0.0)]
    pub noise: f64,
    /// Whether the search knows the units of the columns
    #[arg(long, default_value = "on")]
    pub units: Units,
    /// Seeds of the rows and of the search: each law is searched once with each seed
    #[arg(long, value_delimiter = ',', default_value = "1")]
    pub seeds: Vec<u64>,
    /// A Python with pyoperon, to measure Operon on the same rows
    #[arg(long)]
    pub operon: Option<PathBuf>,
    /// A file of results, one per line: existing results are not measured again, new ones are appended
    #[arg(long)]
    pub resume: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LawSet {
    /// Targets that span many powers of ten, a few wrong rows, repeated rows, heavy tails
    Hard,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Units {
    On,
    Off,
}
