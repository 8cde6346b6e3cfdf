//! How long many runs take together.

use super::{distribution::Distribution, interval::Forecast, starts::LATTICE, student::student_95};

/// How long `count` runs take when `at_once` of them run at the same time and each has a duration of this distribution, which rests on
/// `from` earlier runs. The durations are added up: the sum of many is nearly normal, and its interval includes how little is known
/// of the mean (Student's t). It is at least as long as one run.
pub fn many_forecast(one: &Distribution, count: u64, at_once: u64, from: usize) -> Forecast {
    let [low, median, high] = one.interval();
    let seconds = one.lattice();
    let parts = (LATTICE - 1) as f64;
    let mean = seconds.iter().sum::<f64>() / parts;
    let variance = seconds.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / parts;
    let (k, known, places) = (count as f64, from as f64, at_once.clamp(1, count.max(1)) as f64);
    let spread = student_95(known - 1.0) * (variance * (k + k * k / known)).sqrt() / places;
    let middle = mean * k / places;
    Forecast {
        seconds: middle.max(median),
        low: (middle - spread).max(low),
        high: (middle + spread).max(high).min(f64::MAX),
        from,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forecast::{Shape, duration_forecast};

    fn known(seconds: &[f64]) -> Distribution {
        let shape = Shape::default();
        let found = duration_forecast(&shape, seconds.iter().map(|seconds| (&shape, *seconds)));
        found.expect("enough").distribution
    }

    #[test]
    fn many_equal_runs_take_their_sum_divided_by_the_places() {
        let one = known(&[10.0; 100]);
        let Forecast { seconds, low, high, from } = many_forecast(&one, 1000, 4, 100);
        assert!((seconds - 2500.0).abs() < 10.0 && low > 2480.0 && high < 2520.0, "{low} {seconds} {high}");
        assert_eq!(from, 100);
        let few = many_forecast(&one, 3, 8, 100);
        assert!((few.seconds - 10.0).abs() < 0.1 && few.low > 9.0, "{few:?}");
    }

    /// Runs with random durations on a few places: the interval holds in about nine of ten cases.
    #[test]
    fn the_interval_holds() {
        let mut state = 11_u64;
        let mut random = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((state >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
        };
        let mut held = 0;
        for _ in 0..500 {
            let mut seconds = || (0..12).map(|_| random()).sum::<f64>().mul_add(0.5, 1.0).exp();
            let history: Vec<f64> = (0..30).map(|_| seconds()).collect();
            let found = many_forecast(&known(&history), 60, 3, 30);
            let mut free = [0.0_f64; 3];
            for _ in 0..60 {
                let first = (0..3).min_by(|a, b| free[*a].total_cmp(&free[*b])).expect("a place");
                free[first] += seconds();
            }
            let truth = free.into_iter().fold(0.0, f64::max);
            held += i32::from((found.low..=found.high).contains(&truth));
        }
        assert!((410..490).contains(&held), "{held}");
    }
}
