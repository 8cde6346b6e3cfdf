//! Arrays: one command, run once for each combination of values.
//!
//! An array is recorded as one fact. The server submits its tasks as runs, some at a time ([`executor`]), so a million queued tasks
//! cost no more than a thousand.

pub mod change;
pub mod detail;
pub mod draft;
pub mod executor;
pub mod failures;
pub mod follower;
pub mod forecast;
pub mod gather;
pub mod other_files;
pub(in crate::work) mod pace;
pub mod points;
pub mod preview;
pub mod sentences;
pub mod submit;
pub mod submit_tasks;
pub mod value_tables;
pub mod waiting;
