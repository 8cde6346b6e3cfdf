//! `hven get`: fetches the outputs or inputs of a run as recorded: names, bytes, links and empty folders. It overwrites
//! existing files only with `--force`.

mod args;
mod entries;
mod fetch;
mod into_folder;
mod places;
mod settings;
mod source;
mod to_stdout;

pub use args::GetArgs;
