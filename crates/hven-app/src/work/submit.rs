//! Submitting runs: check, keep the private part aside, find what was done before, record, and hand to the schedule.

pub mod cached;
pub mod check;
pub mod fresh;
pub mod inputs;
pub mod prepare;
pub mod record;
pub mod rule_1;
pub mod rule_2;
pub mod shown;
pub mod start;
pub mod submission;

pub use rule_2::cache_key;
pub use start::{BATCH_MAX, submit, submit_batch};
pub use submission::{Repairs, Submission, Submit};
