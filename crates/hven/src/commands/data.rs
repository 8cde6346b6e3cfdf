//! Datasets: bring a table in, list, show, take out, divide.

mod add;
mod export;
mod split;
mod subcommands;

pub use subcommands::DataArgs;
