//! The steps of a manifest: predicts which of them would run, carries out one of them, and prints its result for people.
//!
//! The server decides which step is next and starts a process for it ([`carry_out`]). That process records code and inputs in the
//! folder of the manifest, submits the run of the step, and reports. The program that uses this crate makes the runs: it
//! implements [`StepHost`].

#![allow(unreachable_pub, reason = "`pub` marks the items that a module offers to the others")]

mod carry_out;
mod claim;
mod command;
mod context;
mod data;
mod host;
pub mod manifest_file;
mod manifest_values;
pub mod new_dataset;
mod plan;
mod recipe;
mod recipe_result;
pub mod recipe_run;
mod report;
mod rerun_reasons;
mod step_command;
mod step_forecast;
mod step_text;
pub mod table_path;

pub use carry_out::carry_out;
pub use context::{StepContext, StepOptions, planned_steps, selected};
pub use data::import_of;
pub use host::{StepCommand, StepHost, Submission, Watch};
pub use manifest_values::{counted, tolerances, tolerances_of};
pub use plan::plan;
pub use rerun_reasons::run_again;
pub use step_text::{StepText, step_text};
