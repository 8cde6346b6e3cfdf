//! A time in the future, with an interval.

/// Seconds until something happens, or that something takes, with an interval that holds in about nine of ten cases.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Forecast {
    pub seconds: f64,
    pub low: f64,
    pub high: f64,
    /// From how many earlier ends or runs.
    pub from: usize,
}
