//! Converts metrics of runs to wire types.

use hven_api::metrics as wire_metrics;
use hven_core::{
    Time,
    run::{MetricSummary, Number},
};

use super::text;

pub(crate) fn metric(summary: &MetricSummary) -> wire_metrics::MetricSummary {
    wire_metrics::MetricSummary {
        key: summary.key.clone(),
        points: summary.points,
        last: number(summary.last),
        last_step: summary.last_step,
        last_time: text(summary.last_time),
        min: summary.min,
        max: summary.max,
    }
}

pub(crate) fn number(number: Number) -> serde_json::Value {
    serde_json::to_value(number).unwrap_or(serde_json::Value::Null)
}

/// Seconds since the start of a run.
pub(crate) fn elapsed_s(time_us: i64, started: Time) -> f64 {
    Time::from_micros(time_us).seconds_since(started)
}

/// How many metrics of each run a list shows: the newest ones.
const METRICS_MAX: usize = 8;

pub(crate) fn metrics(summaries: &[MetricSummary]) -> Vec<wire_metrics::MetricSummary> {
    let mut newest: Vec<_> = summaries.iter().collect();
    newest.sort_by_key(|summary| std::cmp::Reverse(summary.last_time));
    newest.truncate(METRICS_MAX);
    newest.sort_by(|a, b| a.key.cmp(&b.key));
    newest.into_iter().map(metric).collect()
}
