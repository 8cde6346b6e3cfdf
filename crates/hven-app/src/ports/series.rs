//! Streams of attempts: log, metric points, resource samples. See [`hven_core::stream`].

use std::collections::HashMap;

use async_trait::async_trait;
use bytes::Bytes;
use hven_core::{
    AttemptId, Time,
    run::{MetricSummary, PartSealed},
    stream::{Point, Sample, Source, Stream},
};
use tokio::sync::broadcast;

use crate::ports::error::StoreResult;

/// Bytes to be added to a stream.
#[derive(Clone, Debug)]
pub struct StreamPiece {
    pub attempt: AttemptId,
    pub stream: Stream,
    /// Where the bytes begin in the stream; `None`: at its end, wherever that is.
    pub offset: Option<u64>,
    pub bytes: Bytes,
}

/// A stream grew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamGrowth {
    pub attempt: AttemptId,
    pub stream: Stream,
    pub extent: u64,
}

/// A piece of the log with its place in the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFrame {
    pub offset: u64,
    /// Where the next frame begins.
    pub next: u64,
    pub source: Source,
    pub time: Time,
    pub bytes: Bytes,
}

#[async_trait]
pub trait Series: Send + Sync + 'static {
    /// Adds bytes. When it returns they are durable. Bytes that are there already are ignored; a gap is
    /// [`super::StoreError::Gap`]. Metrics and resources are whole JSON lines; the log is whole frames.
    /// Answers the extent of each piece's stream.
    async fn append(&self, pieces: Vec<StreamPiece>) -> StoreResult<Vec<u64>>;

    /// The same for the last pieces of attempts that have ended: they find space also while new work does not.
    async fn append_last(&self, pieces: Vec<StreamPiece>) -> StoreResult<Vec<u64>>;

    /// How many bytes a stream has.
    async fn extent(&self, attempt: AttemptId, stream: Stream) -> StoreResult<u64>;

    /// Frames of the log from the first that begins at or after `from`, until about `bytes_max` bytes are reached.
    async fn log(&self, attempt: AttemptId, from: u64, bytes_max: usize) -> StoreResult<Vec<LogFrame>>;

    /// All points of one metric of an attempt (both streams), in the order of (step, time), repeated ones once.
    async fn points(&self, attempt: AttemptId, key: &str) -> StoreResult<Vec<Point>>;

    /// A line for each metric of the attempt, by key, live points included.
    async fn summaries(&self, attempt: AttemptId) -> StoreResult<Vec<MetricSummary>>;

    /// The same for each of the attempts; one that says nothing is left out.
    async fn summaries_of(&self, attempts: &[AttemptId]) -> StoreResult<HashMap<AttemptId, Vec<MetricSummary>>>;

    async fn samples(&self, attempt: AttemptId) -> StoreResult<Vec<Sample>>;

    /// Seals what the segments of an attempt hold beyond its last part into Parquet objects. The caller records the
    /// facts and then calls [`Series::sealed`].
    async fn seal(&self, attempt: AttemptId) -> StoreResult<Vec<PartSealed>>;

    /// The facts about these parts are recorded: what they hold may leave the segments.
    async fn sealed(&self, parts: &[PartSealed]) -> StoreResult<()>;

    /// Attempts whose segments hold bytes that no part holds yet.
    async fn unsealed(&self) -> StoreResult<Vec<AttemptId>>;

    /// Rewrites the stream with the bytes of every frame or the value of every point that contains `needle` replaced
    /// by asterisks, sealed parts too. Answers the new parts (to be recorded) and how many places were erased.
    async fn erase(&self, attempt: AttemptId, stream: Stream, needle: &[u8]) -> StoreResult<(Vec<PartSealed>, u64)>;

    fn subscribe(&self) -> broadcast::Receiver<StreamGrowth>;
}
