//! Somebody with a good token, and what is known of the token. Letting them in is in [`crate::kernel::token_recheck`].

use hven_core::{Time, TokenId};

use crate::kernel::callers::Caller;

/// Somebody with a good token, and the token.
#[derive(Clone)]
pub struct Admission {
    pub caller: Caller,
    pub(super) token: String,
    pub(super) until: Option<Time>,
    pub(super) root: Option<TokenId>,
    /// How often rights had changed when the token was looked at.
    pub(super) rights_changes: u64,
}

impl std::fmt::Debug for Admission {
    /// The token stays out of logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Admission").field("caller", &self.caller).field("until", &self.until).finish_non_exhaustive()
    }
}

impl Admission {
    /// When the token expires.
    pub(crate) fn until(&self) -> Option<Time> {
        self.until
    }

    /// The token with which all ends that was opened with this one; `None` for runs and runners, which open nothing.
    pub(crate) fn root(&self) -> Option<TokenId> {
        self.root
    }

    /// Whether a fact may change who is let in, or what they may do.
    pub fn may_change_with(kind: &str) -> bool {
        let kinds = ["role.", "token.", "session.", "user.", "payload.erased", "runner.gone"];
        kinds.iter().any(|changing| kind.starts_with(changing))
    }
}
