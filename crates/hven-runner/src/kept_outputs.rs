//! The result of keeping the outputs of an attempt.

use hven_core::run::AttemptResult;

use crate::metrics::MetricsUpdate;

/// The result of an output keeper's job.
#[derive(Debug)]
pub(crate) struct KeptOutputs {
    pub(crate) result: AttemptResult,
    /// The metrics and parameters that were read last, and the final length of the metrics stream.
    pub(crate) look: MetricsUpdate,
    pub(crate) metrics_bytes: Option<u64>,
    /// The server has all outputs.
    pub(crate) is_sent: bool,
}
