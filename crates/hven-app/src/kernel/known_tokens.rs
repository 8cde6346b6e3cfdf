//! Remembers the callers of valid tokens, so that a client that calls often does not wait for the record each time.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use hven_core::Digest;

use crate::kernel::callers::TokenOwner;

/// How many callers are remembered.
const KNOWN_MAX: usize = 1000;

/// The callers of tokens since rights last changed.
#[derive(Debug, Default)]
pub(crate) struct KnownTokens(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// How often rights had changed when the tokens were checked.
    rights_changes: u64,
    owners: HashMap<Digest, TokenOwner>,
}

impl KnownTokens {
    /// The owner of a token that was checked after the last change of rights. It may have expired since.
    /// `rights_changes` is `None` while rights change: then nothing is known.
    pub(super) fn get(&self, token: &Digest, rights_changes: Option<u64>) -> Option<TokenOwner> {
        let rights_changes = rights_changes?;
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.rights_changes == rights_changes { known.owners.get(token).cloned() } else { None }
    }

    /// Remembers an owner. `rights_changes` was read before the token was checked.
    pub(super) fn put(&self, token: Digest, rights_changes: Option<u64>, owner: &TokenOwner) {
        let Some(rights_changes) = rights_changes else { return };
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.rights_changes > rights_changes {
            return;
        }
        if known.rights_changes < rights_changes || known.owners.len() >= KNOWN_MAX {
            known.owners.clear();
        }
        known.rights_changes = rights_changes;
        known.owners.insert(token, owner.clone());
    }
}

#[cfg(test)]
mod tests {
    use hven_core::RunnerId;

    use super::*;
    use crate::kernel::callers::Caller;

    #[test]
    fn a_change_of_rights_forgets_all_owners() {
        let known = KnownTokens::default();
        let owner = TokenOwner { caller: Caller::Runner { id: RunnerId::from_u128(1) }, until: None, root: None };
        let token = Digest::of(b"token");
        known.put(token, Some(3), &owner);
        assert!(known.get(&token, Some(3)).is_some());
        assert!(known.get(&token, Some(4)).is_none() && known.get(&token, None).is_none());
        // A check that began before the change does not count.
        known.put(Digest::of(b"other"), Some(4), &owner);
        known.put(token, Some(3), &owner);
        known.put(token, None, &owner);
        assert!(known.get(&token, Some(4)).is_none() && known.get(&token, Some(3)).is_none());
    }
}
