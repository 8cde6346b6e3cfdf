//! `hven law`: find a law in a dataset, show the result, choose another candidate.

mod args;
mod find;
mod settings;
mod subcommands;

pub use args::LawArgs;
