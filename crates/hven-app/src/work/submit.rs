//! Submits runs: checks, stores the private part, looks for an earlier run of the same work, records, and gives the run
//! to the schedule.

pub mod answer;
pub mod cache_rule_1;
pub mod cache_rule_2;
pub mod check;
pub mod check_fresh_folder;
pub mod find_cached;
pub mod inputs;
pub mod prepare;
pub mod record;
pub mod start;
pub mod submission;

pub use cache_rule_2::cache_key;
pub use start::{BATCH_MAX, submit, submit_batch};
pub use submission::{RepairOrigin, RunRequest, SubmitOutcome};
