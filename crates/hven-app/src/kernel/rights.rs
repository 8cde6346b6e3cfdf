//! The connection between the kernel and the floor above for rights: the questions of the kernel, and the reaction to
//! changes.

use std::sync::{
    OnceLock, Weak,
    atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use hven_core::AttemptId;

/// Knows which attempts are live. Only their tokens are valid.
pub(crate) trait LiveAttempts: std::fmt::Debug + Send + Sync {
    fn is_live(&self, attempt: AttemptId) -> bool;
}

/// Reacts when roles have changed, or may have changed.
#[async_trait]
pub(crate) trait RightsWatch: Send + Sync {
    async fn rights_changed(&self);
}

/// Counts changes of rights, and notifies the watch.
#[derive(Default)]
pub(crate) struct Rights {
    /// The number of recorded changes that may affect who gets access, or what a caller may do.
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

    /// Registers the watch. Called once, when the home is opened.
    pub(crate) fn watched_by(&self, watch: Weak<dyn RightsWatch>) {
        // A second call has no effect: a kernel has one floor above it.
        let _ = self.watch.set(watch);
    }

    /// Notifies the watch of a change of roles, and waits until it has finished.
    pub(super) async fn changed(&self) {
        if let Some(watch) = self.watch.get().and_then(Weak::upgrade) {
            watch.rights_changed().await;
        }
    }
}
