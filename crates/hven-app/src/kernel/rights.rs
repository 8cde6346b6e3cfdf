//! What the kernel asks of the floor above about rights, and what that floor does when they change.

use std::sync::{
    OnceLock, Weak,
    atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use hven_core::AttemptId;

/// Knows which attempts go on: only then are their tokens good.
pub(crate) trait LiveAttempts: std::fmt::Debug + Send + Sync {
    fn is_live(&self, attempt: AttemptId) -> bool;
}

/// Reacts when roles have changed, or may have.
#[async_trait]
pub(crate) trait RightsWatch: Send + Sync {
    async fn rights_changed(&self);
}

/// How often rights changed, and who reacts to it.
#[derive(Default)]
pub(crate) struct Rights {
    /// How often something was recorded that may change who is let in, or what they may do.
    changes: AtomicU64,
    watch: OnceLock<Weak<dyn RightsWatch>>,
}

impl std::fmt::Debug for Rights {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Rights({} changes)", self.changes())
    }
}

impl Rights {
    pub(super) fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    pub(super) fn count_change(&self) {
        self.changes.fetch_add(1, Ordering::Release);
    }

    /// From now on this one reacts. It is set once, when the house is opened.
    pub(crate) fn watched_by(&self, watch: Weak<dyn RightsWatch>) {
        // A kernel has one floor above it.
        let _ = self.watch.set(watch);
    }

    /// Lets the floor above react to a change of roles, and waits until it has.
    pub(super) async fn changed(&self) {
        if let Some(watch) = self.watch.get().and_then(Weak::upgrade) {
            watch.rights_changed().await;
        }
    }
}
