//! Streams of attempts: log, metric points, resource samples. See [`hven_core::stream`].

use std::collections::HashMap;

use async_trait::async_trait;
use bytes::Bytes;
use hven_core::{
    AttemptId, RunId, Time,
    run::{MetricSummary, PartSealed},
    stream::{Point, Sample, Source, Stream},
};
use tokio::sync::broadcast;

use crate::ports::error::StoreResult;

/// Bytes to append to a stream.
#[derive(Clone, Debug)]
pub struct StreamPiece {
    pub attempt: AttemptId,
    pub stream: Stream,
    /// The offset of the first byte; `None`: the current end of the stream.
    pub offset: Option<u64>,
    pub bytes: Bytes,
}

/// A notice that a stream grew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamGrowth {
    pub attempt: AttemptId,
    pub stream: Stream,
    pub extent: u64,
}

/// A frame of the log with its offset in the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFrame {
    pub offset: u64,
    /// The offset of the next frame.
    pub next: u64,
    pub source: Source,
    pub time: Time,
    pub bytes: Bytes,
}

#[async_trait]
pub trait Series: Send + Sync + 'static {
    /// Appends bytes. When it returns, they are durable. Bytes that the stream has already are ignored. A gap gives
    /// [`super::StoreError::Gap`]. Metrics and resources are whole JSON lines; the log is whole frames. Returns the
    /// extent of each piece's stream.
    async fn append(&self, pieces: Vec<StreamPiece>) -> StoreResult<Vec<u64>>;

    /// The same for the last pieces of attempts that have ended. They are stored even when there is no space for new
    /// work.
    async fn append_last(&self, pieces: Vec<StreamPiece>) -> StoreResult<Vec<u64>>;

    /// The number of bytes in a stream.
    async fn extent(&self, attempt: AttemptId, stream: Stream) -> StoreResult<u64>;

    /// Frames of the log from the first that starts at or after `from`, up to about `bytes_max` bytes.
    async fn log(&self, attempt: AttemptId, from: u64, bytes_max: usize) -> StoreResult<Vec<LogFrame>>;

    /// The attempts of these runs that have a log.
    async fn attempts_with_logs(&self, runs: &[RunId]) -> StoreResult<Vec<AttemptId>>;

    /// All points of one metric of an attempt (from both streams), in the order of (step, time), without repetitions.
    async fn points(&self, attempt: AttemptId, key: &str) -> StoreResult<Vec<Point>>;

    /// One summary per metric of the attempt, by key. Live points are included.
    async fn summaries(&self, attempt: AttemptId) -> StoreResult<Vec<MetricSummary>>;

    /// The same for each of these attempts. Attempts without metrics are left out.
    async fn summaries_of(&self, attempts: &[AttemptId]) -> StoreResult<HashMap<AttemptId, Vec<MetricSummary>>>;

    async fn samples(&self, attempt: AttemptId) -> StoreResult<Vec<Sample>>;

    /// Seals the bytes of an attempt's segments that no part has yet into Parquet objects. The caller records the facts
    /// and then calls [`Series::sealed`].
    async fn seal(&self, attempt: AttemptId) -> StoreResult<Vec<PartSealed>>;

    /// Called when the facts about these parts are recorded: their bytes may be removed from the segments.
    async fn sealed(&self, parts: &[PartSealed]) -> StoreResult<()>;

    /// Attempts whose segments hold bytes that no part has yet.
    async fn unsealed(&self) -> StoreResult<Vec<AttemptId>>;

    /// Rewrites the stream: every frame that contains `needle`, and the value of every point that contains it, is
    /// replaced by asterisks, also in sealed parts. Returns the new parts (to be recorded) and the number of erased
    /// places.
    async fn erase(&self, attempt: AttemptId, stream: Stream, needle: &[u8]) -> StoreResult<(Vec<PartSealed>, u64)>;

    fn subscribe(&self) -> broadcast::Receiver<StreamGrowth>;
}
