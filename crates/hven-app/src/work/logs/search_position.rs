//! Where a search of a log stopped, so that another request goes on there: the server keeps nothing of it.
//!
//! A line may be open at this place. Then the position has what its numbers and the end of its text are, so that a match
//! across the place is found.

use serde::{Deserialize, Serialize};

/// How many bytes of an open line's text a position has at most.
pub(super) const TAIL_BYTES_MAX: usize = 1 << 10;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SearchPosition {
    /// The offset of the next frame.
    pub(super) from: u64,
    /// The number of lines that have started.
    pub(super) lines: u64,
    pub(super) outputs: [OpenLine; 3],
}

/// The open line of one output.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct OpenLine {
    /// The number of the line, and the offset of the frame in which it starts.
    pub(super) line: Option<(u64, u64)>,
    pub(super) state: u64,
    pub(super) has_returned: bool,
    /// Matches before this offset were reported.
    pub(super) reported_to: u64,
    /// Its text has a beginning that the tail lacks.
    pub(super) is_cut: bool,
    /// The end of its text, and the offset of this end.
    pub(super) tail_at: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tail: Vec<u8>,
}

impl SearchPosition {
    /// Whether a line has started that has not ended.
    pub(super) fn has_open_line(&self) -> bool {
        self.outputs.iter().any(|open| open.line.is_some())
    }
}
