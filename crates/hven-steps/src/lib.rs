//! The steps of a manifest, in the order in which they need each other, and only what is stale.
//!
//! The crate decides what is done and says how it went. Runs are made and watched by the program that does the steps:
//! [`Hands`] is all that is asked of it.

#![allow(unreachable_pub, reason = "`pub` says what a module offers to the others")]

mod command;
mod data;
mod evidence;
mod hands;
pub mod manifest_here;
pub mod new_dataset;
mod of_runs;
mod order;
mod recipe;
mod recipe_result;
pub mod recipe_run;
mod step_words;
mod study;
pub mod table_path;
mod why_again;

pub use hands::{Hands, StepCommand, Submission, Watch};
pub use of_runs::{counted, tolerances, tolerances_of};
pub use order::run;
pub use study::{Given, Wanted};
pub use why_again::{run_again, told};
