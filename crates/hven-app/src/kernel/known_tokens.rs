//! Remembers the callers of valid tokens, so that a client that calls often does not wait for the record each time.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use hven_core::Digest;
use tokio::sync::broadcast::error::TryRecvError;

use crate::{
    kernel::{admission::Admission, callers::TokenOwner},
    ports::fact_feed::FactFeed,
};

/// How many callers are remembered.
const KNOWN_MAX: usize = 1000;

/// The callers of tokens since rights last changed. The feed of facts has each change before its author gets
/// an answer.
#[derive(Debug)]
pub(crate) struct KnownTokens(Mutex<Known>);

#[derive(Debug)]
struct Known {
    recorded: FactFeed,
    /// How often the owners were forgotten.
    changes: u64,
    owners: HashMap<Digest, TokenOwner>,
}

/// A point in time between two changes of rights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RightsVersion(u64);

impl KnownTokens {
    pub(crate) fn new(recorded: FactFeed) -> Self {
        Self(Mutex::new(Known { recorded, changes: 0, owners: HashMap::new() }))
    }

    /// The owner of a token that was checked after the last change of rights, which may have expired since; or the version for
    /// [`put`](Self::put) after the token is checked.
    pub(super) fn get(&self, token: &Digest) -> Result<TokenOwner, RightsVersion> {
        let known = self.current();
        known.owners.get(token).cloned().ok_or(RightsVersion(known.changes))
    }

    /// Remembers an owner, unless rights have changed since `checked`: before the token was checked.
    pub(super) fn put(&self, token: Digest, checked: RightsVersion, owner: &TokenOwner) {
        let mut known = self.current();
        if known.changes != checked.0 {
            return;
        }
        if known.owners.len() >= KNOWN_MAX {
            known.owners.clear();
        }
        known.owners.insert(token, owner.clone());
    }

    /// The owners that are still valid.
    fn current(&self) -> MutexGuard<'_, Known> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match known.recorded.try_recv() {
                Ok(fact) if !Admission::may_change_with(&fact.header.kind) => {}
                // A closed record does not change any more.
                Err(TryRecvError::Empty | TryRecvError::Closed) => return known,
                Ok(_) | Err(TryRecvError::Lagged(_)) => {
                    known.changes += 1;
                    known.owners.clear();
                }
            }
        }
    }
}
