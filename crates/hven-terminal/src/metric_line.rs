//! A metric in one line.

use hven_api::metrics::MetricSummary;

use crate::formats;

pub fn metric_line(metric: &MetricSummary) -> String {
    format!("{} {}", metric.key, formats::value(&metric.last))
}
