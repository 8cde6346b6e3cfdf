//! Metrics and resource use on the wire.

use serde::{Deserialize, Serialize};

use crate::runs::Actor;

/// What is shown of a metric where there is no room for its points.
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
    /// RFC 3339; now when nothing is said. A point that comes twice with one time, because an answer was lost, is one point
    /// of the curve; without a time it is two.
    #[serde(default)]
    pub time: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MetricsLogged {
    pub accepted: u64,
    /// The run had ended: they were added later, and are no part of what it measured.
    #[serde(default)]
    pub added_later: bool,
}

/// Something that was added to a run after its end: it is no part of what the run measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AddedLater {
    /// `metric` or `parameter`.
    pub kind: String,
    pub name: String,
    /// Of a metric the last value that this addition brought: a number, or "NaN", "Infinity", "-Infinity".
    pub value: serde_json::Value,
    /// Of a metric: the step of that value, and how many points were added.
    #[serde(default)]
    pub step: Option<i64>,
    #[serde(default)]
    pub points: Option<u64>,
    pub by: Actor,
    /// When it was added. Of an addition that came with a publication, `by` and this are what the publication says.
    pub added: String,
    /// The fact that says so.
    pub seq: u64,
}

/// A point that was added to a run after its end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AddedPoint {
    pub step: i64,
    #[cfg_attr(feature = "openapi", schema(value_type = MetricValue))]
    pub value: serde_json::Value,
    /// When it was measured, as whoever added it says.
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
    /// Added after the run's end: metrics and parameters, in the order in which it was done.
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
    /// How many points there are; when more than were asked for, lowest and highest of each stretch were chosen.
    pub points_total: u64,
    /// Points that were added after the run's end: no part of the columns above.
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
    /// Cores in use, averaged since the sample before.
    pub cores: Vec<f64>,
    pub memory_bytes: Vec<u64>,
    pub read_bytes: Vec<u64>,
    pub written_bytes: Vec<u64>,
    pub processes: Vec<u32>,
}
