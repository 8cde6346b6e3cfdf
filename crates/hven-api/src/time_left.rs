//! A time in the future, with an interval.

use serde::{Deserialize, Serialize};

/// Seconds until something happens, or that something takes, with an interval that holds in about nine of ten cases.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TimeLeft {
    pub seconds: f64,
    pub low: f64,
    pub high: f64,
    /// From how many ended tasks or earlier runs.
    pub from: u64,
}
