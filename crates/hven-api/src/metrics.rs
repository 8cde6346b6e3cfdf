//! Metrics and resource use on the wire.

use serde::{Deserialize, Serialize};

use crate::runs::Actor;

/// The summary of a metric, for places without room for its points.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MetricSummary {
    pub key: String,
    pub points: u64,
    /// A number, or "NaN", "Infinity", "-Infinity".
    #[cfg_attr(feature = "openapi", schema(value_type = MetricValue))]
    pub last: serde_json::Value,
    pub last_step: i64,
    pub last_time: String,
    pub min: Option<f64>,
    pub max: Option<f64>,
}

/// How a metric's value is written: a number, or a word where JSON has no number for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum MetricValue {
    Number(f64),
    Word(String),
}

/// `POST /runs/{run}/metrics`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogMetrics {
    pub points: Vec<NewPoint>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewPoint {
    pub key: String,
    #[cfg_attr(feature = "openapi", schema(value_type = MetricValue))]
    pub value: serde_json::Value,
    #[serde(default)]
    pub step: i64,
    /// RFC 3339; now by default. If a point with a time is sent twice, because an answer was lost, it is one point of the
    /// curve; without a time it is two.
    #[serde(default)]
    pub time: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MetricsLogged {
    pub accepted: u64,
    /// The run had ended: the points were added later, and are not part of its measurements.
    #[serde(default)]
    pub added_later: bool,
}

/// Something that was added to a run after its end: it is not part of the run's measurements.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AddedLater {
    /// `metric` or `parameter`.
    pub kind: String,
    pub name: String,
    /// For a metric the last added value: a number, or "NaN", "Infinity", "-Infinity".
    pub value: serde_json::Value,
    /// For a metric: the step of that value, and how many points were added.
    #[serde(default)]
    pub step: Option<i64>,
    #[serde(default)]
    pub points: Option<u64>,
    pub by: Actor,
    /// When it was added. For an addition that a publication contained, `by` and `added` are copied from the publication.
    pub added: String,
    /// The fact that records it.
    pub seq: u64,
}

/// A point that was added to a run after its end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AddedPoint {
    pub step: i64,
    #[cfg_attr(feature = "openapi", schema(value_type = MetricValue))]
    pub value: serde_json::Value,
    /// The time of the measurement, as the author of the addition stated it.
    pub time: String,
    pub by: Actor,
    /// When it was added.
    pub added: String,
}

/// `GET /runs/{run}/metrics`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Metrics {
    pub schema: String,
    pub metrics: Vec<MetricSummary>,
    /// Added after the run's end: metrics and parameters, in the order in which they were added.
    #[serde(default)]
    pub added_later: Vec<AddedLater>,
}

/// `GET /runs/{run}/metrics/points?key=…&max_points=…`: columns of equal length.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Curve {
    pub schema: String,
    pub key: String,
    pub step: Vec<i64>,
    /// Seconds since the run's start.
    pub elapsed_s: Vec<f64>,
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<MetricValue>))]
    pub value: Vec<serde_json::Value>,
    /// How many points exist; when there are more than requested, the lowest and highest of each interval are returned.
    pub points_total: u64,
    /// Points that were added after the run's end: they are not in the columns above.
    #[serde(default)]
    pub added_later: Vec<AddedPoint>,
}

/// `GET /runs/{run}/resources`: columns of equal length.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ResourceCurves {
    pub schema: String,
    /// Seconds since the run's start.
    pub elapsed_s: Vec<f64>,
    /// Cores in use, averaged since the previous sample.
    pub cores: Vec<f64>,
    pub memory_bytes: Vec<u64>,
    pub read_bytes: Vec<u64>,
    pub written_bytes: Vec<u64>,
    pub processes: Vec<u32>,
}
