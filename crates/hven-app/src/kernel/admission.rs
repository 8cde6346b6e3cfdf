//! A caller with a valid token, and the properties of the token. [`crate::kernel::token_recheck`] makes and renews
//! admissions.

use hven_core::{Time, TokenId};

use crate::kernel::callers::Caller;

/// A caller with a valid token, and the token.
#[derive(Clone)]
pub struct Admission {
    pub caller: Caller,
    pub(super) token: String,
    pub(super) until: Option<Time>,
    pub(super) root: Option<TokenId>,
    /// How often rights had changed when the token was checked.
    pub(super) rights_changes: u64,
}

impl std::fmt::Debug for Admission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Admission").field("caller", &self.caller).field("until", &self.until).finish_non_exhaustive()
    }
}

impl Admission {
    /// When the token expires.
    pub(crate) fn until(&self) -> Option<Time> {
        self.until
    }

    /// The token whose revocation ends everything that was opened with this one. `None` for runs and runners, which
    /// open nothing.
    pub(crate) fn root(&self) -> Option<TokenId> {
        self.root
    }

    /// Whether a fact of this kind may change who gets access, or what a caller may do.
    pub fn may_change_with(kind: &str) -> bool {
        let kinds = ["role.", "token.", "session.", "user.", "payload.erased", "runner.gone"];
        kinds.iter().any(|changing| kind.starts_with(changing))
    }
}
