//! The cached grants of users. A change of any role clears the cache.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use hven_core::{UserId, access::Grant};

/// The largest number of users in the cache.
pub(super) const USERS_MAX: usize = 1000;

#[derive(Debug, Default)]
pub(super) struct CachedGrants {
    known: Mutex<KnownGrants>,
}

#[derive(Debug, Default)]
pub(super) struct KnownGrants {
    /// The number of role changes. A value that was read before a change is not cached after it.
    pub(super) changes: u64,
    pub(super) grants: HashMap<UserId, Arc<[Grant]>>,
}

impl CachedGrants {
    pub(super) fn known(&self) -> MutexGuard<'_, KnownGrants> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn forget(&self) {
        let mut known = self.known();
        known.changes += 1;
        known.grants.clear();
    }
}
