//! What makes a run other work than one before it: told when it is not up to date, and when somebody asks why it was run.

pub mod code;
pub mod run_changes;
