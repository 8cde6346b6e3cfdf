//! `hven import`: brings in what another home has written.

mod crates;
mod export;
mod subcommands;

pub use subcommands::ImportArgs;
