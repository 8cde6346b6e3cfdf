//! `hven run`: takes down what the run is made of, submits it, follows it, and exits as the script did.

mod args;
mod named_run;
mod settings;
mod start;
mod steps;

pub use args::RunArgs;
