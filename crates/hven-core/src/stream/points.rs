//! Points of metrics and samples of resources: one line of JSON each.

use serde::{Deserialize, Serialize};

use crate::{Malformed, Time, run::Number};

/// One value of a metric.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    #[serde(rename = "k")]
    pub key: String,
    #[serde(rename = "v")]
    pub value: Number,
    #[serde(rename = "s", default)]
    pub step: i64,
    #[serde(rename = "t")]
    pub time_us: i64,
}

/// The longest name of a metric or a parameter, in bytes.
pub const KEY_BYTES_MAX: usize = 250;

/// Checks the name of a metric or a parameter.
pub fn check_key(key: &str) -> Result<(), Malformed> {
    let refuse = |why: &str| {
        Err(Malformed::Text { noun: "metric or parameter name", text: key.to_owned(), why: why.to_owned() })
    };
    if key.is_empty() || key.len() > KEY_BYTES_MAX {
        return refuse("it has 1 to 250 bytes");
    }
    if key.chars().any(char::is_control) {
        return refuse("it has no control characters");
    }
    Ok(())
}

/// The resource use of all processes of an attempt at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    #[serde(rename = "t")]
    pub time_us: i64,
    /// CPU time so far, user and system, in seconds.
    pub cpu_s: f64,
    /// Resident memory now, in bytes.
    pub rss: u64,
    pub read: u64,
    pub written: u64,
    pub procs: u32,
}

/// Checks a point.
pub fn check_point(point: &Point) -> Result<(), &'static str> {
    if check_key(&point.key).is_err() {
        return Err("the name of a metric has 1 to 250 bytes and no control characters");
    }
    check_time(point.time_us)
}

/// A time that cannot be written as a date cannot be written into a fact.
pub(super) fn check_time(time_us: i64) -> Result<(), &'static str> {
    if (Time::MIN..=Time::MAX).contains(&Time::from_micros(time_us)) {
        return Ok(());
    }
    Err("a time lies outside of the years 0 to 9999")
}

crate::sample::sampled! {
    Point { key, value, step, time_us }
}
