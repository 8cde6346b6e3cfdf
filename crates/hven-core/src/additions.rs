//! Additions to a run after its end. They are not measurements of the run and never become part of it: each is a separate fact,
//! with its actor and time, and is shown as "added later".

use serde::{Deserialize, Serialize};

use crate::{ActorId, RunId, Time, params::Params, run::MetricSummary, stream::Point};

macro_rules! noun {
    ($($before:tt)*) => { $crate::nouns::chain! { $($before)*
        facts {
            /// A user added to a run that had ended: the addition is not part of the run's measurements.
            RunMetricsAdded($crate::additions::MetricsAdded) = "run.metrics_added_after_end" version 1,
                about |p| Some(p.run.into());
            RunParamsAdded($crate::additions::ParamsAdded) = "run.params_added_after_end" version 1,
                about |p| Some(p.run.into());
        }
        nodes {}
        subjects {}
    } };
}
pub(crate) use noun;

/// The largest number of points in one call, and so in one fact.
pub const POINTS_MAX: usize = 10_000;
/// The largest size of such a fact.
pub const BYTES_MAX: usize = 1 << 20;
/// The largest number of values that are added to one run, and about how many bytes they have together. A reader of the run
/// reads all of them.
pub const RUN_VALUES_MAX: u64 = 10_000;
pub const RUN_BYTES_MAX: u64 = 16 << 20;
/// The approximate size of a point or a parameter without its name and its value.
const REST_BYTES: u64 = 64;
/// In the test of a claim: the prefix of values that were added later to a run, `added.acc`.
pub const PREFIX: &str = "added";

/// Points of metrics that were added to a run that had ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetricsAdded {
    pub run: RunId,
    pub points: Vec<Point>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<Original>,
}

/// Parameters that were added to a run that had ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ParamsAdded {
    pub run: RunId,
    pub params: Params,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<Original>,
}

/// For an addition from a publication: its author and time in the original home, as the publication states them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Original {
    /// A name; `None` when it was erased there.
    pub by: Option<String>,
    pub at: Time,
}

/// How much was added to a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    pub values: u64,
    pub bytes: u64,
}

/// The values that one fact added under one name.
#[derive(Clone, Debug, PartialEq)]
pub struct Addition {
    pub name: String,
    pub value: Added,
    pub by: ActorId,
    pub time: Time,
    /// The sequence number of the fact.
    pub seq: u64,
    pub original: Option<Original>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Added {
    Metric(MetricSummary),
    Param(serde_json::Value),
}

impl MetricsAdded {
    /// A summary for each key.
    pub fn summaries(&self) -> Vec<MetricSummary> {
        MetricSummary::of_points(&self.points)
    }

    pub fn sum(&self) -> Sum {
        let lines = self.summaries();
        Sum { values: lines.len() as u64, bytes: lines.iter().map(metric_bytes).sum() }
    }
}

impl ParamsAdded {
    pub fn sum(&self) -> Sum {
        let bytes = self.params.iter().map(|(name, value)| param_bytes(name, &value.to_string())).sum();
        Sum { values: self.params.len() as u64, bytes }
    }
}

/// The approximate size of the added points of one metric.
pub fn metric_bytes(line: &MetricSummary) -> u64 {
    line.points.saturating_mul(line.key.len() as u64 + REST_BYTES)
}

/// The approximate size of an added parameter; `json` is its value.
pub fn param_bytes(name: &str, json: &str) -> u64 {
    (name.len() + json.len()) as u64 + REST_BYTES
}

impl Addition {
    /// For each name the addition that counts, from the additions to a run in their order. For a metric it is the one with the
    /// last (step, time), as in a run; for a parameter the newest.
    pub fn effective(additions: &[Self]) -> Vec<&Self> {
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

crate::sample::sampled! {
    MetricsAdded { run, points, original }
    ParamsAdded { run, params, original }
    Original { by, at }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Number;

    fn metric(value: f64, step: i64, seq: u64) -> Addition {
        let point = Point { key: "acc".to_owned(), value: Number(value), step, time_us: 1 };
        let added = MetricsAdded { run: RunId::from_u128(1), points: vec![point], original: None };
        let value = Added::Metric(added.summaries().remove(0));
        let time = Time::from_micros(0);
        Addition { name: "acc".to_owned(), value, by: ActorId::SYSTEM, time, seq, original: None }
    }

    #[test]
    fn additions_are_counted_by_name_and_by_size() {
        let point = |key: &str, step| Point { key: key.to_owned(), value: Number(1.0), step, time_us: 1 };
        let points = vec![point("acc", 1), point("acc", 2), point("loss", 1)];
        let added = MetricsAdded { run: RunId::from_u128(1), points, original: None };
        assert_eq!(added.sum(), Sum { values: 2, bytes: 2 * 67 + 68 });
        let params = [("seed".to_owned(), 7.into()), ("note".to_owned(), "abc".into())].into();
        let added = ParamsAdded { run: RunId::from_u128(1), params, original: None };
        assert_eq!(added.sum(), Sum { values: 2, bytes: 4 + 1 + 64 + 4 + 5 + 64 });
    }

    #[test]
    fn a_local_addition_is_written_as_before() {
        let added = ParamsAdded { run: RunId::from_u128(1), params: Params::new(), original: None };
        let text = serde_json::to_string(&added).expect("additions serialise");
        assert!(!text.contains("original"), "{text}");
        let original = Some(Original { by: Some("Ada".to_owned()), at: Time::from_micros(5) });
        let added = ParamsAdded { original, ..added };
        let text = serde_json::to_string(&added).expect("additions serialise");
        assert_eq!(serde_json::from_str::<ParamsAdded>(&text).expect("they are read"), added);
    }

    #[test]
    fn the_last_step_counts_and_of_equal_steps_the_newest() {
        let counts = |additions: &[Addition]| Addition::effective(additions).iter().map(|a| a.seq).collect::<Vec<_>>();
        assert_eq!(counts(&[metric(0.1, 5, 1), metric(0.2, 3, 2)]), [1]);
        assert_eq!(counts(&[metric(0.1, 5, 1), metric(0.2, 5, 2)]), [2]);
        let param = |seq| Addition { value: Added::Param(1.into()), ..metric(0.0, 0, seq) };
        assert_eq!(counts(&[param(1), metric(0.1, 0, 2), param(3)]), [2, 3]);
    }
}
