//! Summaries of metrics, for lists.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Time, run::Number, stream::Point};

/// The summary of a metric, for places without room for its points.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetricSummary {
    pub key: String,
    pub points: u64,
    /// The value of the point with the highest (step, time).
    pub last: Number,
    pub last_step: i64,
    pub last_time: Time,
    /// Over the finite values; `None` when there are none.
    pub min: Option<f64>,
    pub max: Option<f64>,
}

impl MetricSummary {
    /// The summary of a single point.
    pub fn of_point(point: &Point) -> Self {
        let finite = Some(point.value.0).filter(|value| value.is_finite());
        Self {
            key: point.key.clone(),
            points: 1,
            last: point.value,
            last_step: point.step,
            last_time: Time::from_micros(point.time_us).clamp(Time::MIN, Time::MAX),
            min: finite,
            max: finite,
        }
    }

    /// A summary for each key.
    pub fn of_points(points: &[Point]) -> Vec<Self> {
        let mut lines = BTreeMap::new();
        Self::gather(&mut lines, points.iter().map(Self::of_point));
        lines.into_values().collect()
    }

    /// Merges summaries into those of the same keys.
    pub fn gather(into: &mut BTreeMap<String, Self>, lines: impl IntoIterator<Item = Self>) {
        for line in lines {
            match into.get_mut(&line.key) {
                Some(have) => have.merge(&line),
                None => drop(into.insert(line.key.clone(), line)),
            }
        }
    }

    /// Merges the summary of other points of the same key.
    pub fn merge(&mut self, other: &Self) {
        self.points += other.points;
        if (other.last_step, other.last_time) >= (self.last_step, self.last_time) {
            (self.last, self.last_step, self.last_time) = (other.last, other.last_step, other.last_time);
        }
        self.min = [self.min, other.min].into_iter().flatten().reduce(f64::min);
        self.max = [self.max, other.max].into_iter().flatten().reduce(f64::max);
    }
}

crate::sample::sampled! {
    MetricSummary { key, points, last, last_step, last_time, min, max }
}
