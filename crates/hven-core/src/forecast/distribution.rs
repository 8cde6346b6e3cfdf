//! A distribution of durations, as weighted points on a logarithmic scale.

use super::{interval::Forecast, starts::LATTICE};

/// How durations are distributed.
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution {
    /// Logarithms of seconds in ascending order, with positive weights.
    points: Vec<(f64, f64)>,
}

/// The probabilities of the bounds of an interval and of its middle.
const BOUNDS: [f64; 3] = [0.05, 0.5, 0.95];

/// A running process that outlasted all but this share of the distribution is unlike what the distribution describes.
const REST_MIN: f64 = 0.01;

impl Distribution {
    /// At least one point, with positive weights. The logarithms are of seconds.
    pub(super) fn new(mut points: Vec<(f64, f64)>) -> Self {
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        Self { points }
    }

    /// The duration in seconds that has this probability: linear on the logarithmic scale between the middles of the points.
    pub fn quantile(&self, probability: f64) -> f64 {
        quantile(&self.points, probability).exp().min(f64::MAX)
    }

    /// The distribution of a value that comes from each of these with the same probability. `None` when there are none.
    pub fn mixture(parts: &[Self]) -> Option<Self> {
        let points = parts.iter().flat_map(|part| {
            let sum: f64 = part.points.iter().map(|point| point.1).sum();
            part.points.iter().map(move |(log, weight)| (*log, weight / sum))
        });
        (!parts.is_empty()).then(|| Self::new(points.collect()))
    }

    /// The 5th, 50th and 95th percentile, in seconds.
    pub fn interval(&self) -> [f64; 3] {
        BOUNDS.map(|probability| self.quantile(probability))
    }

    /// The durations in seconds with the probabilities 1/101 … 100/101.
    pub fn lattice(&self) -> Vec<f64> {
        lattice(&self.points)
    }

    /// The same for what remains after `elapsed` seconds: see [`Self::remaining`].
    pub fn lattice_remaining(&self, elapsed: f64) -> Option<Vec<f64>> {
        let longer = self.longer_than(elapsed)?;
        Some(lattice(longer).into_iter().map(|seconds| (seconds - elapsed.max(0.0)).max(0.0)).collect())
    }

    /// The points above `elapsed` seconds; `None` when they are nearly nothing.
    fn longer_than(&self, elapsed: f64) -> Option<&[(f64, f64)]> {
        let passed = elapsed.max(0.0).ln();
        let longer = &self.points[self.points.partition_point(|point| point.0 <= passed)..];
        let sum = |points: &[(f64, f64)]| points.iter().map(|point| point.1).sum::<f64>();
        (sum(longer) > REST_MIN * sum(&self.points)).then_some(longer)
    }

    /// How many more seconds it takes after it already took `elapsed` seconds: the distribution of what takes longer than that.
    /// `None` when nearly nothing does.
    pub fn remaining(&self, elapsed: f64, from: usize) -> Option<Forecast> {
        let longer = self.longer_than(elapsed)?;
        let [low, seconds, high] =
            BOUNDS.map(|probability| (quantile(longer, probability).exp().min(f64::MAX) - elapsed.max(0.0)).max(0.0));
        Some(Forecast { seconds, low, high, from })
    }
}

fn lattice(points: &[(f64, f64)]) -> Vec<f64> {
    (1..LATTICE).map(|place| quantile(points, place as f64 / LATTICE as f64).exp().min(f64::MAX)).collect()
}

/// The logarithm of the duration with this probability. The middle of a point is at half of its weight.
fn quantile(points: &[(f64, f64)], probability: f64) -> f64 {
    let wanted = probability * points.iter().map(|point| point.1).sum::<f64>();
    let mut below = 0.0;
    let mut before: Option<(f64, f64)> = None;
    for &(log, weight) in points {
        let middle = below + weight / 2.0;
        if middle >= wanted {
            return match before {
                Some((log_before, middle_before)) => {
                    log_before + (log - log_before) * (wanted - middle_before) / (middle - middle_before)
                }
                None => log,
            };
        }
        below += weight;
        before = Some((log, middle));
    }
    before.map_or(f64::NAN, |(log, _)| log)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(seconds: &[f64]) -> Distribution {
        Distribution::new(seconds.iter().map(|seconds| (seconds.ln(), 1.0)).collect())
    }

    #[test]
    fn quantiles_lie_between_the_middles_of_points() {
        let found = of(&[100.0, 1.0]);
        // The middles of two points are at ¼ and ¾, and 10 is between 1 and 100.
        for (probability, expect) in [(0.0, 1.0), (0.25, 1.0), (0.5, 10.0), (0.75, 100.0), (1.0, 100.0)] {
            assert!((found.quantile(probability) - expect).abs() < 1e-9 * expect, "{probability}");
        }
        assert!(of(&[7.0]).interval().iter().all(|seconds| (seconds - 7.0).abs() < 0.5));
    }

    #[test]
    fn the_parts_of_a_mixture_count_the_same() {
        let mixed = Distribution::mixture(&[of(&[1.0]), of(&[100.0; 7])]).expect("two parts");
        assert!((mixed.quantile(0.24) - 1.0).abs() < 1e-9 && (mixed.quantile(0.6) - 100.0).abs() < 1e-9);
        assert_eq!(Distribution::mixture(&[]), None);
    }

    #[test]
    fn a_run_that_ran_for_a_while_is_among_the_longer_ones() {
        let found = of(&[10.0, 20.0, 30.0, 40.0, 50.0]);
        let rest = found.remaining(25.0, 5).expect("three take longer");
        assert!((rest.seconds - 15.0).abs() < 1e-9 && rest.low >= 5.0 && rest.high <= 25.0, "{rest:?}");
        assert_eq!(found.remaining(50.0, 5), None);
        let whole = found.remaining(-1.0, 5).expect("all take longer");
        assert!((whole.seconds - 30.0).abs() < 1e-9);
    }
}
