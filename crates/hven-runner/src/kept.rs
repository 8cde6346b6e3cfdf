//! What came of keeping the outputs of an attempt.

use hven_core::run::AttemptResult;

use crate::metrics::Look;

/// What became of a job.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) result: AttemptResult,
    /// Of what was read last; and how long the stream of points is by now.
    pub(crate) look: Look,
    pub(crate) metrics_bytes: Option<u64>,
    /// The server has all of the outputs.
    pub(crate) is_sent: bool,
}
