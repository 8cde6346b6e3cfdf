//! The end of the server's copy of a stream.

use hven_core::{AttemptId, stream::Stream};

/// The end of the server's copy of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    pub attempt: AttemptId,
    pub stream: Stream,
    pub bytes: u64,
}
