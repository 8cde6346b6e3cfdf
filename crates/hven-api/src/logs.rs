//! The log of a run on the wire.

use serde::{Deserialize, Serialize};

/// `GET /runs/{run}/log?attempt=&from=&limit=&last_states=`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogPage {
    pub schema: String,
    pub attempt: u32,
    pub chunks: Vec<LogChunk>,
    /// The position of the next page: send it as `from`.
    pub next: u64,
    /// How many bytes the stream has so far.
    pub extent: u64,
    /// No more bytes will follow.
    pub complete: bool,
}

/// A piece of the log as it was written. A line may be cut between two chunks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogChunk {
    /// The attempt of this log: each retry starts a new log at 0.
    #[serde(default)]
    pub attempt: u32,
    /// Its position in the stream. When the log is followed, the id of the event is `ATTEMPT.NEXT`.
    pub offset: u64,
    pub next: u64,
    /// `stdout`, `stderr` or `hven`.
    pub source: String,
    pub time: String,
    /// Bytes that are not UTF-8 are shown as U+FFFD; `base64` has all bytes.
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

/// `GET /runs/{run}/log/search?q=&regex=&ignore_case=&attempt=&source=&limit=`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogMatches {
    pub schema: String,
    /// The attempt whose log was searched.
    pub attempt: u32,
    /// In the order of the stream.
    pub matches: Vec<LogMatch>,
    /// There are more matches than these.
    pub truncated: bool,
}

/// A place where the text was found: in a line, or in one of its states. A carriage return starts the next state of a line, as
/// in progress bars; only the last state of a line is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogMatch {
    /// The offset of the chunk in which the line begins.
    pub offset: u64,
    /// The line's number from 1, in the order in which lines begin, over all sources.
    pub line: u64,
    /// `stdout`, `stderr` or `hven`.
    pub source: String,
    /// The state of the line, counted from 1.
    pub state: u64,
    /// A later state of the line replaced it.
    pub overwritten: bool,
    /// The position of the match in the stream: the bytes of a chunk begin 13 after its offset.
    pub at: u64,
    /// The line or state without colours; of a long one the part around the match, with `…` where it is cut.
    pub text: String,
}

/// `GET /logs/search?q=&regex=&ignore_case=&project=&where=&context=&limit=&cursor=`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FoundInLogs {
    pub schema: String,
    /// Newest run first, and in a run its newest attempt first.
    pub matches: Vec<RunLogMatch>,
    /// The runs whose logs were searched completely, since the first call of this search.
    pub runs_searched: u64,
    /// The runs to search: those that fit and were submitted before the first call.
    pub runs_total: u64,
    /// The runs that were left out because the condition could not be told.
    pub cannot_tell: u64,
    /// How many bytes of logs were read, since the first call.
    pub bytes_searched: u64,
    /// Send it as `cursor` to go on. Absent when all logs were searched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A place in the log of a run where the text was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunLogMatch {
    pub run: String,
    pub handle: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub project: String,
    pub attempt: u32,
    #[serde(flatten)]
    pub found: LogMatch,
    /// Lines of the same source before the match, if they were asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<LogContextLine>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<LogContextLine>,
}

/// A line near a match, in its last state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogContextLine {
    /// Absent where a search continued in the middle of a log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    pub text: String,
}
