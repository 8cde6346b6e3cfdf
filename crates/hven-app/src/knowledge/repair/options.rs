//! How the steps of a repair are done, when they are done at all.

use hven_core::RepairId;

/// How steps are done.
#[derive(Clone, Copy, Debug)]
pub struct RepairOptions {
    /// What failed before this fact is tried again.
    pub retry_before: Option<u64>,
    /// For which repair; without one for a call alone.
    pub repair: Option<RepairId>,
}
