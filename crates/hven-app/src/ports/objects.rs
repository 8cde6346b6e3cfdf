//! Immutable bytes by digest.

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use hven_core::{Digest, Time};

use super::StoreResult;

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

    /// Takes the bytes from `offset` on (which must be what [`Objects::presence`] says was received), hashing as they
    /// come. At the end the whole is checked against the digest and put in place, unless `last` is false.
    async fn receive(&self, digest: Digest, offset: u64, bytes: ByteStream, last: bool) -> StoreResult<Presence>;

    async fn put(&self, bytes: Bytes) -> StoreResult<Digest>;

    /// The bytes from `from` on; `None` when there is no such object. The size is that of the whole.
    async fn open(&self, digest: Digest, from: u64) -> StoreResult<Option<(u64, ByteStream)>>;

    /// At most `bytes_max` of its first bytes.
    async fn head(&self, digest: Digest, bytes_max: usize) -> StoreResult<Option<Bytes>>;

    /// Which objects nothing refers to that are older than `older_than`.
    async fn garbage(&self, older_than: Time) -> StoreResult<Garbage>;

    /// Removes the objects.
    async fn remove(&self, digests: &[Digest]) -> StoreResult<()>;
}
