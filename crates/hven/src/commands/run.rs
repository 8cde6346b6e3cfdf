//! `hven run`: records code and inputs, submits the run, follows it, and exits with the status of the script.

mod args;
mod named_run;
mod settings;
mod start;
mod steps;

pub use args::RunArgs;
