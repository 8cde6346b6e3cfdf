//! The grants of users as they are remembered until any role changes.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use hven_core::{UserId, access::Grant};

/// How many users' grants are remembered.
pub(super) const USERS_MAX: usize = 1000;

#[derive(Debug, Default)]
pub(super) struct CachedGrants {
    known: Mutex<KnownGrants>,
}

#[derive(Debug, Default)]
pub(super) struct KnownGrants {
    /// How often roles have changed: what was read before a change is not remembered after it.
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
