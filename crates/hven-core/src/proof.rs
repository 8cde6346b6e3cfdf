//! The server's proof that it serves this home: an answer to a challenge that only a holder of the secret can compute.
//!
//! A client demands the proof on each new connection, before it sends anything that another program must not read, such as a
//! token. The answer covers both ends of the connection, so it is worthless on another connection: a program that took the port
//! of a dead server cannot relay the challenge to the real server, because it speaks with that server through another
//! connection.
//!
//! The secret depends on the role of the client. The server has the home's key and derives the tokens of runners and attempts
//! from it, so it can answer all clients without stored state.

use std::{fmt, net::SocketAddr, str::FromStr};

use crate::{AttemptId, Malformed, RunnerId};

/// Separates these keys from all other keys that are derived from the same secrets.
const CONTEXT: &str = "hven 2026-11-29 the server proves itself";

/// The role in which the client will connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Witness {
    /// A client that can read the home; the secret is the home's key.
    Home,
    /// A runner; the secret is the runner's token.
    Runner(RunnerId),
    /// A process of a run; the secret is the attempt's token.
    Attempt(AttemptId),
}

impl Witness {
    /// The owner of a derived token; `None` for a user's token.
    pub fn of_token(token: &str) -> Option<Self> {
        let mut parts = token.split('_');
        match (parts.next()?, parts.next()?) {
            ("hva", name) => name.parse().ok().map(Self::Attempt),
            ("hvr", name) => name.parse().ok().map(Self::Runner),
            _ => None,
        }
    }
}

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Home => f.write_str("home"),
            Self::Runner(id) => write!(f, "runner {id}"),
            Self::Attempt(id) => write!(f, "attempt {id}"),
        }
    }
}

impl FromStr for Witness {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        match text.split_once(' ') {
            None if text == "home" => Ok(Self::Home),
            Some(("runner", id)) => id.parse().map(Self::Runner),
            Some(("attempt", id)) => id.parse().map(Self::Attempt),
            _ => Err(Malformed::Text {
                noun: "witness",
                text: text.to_owned(),
                why: "it is home, runner ID or attempt ID".to_owned(),
            }),
        }
    }
}

/// The statement to prove: the server received this challenge on this connection for this witness.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// Fresh for each connection.
    pub nonce: [u8; 32],
    pub witness: Witness,
    /// The server's end of the connection.
    pub server: SocketAddr,
    /// The client's end of the connection.
    pub client: SocketAddr,
}

impl Challenge {
    /// The proof, made with the witness's secret.
    pub fn answer(&self, secret: &[u8]) -> Proof {
        let key = blake3::derive_key(CONTEXT, secret);
        let mut hasher = blake3::Hasher::new_keyed(&key);
        // The nonce has a fixed length and no address contains a line feed: different challenges have different bytes.
        hasher.update(&self.nonce);
        hasher.update(format!("{}\n{}\n{}", self.server, self.client, self.witness).as_bytes());
        Proof(hasher.finalize())
    }

    /// Whether `proof` was made with the secret. The duration of this call reveals nothing about the secret.
    pub fn is_answered_by(&self, proof: &Proof, secret: &[u8]) -> bool {
        // `blake3::Hash` compares in constant time.
        self.answer(secret).0 == proof.0
    }
}

/// An answer to a [`Challenge`], 64 hexadecimal digits.
#[derive(Clone, Copy, Debug)]
pub struct Proof(blake3::Hash);

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.to_hex().as_str())
    }
}

impl FromStr for Proof {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        blake3::Hash::from_hex(text).map(Self).map_err(|_| Malformed::Digest(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RunId;

    fn challenge() -> Challenge {
        Challenge {
            nonce: [3; 32],
            witness: Witness::Runner(RunnerId::from_u128(5)),
            server: "127.0.0.1:7878".parse().expect("an address"),
            client: "127.0.0.1:40001".parse().expect("an address"),
        }
    }

    #[test]
    fn a_proof_is_valid_for_its_own_challenge_only() {
        let asked = challenge();
        let proof = asked.answer(b"secret");
        assert!(asked.is_answered_by(&proof, b"secret"));
        assert!(asked.is_answered_by(&proof.to_string().parse().expect("a proof"), b"secret"));
        assert!(!asked.is_answered_by(&proof, b"secreT"));
        let others = [
            Challenge { nonce: [4; 32], ..asked },
            Challenge { witness: Witness::Home, ..asked },
            Challenge { witness: Witness::Runner(RunnerId::from_u128(6)), ..asked },
            Challenge { server: "127.0.0.1:7879".parse().expect("an address"), ..asked },
            Challenge { client: "127.0.0.1:40002".parse().expect("an address"), ..asked },
            // The ends must not be exchanged: otherwise the client's own question could be used as its answer.
            Challenge { server: asked.client, client: asked.server, ..asked },
        ];
        for other in others {
            assert!(!other.is_answered_by(&proof, b"secret"), "{other:?}");
        }
    }

    #[test]
    fn witnesses_round_trip_and_are_found_in_tokens() {
        let attempt = AttemptId { run: RunId::from_u128(7), number: 2 };
        for witness in [Witness::Home, Witness::Runner(RunnerId::from_u128(5)), Witness::Attempt(attempt)] {
            assert_eq!(witness.to_string().parse(), Ok(witness));
        }
        for bad in ["", "house", "home ", "runner", "runner x", "attempt 00000000000000000000000000000007"] {
            assert!(bad.parse::<Witness>().is_err(), "{bad:?}");
        }
        assert_eq!(Witness::of_token(&format!("hva_{attempt}_abc")), Some(Witness::Attempt(attempt)));
        assert_eq!(
            Witness::of_token(&format!("hvr_{}_a_b", RunnerId::from_u128(5))),
            Some(Witness::Runner(RunnerId::from_u128(5)))
        );
        for other in ["", "hvu_abc", "hva_abc_d", "hva", "secret"] {
            assert_eq!(Witness::of_token(other), None, "{other:?}");
        }
    }
}
