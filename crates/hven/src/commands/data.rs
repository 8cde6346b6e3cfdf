//! `hven data`: look at, import, list, show, export and split datasets.

mod add;
mod export;
mod look;
mod source_args;
mod split;
mod subcommands;

pub use subcommands::DataArgs;
