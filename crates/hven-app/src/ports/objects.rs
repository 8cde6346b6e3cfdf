//! The object store: immutable bytes by digest.

use std::collections::{BTreeSet, HashMap};

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use hven_core::{Digest, Time, references::Shape};

use crate::ports::error::StoreResult;

/// How much of an object is in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// The whole object.
    Whole {
        size: u64,
    },
    /// The first bytes, from an interrupted upload.
    Partial {
        received: u64,
    },
    Absent,
    /// The stored bytes do not match the digest. The object is not served, and can be uploaded again.
    Damaged,
}

/// A piece of an object that arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// The offset of the first byte: the number that [`Objects::presence`] gives as received.
    pub offset: u64,
    /// Whether the object is complete with this piece.
    pub last: bool,
    /// The size of the whole object, when the sender gives it.
    pub size: Option<u64>,
}

impl Arrival {
    /// All bytes from an offset.
    pub const fn rest(offset: u64) -> Self {
        Self { offset, last: true, size: None }
    }
}

/// The objects that a collection removed or would remove.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Garbage {
    pub digests: Vec<Digest>,
    pub bytes: u64,
}

/// The objects that some facts name: those that nothing else names, with the files of their folders, and the others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnObjects {
    pub freed: Garbage,
    pub kept: Garbage,
}

pub type ByteStream = BoxStream<'static, std::io::Result<Bytes>>;

#[async_trait]
pub trait Objects: Send + Sync + 'static {
    async fn presence(&self, digest: Digest) -> StoreResult<Presence>;

    /// The objects that are not complete in the store, including files that are named by listings among them. A missing
    /// or unreadable listing is ignored, because the files that it names are not known.
    async fn absent(&self, named: Vec<(Digest, Shape)>) -> StoreResult<BTreeSet<Digest>>;

    /// Whether a fact names the object directly, or through another object. An erased object is named again when a
    /// later fact names it.
    async fn is_named(&self, digest: Digest) -> StoreResult<bool>;

    /// Stores bytes and hashes them as they arrive. After the last piece, the whole is checked against the digest and
    /// put in place. Nothing is read when the store has the object. A damaged object is replaced.
    async fn receive(&self, digest: Digest, arrival: Arrival, bytes: ByteStream) -> StoreResult<Presence>;

    /// Stores bytes whose digest is not known yet; returns their digest and their number. If the stream fails, nothing is stored.
    async fn receive_unnamed(&self, bytes: ByteStream) -> StoreResult<(Digest, u64)>;

    async fn put(&self, bytes: Bytes) -> StoreResult<Digest>;

    /// The bytes from `from`; `None` when the object does not exist. The size is that of the whole object. An object
    /// whose bytes do not match its digest is refused, at once or before its last piece.
    async fn open(&self, digest: Digest, from: u64) -> StoreResult<Option<(u64, ByteStream)>>;

    /// The first bytes, at most `bytes_max`.
    async fn head(&self, digest: Digest, bytes_max: usize) -> StoreResult<Option<Bytes>>;

    /// The objects that nothing refers to and that are older than `older_than`.
    async fn garbage(&self, older_than: Time) -> StoreResult<Garbage>;

    /// Removes the objects that nothing refers to and that were not requested since they were found, and those whose
    /// bytes are erased according to the record. Returns those that are gone, and how many bytes of files were removed.
    async fn remove(&self, digests: &[Digest]) -> StoreResult<Garbage>;

    /// The objects that would become garbage if facts that name these objects so many times were erased, and which of the objects
    /// would stay.
    async fn needed_only_by(&self, own: HashMap<Digest, u64>) -> StoreResult<OwnObjects>;
}
