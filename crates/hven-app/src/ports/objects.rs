//! Immutable bytes by digest.

use std::collections::BTreeSet;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use hven_core::{Digest, Time, references::Shape};

use crate::ports::error::StoreResult;

/// What is there of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// All of it.
    Whole {
        size: u64,
    },
    /// The first bytes, from an upload that stopped.
    Partial {
        received: u64,
    },
    Absent,
    /// There was one, and its bytes were found to be others. It is not served, and can be brought again.
    Damaged,
}

/// How an object's bytes come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// Where they begin: what [`Objects::presence`] says was received.
    pub offset: u64,
    /// Whether the object is whole with them.
    pub last: bool,
    /// The size of the whole object, where the sender says it.
    pub size: Option<u64>,
}

impl Arrival {
    /// All bytes from a place on.
    pub const fn rest(offset: u64) -> Self {
        Self { offset, last: true, size: None }
    }
}

/// What a collection took, or would take.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Garbage {
    pub digests: Vec<Digest>,
    pub bytes: u64,
}

pub type ByteStream = BoxStream<'static, std::io::Result<Bytes>>;

#[async_trait]
pub trait Objects: Send + Sync + 'static {
    async fn presence(&self, digest: Digest) -> StoreResult<Presence>;

    /// Those of the objects that are not wholly there, and those of the files that lists among them name. Of a list that is
    /// not there, or cannot be read, it is not known what it names.
    async fn absent(&self, named: Vec<(Digest, Shape)>) -> StoreResult<BTreeSet<Digest>>;

    /// Whether a fact names the object, or an object does that a fact names. An object that was erased is named again when a
    /// later fact says so.
    async fn is_named(&self, digest: Digest) -> StoreResult<bool>;

    /// Takes bytes, hashing as they come. At the end the whole is checked against the digest and put in place, unless they
    /// are not the last. Nothing is read when the object is there; one that is there and damaged is replaced.
    async fn receive(&self, digest: Digest, arrival: Arrival, bytes: ByteStream) -> StoreResult<Presence>;

    async fn put(&self, bytes: Bytes) -> StoreResult<Digest>;

    /// The bytes from `from` on; `None` when there is no such object. The size is that of the whole. An object whose bytes
    /// are not those of its digest is refused, at once or before its last piece.
    async fn open(&self, digest: Digest, from: u64) -> StoreResult<Option<(u64, ByteStream)>>;

    /// At most `bytes_max` of its first bytes.
    async fn head(&self, digest: Digest, bytes_max: usize) -> StoreResult<Option<Bytes>>;

    /// Which objects nothing refers to that are older than `older_than`.
    async fn garbage(&self, older_than: Time) -> StoreResult<Garbage>;

    /// Removes those of the objects that nothing refers to and nobody asked for since they were found, and those whose bytes
    /// the record calls erased.
    async fn remove(&self, digests: &[Digest]) -> StoreResult<()>;
}
