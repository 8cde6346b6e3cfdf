//! Tokens that are derived from the home's key instead of being stored, and digests that reveal nothing about their
//! content.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hven_core::{
    AttemptId, Digest, RunnerId,
    proof::{Challenge, Proof, Witness},
};

/// Makes and checks the derived tokens: those of attempts and runners. Each is a name and a keyed hash (BLAKE3) of it,
/// so it survives a restart of the server without being stored.
pub struct Keys {
    key: [u8; 32],
    /// Removed runners. Their tokens are genuine but not valid.
    gone: Mutex<HashSet<RunnerId>>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(…)")
    }
}

impl Keys {
    pub fn new(key: [u8; 32]) -> Self {
        Self { key, gone: Mutex::default() }
    }

    /// Marks a runner as removed, so that its token is not valid any more.
    pub(crate) fn revoke_runner(&self, runner: RunnerId) {
        self.gone.lock().unwrap_or_else(PoisonError::into_inner).insert(runner);
    }

    pub(super) fn is_gone(&self, runner: RunnerId) -> bool {
        self.gone.lock().unwrap_or_else(PoisonError::into_inner).contains(&runner)
    }

    fn mac(&self, purpose: &str, name: &str) -> String {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher.update(purpose.as_bytes()).update(b"\0").update(name.as_bytes());
        URL_SAFE_NO_PAD.encode(hasher.finalize().as_bytes())
    }

    /// A digest that changes with a file and reveals nothing about it without the home's key.
    pub(crate) fn keyed(&self, path: &str, digest: Digest) -> Digest {
        let key = blake3::derive_key("Hven 2026: digests of key files", &self.key);
        let mut hasher = blake3::Hasher::new_keyed(&key);
        hasher.update(digest.as_bytes()).update(path.as_bytes());
        hasher.finalize().into()
    }

    fn derived(&self, purpose: &str, name: &str) -> String {
        format!("{purpose}_{name}_{}", self.mac(purpose, name))
    }

    /// The name in a derived token, if the token is genuine.
    pub(super) fn genuine<'t>(&self, purpose: &str, token: &'t str) -> Option<&'t str> {
        let rest = token.strip_prefix(purpose)?.strip_prefix('_')?;
        let (name, mac) = rest.split_once('_')?;
        // The comparison uses digests, so that its duration does not reveal how many bytes were right.
        (Digest::of(mac.as_bytes()) == Digest::of(self.mac(purpose, name).as_bytes())).then_some(name)
    }

    pub fn attempt_token(&self, attempt: AttemptId) -> String {
        self.derived("hva", &attempt.to_string())
    }
    /// The token for clients of other trackers in the process of an attempt.
    pub fn tracker_token(&self, attempt: AttemptId) -> String {
        self.derived("hvt", &attempt.to_string())
    }
    fn runner_token(&self, runner: RunnerId) -> String {
        self.derived("hvr", &runner.to_string())
    }

    /// Proves to a client that this is the server of its home.
    pub fn prove(&self, challenge: &Challenge) -> Proof {
        match challenge.witness {
            Witness::Home => challenge.answer(&self.key),
            Witness::Runner(id) => challenge.answer(self.runner_token(id).as_bytes()),
            Witness::Attempt(id) => challenge.answer(self.attempt_token(id).as_bytes()),
        }
    }
}

/// The token of a runner, for the process that starts it.
pub fn runner_token(key: [u8; 32], runner: RunnerId) -> String {
    Keys::new(key).runner_token(runner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_tokens_are_genuine_only_unchanged() {
        let (keys, other) = (Keys::new([1; 32]), Keys::new([2; 32]));
        let token = keys.runner_token(RunnerId::from_u128(5));
        assert_eq!(keys.genuine("hvr", &token), Some(RunnerId::from_u128(5).to_string().as_str()));
        assert_eq!(keys.genuine("hva", &token), None);
        assert_eq!(other.genuine("hvr", &token), None);
        let forged = token.replace("0005", "0006");
        assert_eq!(keys.genuine("hvr", &forged), None);
        assert_eq!(keys.genuine("hvr", "hvr__"), None);
        // The proof for a runner can be made with the runner's own token.
        let here = "127.0.0.1:1".parse().expect("an address");
        let witness = Witness::of_token(&token).expect("a runner's");
        let challenge = Challenge { nonce: [1; 32], witness, server: here, client: here };
        assert!(challenge.is_answered_by(&keys.prove(&challenge), token.as_bytes()));
        assert!(!challenge.is_answered_by(&other.prove(&challenge), token.as_bytes()));
    }
}
