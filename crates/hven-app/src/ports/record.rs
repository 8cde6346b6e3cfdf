//! The record: facts in, facts out.

use std::sync::Arc;

use async_trait::async_trait;
use hven_core::{
    Digest, Fact,
    envelope::{Envelope, Header},
    fact::Batch,
};
use tokio::sync::broadcast;

use crate::ports::error::StoreResult;

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
    /// Facts whose chain is whole and whose payloads cannot be read: the first of them, and how many there are.
    pub unreadable: Vec<Unreadable>,
    pub unreadable_total: u64,
    pub objects: ObjectsVerified,
}

impl Verification {
    /// Nothing is wrong with what was looked at.
    pub fn is_sound(&self) -> bool {
        self.broken.is_none() && self.objects.damaged.is_empty() && self.unreadable_total == 0
    }
}

/// What a verification found of objects: of those that facts name, and of those that the lists of folders name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectsVerified {
    /// How many are named. What was erased is not counted.
    pub named: u64,
    /// How many of them were read and are what their digests say, and how many bytes they have.
    pub checked: u64,
    pub bytes: u64,
    /// Known by their digest alone: inputs and code that were not there when a run was submitted, or of which nobody recorded
    /// whether they were, and what a publication withheld.
    pub absent: u64,
    /// Still in a runner's spool, on their way here.
    pub waiting: u64,
    /// Those that are missing or damaged.
    pub damaged: Vec<DamagedObject>,
}

/// An object that should be there and is not, or is there with other bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DamagedObject {
    pub digest: Digest,
    pub why: String,
    /// What it is: a path and a run, where they are known.
    pub what: Option<String>,
}

/// How far a verification is that reads objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadSoFar {
    pub objects: u64,
    pub objects_of: u64,
    pub bytes: u64,
    pub bytes_of: u64,
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

    /// Whether copies of what was erased are left in unused places of the home's files. The home removes them by itself
    /// when it has the space for that.
    fn copies_left(&self) -> bool;

    async fn facts(&self, query: FactQuery) -> StoreResult<Vec<Envelope>>;

    fn head(&self) -> Head;

    /// Whether new work finds space on the disk. While it does not, only what ends work or makes room is recorded.
    fn has_room(&self) -> bool;

    /// Every fact as it becomes durable, in order. A receiver that is too slow is told that it lagged and reads the rest with
    /// [`Record::facts`].
    fn subscribe(&self) -> broadcast::Receiver<Arc<Recorded>>;

    /// Recomputes every link of the chain, and the digests of the objects when `objects`.
    async fn verify(&self, objects: bool) -> StoreResult<Verification>;

    /// How far the verification is that reads objects at this moment.
    fn verifying(&self) -> Option<ReadSoFar>;
}
