//! A batch on its way to the writer: encoded, salted and hashed where it comes from, so that callers share that work.
//!
//! Each fact is also read back from its own bytes, before anything is written: what cannot be read as it is would be a
//! hole in the record for ever.

use hven_app::ports::{StoreError, StoreResult};
use hven_core::{
    ActorId, Digest, Fact, FactId, Malformed, Time,
    envelope::{Envelope, Header, Payload, link},
    fact::Batch,
};

use crate::{errors::io_error, reserve};

/// Batches up to this size are prepared on the caller's thread.
const HERE_MAX: usize = 32;

pub(crate) struct Prepared {
    pub(crate) time: Time,
    pub(crate) actor: ActorId,
    pub(crate) key: Option<String>,
    pub(crate) facts: Vec<PreparedFact>,
    /// Of the first fact; the others count on from it.
    first_id: FactId,
}

pub(crate) struct PreparedFact {
    pub(crate) fact: Fact,
    payload: Payload,
    payload_digest: Digest,
}

pub(crate) async fn prepare(batch: Batch) -> StoreResult<Prepared> {
    if batch.facts.len() <= HERE_MAX {
        return Prepared::new(batch);
    }
    tokio::task::spawn_blocking(|| Prepared::new(batch)).await.map_err(|_| StoreError::Closed)?
}

/// The fact's bytes, after it was read back from them.
fn encode(fact: &Fact) -> StoreResult<Vec<u8>> {
    let refuse = |why: String| StoreError::NotReadBack { kind: fact.kind(), why };
    let bytes = fact.encode().map_err(|e| refuse(e.to_string()))?;
    let read = Fact::decode(fact.kind(), fact.version(), &bytes).map_err(|e| match e {
        Malformed::Payload { why, .. } => refuse(why),
        other => refuse(other.to_string()),
    })?;
    // A number that is none is not equal to itself, but is written alike: then the texts decide.
    if read == *fact || format!("{read:?}") == format!("{fact:?}") {
        return Ok(bytes);
    }
    Err(refuse("it comes back as something else".to_owned()))
}

impl Prepared {
    pub(crate) fn new(batch: Batch) -> StoreResult<Self> {
        let mut random = vec![0_u8; 10 + 16 * batch.facts.len()];
        getrandom::fill(&mut random).map_err(|e| io_error("the system's random numbers", e.into()))?;
        let (id, salts) = random.split_at(10);
        let mut id_random = [0; 10];
        id_random.copy_from_slice(id);
        // Room to count on from the first id without touching what marks it as one of version 7.
        id_random[2] &= 0x1f;
        let facts = batch
            .facts
            .into_iter()
            .zip(salts.chunks_exact(16))
            .map(|(fact, chunk)| {
                let mut salt = [0; 16];
                salt.copy_from_slice(chunk);
                let payload = Payload { salt, bytes: encode(&fact)? };
                let payload_digest = payload.digest();
                Ok(PreparedFact { fact, payload, payload_digest })
            })
            .collect::<StoreResult<_>>()?;
        let first_id = FactId::mint(batch.time, id_random);
        Ok(Self { time: batch.time, actor: batch.actor, key: batch.key, facts, first_id })
    }

    /// Whether it ends something or makes room, so that it is recorded also on a full disk.
    pub(crate) fn may_use_reserve(&self) -> bool {
        reserve::may_use(self.facts.iter().map(|fact| fact.fact.kind()), self.byte_count())
    }

    pub(crate) fn byte_count(&self) -> usize {
        self.facts.iter().map(|fact| fact.payload.bytes.len() + 256).sum()
    }

    /// Gives the facts their places behind the fact with this number and hash.
    pub(crate) fn seal(self, mut seq: u64, mut hash: Digest) -> (Vec<Envelope>, Vec<Fact>) {
        let mut envelopes = Vec::with_capacity(self.facts.len());
        let mut facts = Vec::with_capacity(self.facts.len());
        let mut key = self.key;
        for (i, PreparedFact { fact, payload, payload_digest }) in self.facts.into_iter().enumerate() {
            seq += 1;
            let header = Header {
                seq,
                id: FactId::from_u128(self.first_id.as_u128() + i as u128),
                kind: fact.kind().to_owned(),
                version: fact.version(),
                time: self.time,
                actor: self.actor,
                subject: fact.subject(),
                key: key.take(),
            };
            hash = link(&hash, &header, &payload_digest);
            envelopes.push(Envelope { header, payload: Some(payload), payload_digest, hash });
            facts.push(fact);
        }
        (envelopes, facts)
    }
}
