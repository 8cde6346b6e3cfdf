//! The transaction that is open, and when it is due.

use std::time::{Duration, Instant};

/// How many facts may wait for their commit, and how many bytes of them.
const FACTS_MAX: usize = 512;
const BYTES_MAX: usize = 1 << 20;
/// How long a commit waits when nobody asks for it.
pub(super) const SHOWN_WITHIN: Duration = Duration::from_millis(10);
/// How long is waited, when nobody asks, until it is tried again to catch up.
pub(super) const CATCH_UP_AGAIN: Duration = Duration::from_millis(500);

/// What is acknowledged and waits for its commit.
#[derive(Default)]
pub(super) struct Open {
    /// A transaction has begun on the connection.
    pub(super) is_begun: bool,
    /// The transaction was undone, and is not made again yet.
    pub(super) is_behind: bool,
    pub(super) facts: usize,
    /// Batches of facts, as the journal has them.
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

    /// Whether so many more may wait.
    pub(super) fn has_room(&self, facts: usize, bytes: usize) -> bool {
        self.facts + facts <= FACTS_MAX && self.batches.len() + bytes <= BYTES_MAX
    }
}
