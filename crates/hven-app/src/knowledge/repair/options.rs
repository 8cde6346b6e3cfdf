//! Options for taking the steps of a repair.

use hven_core::RepairId;

/// Options for taking the steps of a repair.
#[derive(Clone, Copy, Debug)]
pub struct RepairOptions {
    /// Retry work that failed before this fact.
    pub retry_before: Option<u64>,
    /// The repair that takes the steps; `None` for a single call without a repair.
    pub repair: Option<RepairId>,
}
