//! The steps of a manifest: which of them would run, how one of them is carried out, and what a person reads about it.
//!
//! The server decides which step is next and starts a process for it ([`carry_out`]). That process records code and inputs in the
//! folder of the manifest, submits the run of the step, and reports. Runs are made by the program that uses this crate:
//! [`StepHost`] is all that is asked of it.

#![allow(unreachable_pub, reason = "`pub` says what a module offers to the others")]

mod carry_out;
mod command;
mod context;
mod data;
mod evidence;
mod host;
pub mod manifest_here;
pub mod new_dataset;
mod of_runs;
mod outlook;
mod planned;
mod recipe;
mod recipe_result;
pub mod recipe_run;
mod report;
mod step_command;
mod step_text;
pub mod table_path;
mod why_again;

pub use carry_out::carry_out;
pub use context::{StepContext, StepOptions, chosen, planned_steps};
pub use host::{StepCommand, StepHost, Submission, Watch};
pub use of_runs::{counted, tolerances, tolerances_of};
pub use planned::plan;
pub use step_text::{StepText, step_text};
pub use why_again::{run_again, told};
