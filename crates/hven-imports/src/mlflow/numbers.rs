//! Numbers and times as MLflow writes them.

use hven_core::{Time, number::Number, stream::Point};

/// Microseconds, within the years that can be recorded.
pub(crate) fn micros(millis: i64) -> i64 {
    Time::from_micros(millis.saturating_mul(1000)).clamp(Time::MIN, Time::MAX).micros()
}

/// The value of a metric. MLflow's databases and its REST API write infinities as the largest finite numbers.
pub(crate) fn value(stored: f64) -> f64 {
    if stored >= f64::MAX {
        f64::INFINITY
    } else if stored <= f64::MIN {
        f64::NEG_INFINITY
    } else {
        stored
    }
}

pub(crate) fn point(key: String, value: f64, step: i64, millis: i64) -> Point {
    Point { key, value: Number(value), step, time_us: micros(millis) }
}
