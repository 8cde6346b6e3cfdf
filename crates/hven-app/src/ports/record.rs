//! The record: facts in, facts out.

use std::sync::Arc;

use async_trait::async_trait;
use hven_core::{
    Digest, Fact,
    envelope::{Envelope, Header},
    fact::Batch,
};
use tokio::sync::broadcast;

use super::StoreResult;

/// A fact with its header, shared between all who were told of it.
#[derive(Clone, Debug)]
pub struct Recorded {
    pub header: Header,
    /// `None` when its payload was erased.
    pub fact: Option<Fact>,
}

/// What an append did.
#[derive(Clone, Debug)]
pub struct Appended {
    pub facts: Vec<Arc<Recorded>>,
    /// The batch's key had been used before: these are the facts of that time, and nothing was added.
    pub earlier: bool,
}

/// Which facts are wanted, in the order of their sequence numbers.
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

/// What a verification found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    pub facts: u64,
    pub erased: u64,
    pub head: Digest,
    /// The first thing that is wrong: the fact's sequence number and what it is.
    pub broken: Option<(u64, String)>,
    /// Objects that facts name and that are missing or damaged.
    pub objects_checked: u64,
    pub objects_damaged: Vec<(Digest, String)>,
    /// Facts whose chain is whole and whose payloads cannot be read: the first of them, and how many there are.
    pub unreadable: Vec<Unreadable>,
    pub unreadable_total: u64,
}

impl Verification {
    /// Nothing is wrong with what was looked at.
    pub fn is_sound(&self) -> bool {
        self.broken.is_none() && self.objects_damaged.is_empty() && self.unreadable_total == 0
    }
}

/// A fact whose payload is as it was written, and cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    pub seq: u64,
    pub kind: String,
    pub why: String,
}

/// Where the record ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    pub seq: u64,
    pub hash: Digest,
}

#[async_trait]
pub trait Record: Send + Sync + 'static {
    /// Adds facts, all or none. When it returns they are durable and the views show them.
    async fn append(&self, batch: Batch) -> StoreResult<Appended>;

    /// Adds `batch` (the facts that say so) and erases the payloads of the facts with these sequence numbers, in one
    /// transaction. The views that showed them are brought up to date.
    async fn erase(&self, seqs: &[u64], batch: Batch) -> StoreResult<Appended>;

    async fn facts(&self, query: FactQuery) -> StoreResult<Vec<Envelope>>;

    fn head(&self) -> Head;

    /// Every fact as it becomes durable, in order. A receiver that is too slow is told that it lagged and reads the rest with
    /// [`Record::facts`].
    fn subscribe(&self) -> broadcast::Receiver<Arc<Recorded>>;

    /// Recomputes every link of the chain, and the digests of the objects when `objects`.
    async fn verify(&self, objects: bool) -> StoreResult<Verification>;
}
