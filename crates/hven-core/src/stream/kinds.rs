//! The streams of an attempt.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A stream of an attempt. Calls to the server fill the `.api` one, the runner fills the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Stream {
    #[serde(rename = "log")]
    Log,
    #[serde(rename = "metrics")]
    Metrics,
    #[serde(rename = "metrics.api")]
    MetricsApi,
    #[serde(rename = "resources")]
    Resources,
}

impl Stream {
    pub const ALL: [Self; 4] = [Self::Log, Self::Metrics, Self::MetricsApi, Self::Resources];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Metrics => "metrics",
            Self::MetricsApi => "metrics.api",
            Self::Resources => "resources",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stream| stream.as_str() == text)
    }
}
impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
