//! Prepares a batch for the writer: encodes, salts and hashes it on the caller's side, so that callers share this work.
//!
//! Each fact is also parsed from its own bytes before anything is written, because an unreadable fact would be a permanent hole
//! in the record.

use hven_app::ports::{StoreError, StoreResult};
use hven_core::{
    ActorId, Digest, Fact, FactId, Malformed, Time,
    envelope::{Envelope, Header, Payload, link},
    fact::Batch,
};

use crate::{errors::io_error, reserve};

/// Batches up to this size are prepared on the caller's thread.
const HERE_MAX: usize = 32;
/// Larger ones are prepared on several threads, each with at least this many facts.
const PART_MIN: usize = 128;

pub(crate) struct Prepared {
    pub(crate) time: Time,
    pub(crate) actor: ActorId,
    pub(crate) key: Option<String>,
    pub(crate) facts: Vec<PreparedFact>,
    /// The id of the first fact; the ids of the others follow it.
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
    let Batch { time, actor, key, facts } = batch;
    let mut prepared = Vec::with_capacity(facts.len());
    let parts: Vec<_> =
        parts(facts).into_iter().map(|part| tokio::task::spawn_blocking(|| prepare_part(part))).collect();
    for part in parts {
        prepared.extend(part.await.map_err(|_| StoreError::Closed)??);
    }
    Ok(Prepared { time, actor, key, facts: prepared, first_id: first_id(time, random()?) })
}

/// Splits the facts, in order, into as many parts as there are processors or fewer.
fn parts(facts: Vec<Fact>) -> Vec<Vec<Fact>> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let part_facts = facts.len().div_ceil(processors).max(PART_MIN);
    let mut parts = Vec::with_capacity(processors);
    let mut rest = facts;
    while rest.len() > part_facts {
        let behind = rest.split_off(part_facts);
        parts.push(rest);
        rest = behind;
    }
    parts.push(rest);
    parts
}

fn prepare_part(facts: Vec<Fact>) -> StoreResult<Vec<PreparedFact>> {
    let mut salts = vec![[0; 16]; facts.len()];
    fill_randomly(salts.as_flattened_mut())?;
    facts.into_iter().zip(salts).map(|(fact, salt)| PreparedFact::new(fact, salt)).collect()
}

impl PreparedFact {
    fn new(fact: Fact, salt: [u8; 16]) -> StoreResult<Self> {
        let payload = Payload { salt, bytes: encode(&fact)? };
        let payload_digest = payload.digest();
        Ok(Self { fact, payload, payload_digest })
    }
}

fn first_id(time: Time, mut random: [u8; 10]) -> FactId {
    // Leave room to count up from the first id without changing the bits that mark a version 7 id.
    random[2] &= 0x1f;
    FactId::mint(time, random)
}

fn random<const N: usize>() -> StoreResult<[u8; N]> {
    let mut bytes = [0; N];
    fill_randomly(&mut bytes)?;
    Ok(bytes)
}

fn fill_randomly(bytes: &mut [u8]) -> StoreResult<()> {
    getrandom::fill(bytes).map_err(|e| io_error("the system's random numbers", e.into()))
}

/// The fact's bytes, after they were parsed back to the same fact.
fn encode(fact: &Fact) -> StoreResult<Vec<u8>> {
    let refuse = |why: String| StoreError::NotReadBack { kind: fact.kind(), why };
    let bytes = fact.encode().map_err(|e| refuse(e.to_string()))?;
    let read = Fact::decode(fact.kind(), fact.version(), &bytes).map_err(|e| match e {
        Malformed::Payload { why, .. } => refuse(why),
        other => refuse(other.to_string()),
    })?;
    // NaN is not equal to itself but is written alike, so compare the debug texts then.
    if read == *fact || format!("{read:?}") == format!("{fact:?}") {
        return Ok(bytes);
    }
    Err(refuse("it reads back as another fact".to_owned()))
}

impl Prepared {
    pub(crate) fn new(batch: Batch) -> StoreResult<Self> {
        let Batch { time, actor, key, facts } = batch;
        // One system call for all random bytes, because a single fact must be fast.
        let mut random = vec![0; 10 + 16 * facts.len()];
        fill_randomly(&mut random)?;
        let (mut id, mut salt) = ([0; 10], [0; 16]);
        let (for_id, salts) = random.split_at(id.len());
        id.copy_from_slice(for_id);
        let prepare = |(fact, bytes): (Fact, &[u8])| {
            salt.copy_from_slice(bytes);
            PreparedFact::new(fact, salt)
        };
        let facts = facts.into_iter().zip(salts.chunks_exact(16)).map(prepare).collect::<StoreResult<_>>()?;
        Ok(Self { time, actor, key, facts, first_id: first_id(time, id) })
    }

    /// Whether it ends something or makes room, so that it is recorded even on a full disk.
    pub(crate) fn may_use_reserve(&self) -> bool {
        reserve::may_use(self.facts.iter().map(|fact| fact.fact.kind()), self.byte_count())
    }

    pub(crate) fn byte_count(&self) -> usize {
        self.facts.iter().map(|fact| fact.payload.bytes.len() + 256).sum()
    }

    /// Links the facts to the chain after the fact with this number and hash.
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
                subject: fact.subject_bits(),
                key: key.take(),
            };
            hash = link(&hash, &header, &payload_digest);
            envelopes.push(Envelope { header, payload: Some(payload), payload_digest, hash });
            facts.push(fact);
        }
        (envelopes, facts)
    }
}
