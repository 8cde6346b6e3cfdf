//! `hven import`: imports data that another home exported, and the runs of other trackers.

mod crates;
mod export;
mod mlflow;
mod subcommands;
mod tensorboard;

pub use subcommands::ImportArgs;
