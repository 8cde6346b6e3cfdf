//! A metric in one line.

use hven_api::metrics::MetricSummary;

use crate::words;

pub fn metric_line(metric: &MetricSummary) -> String {
    format!("{} {}", metric.key, words::value(&metric.last))
}
