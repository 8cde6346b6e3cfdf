//! Metrics and resource use on the wire.

use serde::{Deserialize, Serialize};

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
    /// RFC 3339; now when nothing is said.
    #[serde(default)]
    pub time: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MetricsLogged {
    pub accepted: u64,
}

/// `GET /runs/{run}/metrics`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Metrics {
    pub schema: String,
    pub metrics: Vec<MetricSummary>,
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
