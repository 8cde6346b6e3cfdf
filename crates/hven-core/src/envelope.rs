//! The envelope around a fact: a header that is never erased, and a payload that can be.
//!
//! `hash = BLAKE3(previous hash ‖ header ‖ BLAKE3(salt ‖ payload))`. Erasing removes payload and salt but leaves `BLAKE3(salt ‖
//! payload)`, so the chain can still be verified; because of the salt, short payloads cannot be guessed from their digest.

use crate::{ActorId, Digest, Fact, FactId, Malformed, Time};

/// The permanent part of a fact. It contains nothing personal: actors and subjects are opaque.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Its position in the record, counted from 1 without gaps. This is the order of events.
    pub seq: u64,
    pub id: FactId,
    pub kind: String,
    pub version: u16,
    pub time: Time,
    pub actor: ActorId,
    pub subject: Option<u128>,
    /// The idempotency key of the batch, on its first fact.
    pub key: Option<String>,
}

impl Header {
    /// The bytes that are hashed: every field, fixed-width or length-prefixed, so that different headers have different bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(96 + self.kind.len());
        bytes.extend_from_slice(&self.seq.to_le_bytes());
        bytes.extend_from_slice(&self.id.to_bytes());
        bytes.extend_from_slice(&(self.kind.len() as u32).to_le_bytes());
        bytes.extend_from_slice(self.kind.as_bytes());
        bytes.extend_from_slice(&self.version.to_le_bytes());
        bytes.extend_from_slice(&self.time.micros().to_le_bytes());
        bytes.extend_from_slice(&self.actor.to_bytes());
        match self.subject {
            None => bytes.push(0),
            Some(subject) => {
                bytes.push(1);
                bytes.extend_from_slice(&subject.to_be_bytes());
            }
        }
        match &self.key {
            None => bytes.push(0),
            Some(key) => {
                bytes.push(1);
                bytes.extend_from_slice(&(key.len() as u32).to_le_bytes());
                bytes.extend_from_slice(key.as_bytes());
            }
        }
        bytes
    }
}

/// The part of a fact that can be erased: 16 random bytes and the exact bytes written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    pub salt: [u8; 16],
    pub bytes: Vec<u8>,
}

impl Payload {
    pub fn digest(&self) -> Digest {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.salt).update(&self.bytes);
        hasher.finalize().into()
    }
}

/// A fact as the record stores it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    pub header: Header,
    /// `None` when it was erased.
    pub payload: Option<Payload>,
    /// `BLAKE3(salt ‖ payload)`, kept also after the payload is erased.
    pub payload_digest: Digest,
    /// Links this fact to all earlier facts.
    pub hash: Digest,
}

/// The hash of a fact after the fact with the hash `previous`.
pub fn link(previous: &Digest, header: &Header, payload_digest: &Digest) -> Digest {
    let mut hasher = blake3::Hasher::new();
    hasher.update(previous.as_bytes()).update(&header.to_bytes()).update(payload_digest.as_bytes());
    hasher.finalize().into()
}

/// The error in a link of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BrokenLink {
    #[error("its sequence number does not follow the one before")]
    Sequence,
    #[error("its payload is not the one that was recorded")]
    Payload,
    #[error("its header, or a fact before it, is not what was recorded")]
    Hash,
}

impl Envelope {
    /// Seals a fact after the fact with the hash `previous`.
    pub fn seal(previous: &Digest, header: Header, payload: Payload) -> Self {
        let payload_digest = payload.digest();
        let hash = link(previous, &header, &payload_digest);
        Self { header, payload: Some(payload), payload_digest, hash }
    }

    /// Checks this fact against the hash and sequence number of the previous fact.
    pub fn verify(&self, previous: &Digest, previous_seq: u64) -> Result<(), BrokenLink> {
        if self.header.seq != previous_seq + 1 {
            return Err(BrokenLink::Sequence);
        }
        if self.payload.as_ref().is_some_and(|payload| payload.digest() != self.payload_digest) {
            return Err(BrokenLink::Payload);
        }
        if link(previous, &self.header, &self.payload_digest) != self.hash {
            return Err(BrokenLink::Hash);
        }
        Ok(())
    }

    /// The fact itself; `None` when its payload was erased.
    pub fn fact(&self) -> Result<Option<Fact>, Malformed> {
        let payload = self.payload.as_ref();
        payload.map(|p| Fact::decode(&self.header.kind, self.header.version, &p.bytes)).transpose()
    }

    /// The fact as far as it can be read: `None` also when its payload cannot be read. Earlier programs recorded such payloads;
    /// only the header of such a fact is usable, as if it had been erased. An unknown kind or version is still an error.
    pub fn readable_fact(&self) -> Result<Option<Fact>, Malformed> {
        match self.fact() {
            Err(Malformed::Payload { .. }) => Ok(None),
            fact => fact,
        }
    }

    /// Why the payload cannot be read, when it exists and cannot be read.
    pub fn unreadable(&self) -> Option<String> {
        match self.fact() {
            Err(Malformed::Payload { why, .. }) => Some(why),
            Err(other) => Some(other.to_string()),
            Ok(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(seq: u64, previous: &Digest) -> Envelope {
        let header = Header {
            seq,
            id: FactId::from_u128(u128::from(seq)),
            kind: "run.cancel_requested".to_owned(),
            version: 1,
            time: Time::from_micros(1),
            actor: ActorId::SYSTEM,
            subject: Some(9),
            key: Some("k".to_owned()),
        };
        Envelope::seal(previous, header, Payload { salt: [seq as u8; 16], bytes: b"{\"run\":1}".to_vec() })
    }

    #[test]
    fn a_chain_verifies_and_any_change_breaks_it() {
        let first = envelope(1, &Digest::ZERO);
        let second = envelope(2, &first.hash);
        assert_eq!(first.verify(&Digest::ZERO, 0), Ok(()));
        assert_eq!(second.verify(&first.hash, 1), Ok(()));
        assert_eq!(second.verify(&first.hash, 0), Err(BrokenLink::Sequence));
        assert_eq!(second.verify(&Digest::ZERO, 1), Err(BrokenLink::Hash));

        let mut other_bytes = second.clone();
        other_bytes.payload.as_mut().expect("has a payload").bytes[0] ^= 1;
        assert_eq!(other_bytes.verify(&first.hash, 1), Err(BrokenLink::Payload));
        let mut other_time = second.clone();
        other_time.header.time = Time::from_micros(2);
        assert_eq!(other_time.verify(&first.hash, 1), Err(BrokenLink::Hash));
    }

    #[test]
    fn an_erased_payload_leaves_the_chain_valid() {
        let mut erased = envelope(1, &Digest::ZERO);
        erased.payload = None;
        assert_eq!(erased.verify(&Digest::ZERO, 0), Ok(()));
        assert_eq!(erased.fact(), Ok(None));
    }

    #[test]
    fn an_unreadable_payload_has_a_reason() {
        let hole = envelope(1, &Digest::ZERO);
        assert!(hole.fact().is_err());
        assert_eq!(hole.readable_fact(), Ok(None));
        assert!(hole.unreadable().expect("it cannot be read").contains("expected a string"), "{:?}", hole.unreadable());
        let mut newer = hole.clone();
        newer.header.version = 99;
        assert!(matches!(newer.readable_fact(), Err(Malformed::UnknownFact { .. })));
        let erased = Envelope { payload: None, ..hole };
        assert_eq!((erased.readable_fact(), erased.unreadable()), (Ok(None), None));
    }
}
