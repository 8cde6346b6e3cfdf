//! The record: appends and reads facts.

use std::sync::Arc;

use async_trait::async_trait;
use hven_core::{Digest, envelope::Envelope, fact::Batch};

pub use crate::ports::recorded::Recorded;
use crate::ports::{error::StoreResult, fact_feed::FactFeed};

/// The result of an append.
#[derive(Clone, Debug)]
pub struct Appended {
    pub facts: Vec<Arc<Recorded>>,
    /// The key of the batch had been used before. These are the facts of that earlier batch, and nothing was added.
    pub earlier: bool,
}

/// A query for facts, in the order of their sequence numbers.
#[derive(Clone, Debug, Default)]
pub struct FactQuery {
    /// Only facts after this sequence number.
    pub after: u64,
    /// Newest first, below `before`, instead of oldest first.
    pub newest_first: bool,
    pub before: Option<u64>,
    pub kind: Option<String>,
    pub subject: Option<u128>,
    pub limit: usize,
}

/// The result of a verification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    pub facts: u64,
    pub erased: u64,
    pub head: Digest,
    /// The first error: the sequence number of the fact, and a description.
    pub broken: Option<(u64, String)>,
    /// Facts with an intact chain whose payloads cannot be read: the first of them, and (below) their number.
    pub unreadable: Vec<Unreadable>,
    pub unreadable_total: u64,
    pub objects: ObjectsVerified,
}

impl Verification {
    /// Whether everything that was checked is correct.
    pub fn is_sound(&self) -> bool {
        self.broken.is_none() && self.objects.damaged.is_empty() && self.unreadable_total == 0
    }
}

/// The verification of objects: those that facts name, and those that the listings of folders name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectsVerified {
    /// The number of named objects, without erased ones.
    pub named: u64,
    /// The number of objects that were read and match their digests, and (below) their bytes.
    pub checked: u64,
    pub bytes: u64,
    /// Objects that are known only by their digests: inputs and code that were missing when a run was submitted, or
    /// whose presence was not recorded, and content that a publication withheld.
    pub absent: u64,
    /// Objects that are still in a runner's spool.
    pub waiting: u64,
    /// Missing or damaged objects.
    pub damaged: Vec<DamagedObject>,
}

/// An object that is missing, or whose bytes do not match its digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DamagedObject {
    pub digest: Digest,
    pub why: String,
    /// Its path and run, where they are known.
    pub what: Option<String>,
}

/// The progress of a verification that reads objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadSoFar {
    pub objects: u64,
    pub objects_of: u64,
    pub bytes: u64,
    pub bytes_of: u64,
}

/// A fact whose payload is intact and cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    pub seq: u64,
    pub kind: String,
    pub why: String,
}

/// The end of the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    pub seq: u64,
    pub hash: Digest,
}

#[async_trait]
pub trait Record: Send + Sync + 'static {
    /// Adds all facts, or none. When it returns, they are durable and the views include them.
    async fn append(&self, batch: Batch) -> StoreResult<Appended>;

    /// Adds `batch` (the facts about the erasure) and erases the payloads of the facts with these sequence numbers, in
    /// one transaction. It updates the views that used them.
    async fn erase(&self, seqs: &[u64], batch: Batch) -> StoreResult<Appended>;

    /// Whether unused parts of the home's files still hold copies of erased content. The home removes them on its own
    /// as soon as it has the space to do so.
    fn copies_left(&self) -> bool;

    async fn facts(&self, query: FactQuery) -> StoreResult<Vec<Envelope>>;

    fn head(&self) -> Head;

    /// Whether the disk has space for new work. Without it, only facts that end work or free space are recorded.
    fn has_room(&self) -> bool;

    /// Every fact as it becomes durable, in order. A feed that is read too slowly gives a notice that it lagged; its reader
    /// finds the rest with [`Record::facts`].
    fn subscribe(&self) -> FactFeed;

    /// Recomputes every link of the chain, and, with `objects`, the digests of the objects.
    async fn verify(&self, objects: bool) -> StoreResult<Verification>;

    /// The progress of a verification that is reading objects now.
    fn verifying(&self) -> Option<ReadSoFar>;
}
