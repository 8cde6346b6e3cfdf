//! Where the server's copy of a stream ends.

use hven_core::{AttemptId, stream::Stream};

/// Where the server's copy of a stream ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    pub attempt: AttemptId,
    pub stream: Stream,
    pub bytes: u64,
}
