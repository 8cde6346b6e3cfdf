//! What somebody adds to a run after it has ended. It is not what the run measured and never becomes part of it: it is a
//! fact of its own, with its actor and time, and shown beside the run as added later.

use serde::{Deserialize, Serialize};

use crate::{ActorId, RunId, Time, params::Params, run::MetricSummary, stream::Point};

/// How many points one call, and so one fact, holds.
pub const POINTS_MAX: usize = 10_000;
/// How many bytes their fact has at most.
pub const BYTES_MAX: usize = 1 << 20;
/// In the test of a claim: what was added later to a run, `added.acc`.
pub const PREFIX: &str = "added";

/// Points of metrics that were added to a run that had ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetricsAdded {
    pub run: RunId,
    pub points: Vec<Point>,
}

/// Parameters that were added to a run that had ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ParamsAdded {
    pub run: RunId,
    pub params: Params,
}

/// What one fact added of one name.
#[derive(Clone, Debug, PartialEq)]
pub struct Addition {
    pub name: String,
    pub value: Added,
    pub by: ActorId,
    pub time: Time,
    /// The fact.
    pub seq: u64,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Added {
    Metric(MetricSummary),
    Param(serde_json::Value),
}

impl MetricsAdded {
    /// A line for each key.
    pub fn summaries(&self) -> Vec<MetricSummary> {
        let mut lines: std::collections::BTreeMap<&str, MetricSummary> = std::collections::BTreeMap::new();
        for point in &self.points {
            let line = MetricSummary::of_point(point);
            match lines.get_mut(point.key.as_str()) {
                Some(have) => have.merge(&line),
                None => drop(lines.insert(&point.key, line)),
            }
        }
        lines.into_values().collect()
    }
}

impl Addition {
    /// Of the additions to a run, in the order in which they were made: for each name the one that counts. Of a metric
    /// that is the one with the last (step, time), as within a run; of a parameter the newest.
    pub fn that_count(additions: &[Self]) -> Vec<&Self> {
        let mut counting: std::collections::BTreeMap<(bool, &str), &Self> = std::collections::BTreeMap::new();
        for addition in additions {
            let place = (matches!(addition.value, Added::Param(_)), addition.name.as_str());
            let is_later = counting.get(&place).is_none_or(|have| match (&have.value, &addition.value) {
                (Added::Metric(have), Added::Metric(new)) => {
                    (new.last_step, new.last_time) >= (have.last_step, have.last_time)
                }
                _ => true,
            });
            if is_later {
                counting.insert(place, addition);
            }
        }
        counting.into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Number;

    fn metric(value: f64, step: i64, seq: u64) -> Addition {
        let point = Point { key: "acc".to_owned(), value: Number(value), step, time_us: 1 };
        let added = MetricsAdded { run: RunId::from_u128(1), points: vec![point] };
        let value = Added::Metric(added.summaries().remove(0));
        Addition { name: "acc".to_owned(), value, by: ActorId::SYSTEM, time: Time::from_micros(0), seq }
    }

    #[test]
    fn the_last_step_counts_and_of_equal_steps_the_newest() {
        let counts = |additions: &[Addition]| Addition::that_count(additions).iter().map(|a| a.seq).collect::<Vec<_>>();
        assert_eq!(counts(&[metric(0.1, 5, 1), metric(0.2, 3, 2)]), [1]);
        assert_eq!(counts(&[metric(0.1, 5, 1), metric(0.2, 5, 2)]), [2]);
        let param = |seq| Addition { value: Added::Param(1.into()), ..metric(0.0, 0, seq) };
        assert_eq!(counts(&[param(1), metric(0.1, 0, 2), param(3)]), [2, 3]);
    }
}
