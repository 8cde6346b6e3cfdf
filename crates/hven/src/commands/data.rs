//! `hven data`: import, list, show, export and split datasets.

mod add;
mod export;
mod split;
mod subcommands;

pub use subcommands::DataArgs;
