//! `hven import`: imports data that another home exported.

mod crates;
mod export;
mod subcommands;

pub use subcommands::ImportArgs;
