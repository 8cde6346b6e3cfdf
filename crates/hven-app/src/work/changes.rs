//! The differences between a run and an earlier one: reported when a run is not up to date, and when a person asks why
//! it was run.

pub mod code;
pub mod run_changes;
