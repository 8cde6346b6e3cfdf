//! The log of a run on the wire.

use serde::{Deserialize, Serialize};

/// `GET /runs/{run}/log?attempt=&from=&limit=&last_states=`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogPage {
    pub schema: String,
    pub attempt: u32,
    pub chunks: Vec<LogChunk>,
    /// Where to go on: give it back as `from`.
    pub next: u64,
    /// How many bytes the stream has so far.
    pub extent: u64,
    /// Nothing will follow.
    pub complete: bool,
}

/// A piece of the log as it was written. Lines may be cut between chunks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogChunk {
    /// Whose log it is of: a retry begins a new one at 0.
    #[serde(default)]
    pub attempt: u32,
    /// Its place in the stream. When the log is followed, the id of the event is `ATTEMPT.NEXT`.
    pub offset: u64,
    pub next: u64,
    /// `stdout`, `stderr` or `hven`.
    pub source: String,
    pub time: String,
    /// Bytes that are not UTF-8 are shown as U+FFFD; `base64` has them all.
    pub text: String,
    /// The exact bytes, when they are not UTF-8 (a character may be cut between two chunks).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
}

/// The last event when a log is followed (`event: end`): the run has ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogEnd {
    pub state: String,
    pub attempt: u32,
}

/// `GET /runs/{run}/log/search?q=&attempt=&source=&limit=`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogMatches {
    pub schema: String,
    /// Whose log was searched.
    pub attempt: u32,
    /// In the order of the stream.
    pub matches: Vec<LogMatch>,
    /// There are more than these.
    pub truncated: bool,
}

/// A place where the text was found: in a line, or in one of its states. A carriage return begins the next state of a
/// line, as progress bars do; what is shown of a line is its last one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogMatch {
    /// The offset of the chunk in which the line begins.
    pub offset: u64,
    /// The line's number, counted from 1 in the order in which lines begin, those of all sources together.
    pub line: u64,
    /// `stdout`, `stderr` or `hven`.
    pub source: String,
    /// Which state of the line, counted from 1.
    pub state: u64,
    /// A later state of the line took its place.
    pub overwritten: bool,
    /// Where in the stream the text begins that was found: within a chunk, its bytes begin 13 behind its offset.
    pub at: u64,
    /// The line or state without colours; of a long one the piece around what was found, with `…` where it is cut.
    pub text: String,
}
