//! In which states a run has ended.

/// The states of a run that has ended.
pub(super) const STATES: [&str; 4] = ["done", "failed", "cancelled", "lost"];
