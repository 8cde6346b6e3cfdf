//! The open transaction, and the time of its commit.

use std::time::{Duration, Instant};

/// How many facts may wait for their commit.
const FACTS_MAX: usize = 512;
/// How many bytes of facts may wait for their commit.
const BYTES_MAX: usize = 1 << 20;
/// How long a commit waits if no reader needs it.
pub(super) const SHOWN_WITHIN: Duration = Duration::from_millis(10);
/// The time between two tries to catch up if no reader needs it.
pub(super) const CATCH_UP_AGAIN: Duration = Duration::from_millis(500);

/// The acknowledged facts that wait for their commit.
#[derive(Default)]
pub(super) struct Open {
    /// A transaction is open on the connection.
    pub(super) is_begun: bool,
    /// The transaction was rolled back and not repeated yet.
    pub(super) is_behind: bool,
    pub(super) facts: usize,
    /// Batches of facts in the journal's format.
    pub(super) batches: Vec<u8>,
    pub(super) due: Option<Instant>,
}

impl Open {
    /// When the commit is due.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    pub(super) fn is_empty(&self) -> bool {
        self.facts == 0
    }

    pub(super) fn is_behind(&self) -> bool {
        self.is_behind
    }

    /// Whether this many more may wait.
    pub(super) fn has_room(&self, facts: usize, bytes: usize) -> bool {
        self.facts + facts <= FACTS_MAX && self.batches.len() + bytes <= BYTES_MAX
    }
}
