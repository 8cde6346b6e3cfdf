//! The states in which a run has ended.

/// The states of an ended run.
pub(super) const FINAL_STATES: [&str; 4] = ["done", "failed", "cancelled", "lost"];
