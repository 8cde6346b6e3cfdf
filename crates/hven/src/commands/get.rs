//! `hven get`: what a run made, or what it read, as it was recorded: its names, bytes, links and empty folders. Nothing that
//! lies there already is lost, unless that is said.

mod args;
mod entries;
mod fetch;
mod into_folder;
mod places;
mod settings;
mod source;
mod to_stdout;

pub use args::GetArgs;
