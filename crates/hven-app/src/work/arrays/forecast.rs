//! How long an array still takes, from the times at which its last tasks ended.
//!
//! The gaps between ends hold everything that matters: how long tasks take, how many run at the same time, what others use, and what
//! Hven itself adds. The time of `k` further ends is the sum of `k` gaps. Its interval is that of a sum of new values from a sample
//! (the predictive distribution with Student's t), so a small sample gives a wide interval.

use hven_core::forecast::{Forecast, student_95};

/// With fewer ends nothing is said.
const ENDS_MIN: usize = 4;

/// The forecast for the end of `count` further tasks. `ends` are times in seconds, `since_last` is how long ago the last one was.
pub fn forecast(ends: &[f64], count: u64, since_last: f64) -> Option<Forecast> {
    let mut ends = ends.to_vec();
    ends.sort_by(f64::total_cmp);
    if ends.len() < ENDS_MIN {
        return None;
    }
    let gaps: Vec<f64> = ends.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let (n, k) = (gaps.len() as f64, count as f64);
    let mean = gaps.iter().sum::<f64>() / n;
    // Tasks that started together end together: neighbouring gaps are not independent. Sums of blocks are nearly so.
    let block = (gaps.len() / 8).max(1);
    let sums: Vec<f64> = gaps.chunks_exact(block).map(|block| block.iter().sum()).collect();
    let blocks = sums.len() as f64;
    let mean_sum = sums.iter().sum::<f64>() / blocks;
    let variance_of_block = sums.iter().map(|sum| (sum - mean_sum).powi(2)).sum::<f64>() / (blocks - 1.0);
    let variance = variance_of_block / block as f64;
    let spread = student_95(blocks - 1.0) * (variance * (k + k * k / n)).sqrt();
    let middle = mean * k;
    // The first of these gaps has started already.
    let passed = since_last.clamp(0.0, mean);
    let seconds = (middle - passed).max(0.0);
    Some(Forecast { seconds, low: (seconds - spread).max(0.0), high: seconds + spread, from: ends.len() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_array_takes_as_long_as_its_gaps_say() {
        let ends: Vec<f64> = (0..50).map(f64::from).map(|second| second * 0.5).collect();
        let found = forecast(&ends, 100, 0.2).expect("enough ends");
        assert!((found.seconds - 49.8).abs() < 1e-9 && found.low > 49.0 && found.high < 51.0, "{found:?}");
        assert_eq!(found.from, 50);
        assert_eq!(forecast(&ends[..3], 100, 0.0), None);
        assert!(forecast(&ends, 0, 100.0).expect("enough").seconds < 1e-9);
    }

    /// Tasks with random durations on a few places: the interval holds in about nine of ten cases.
    #[test]
    fn the_interval_holds() {
        let mut state = 7_u64;
        let mut random = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((state >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
        };
        let (mut held, mut all) = (0, 0);
        for round in 0..600 {
            let places = [1, 2, 4][round % 3];
            let is_heavy = round % 2 == 0;
            let mut free = vec![0.0_f64; places];
            let mut ends = Vec::new();
            for _ in 0..200 {
                // Exponential durations, or lognormal-like ones.
                let duration = if is_heavy { (-random().ln()).powf(1.5) } else { 0.5 + random() };
                let first = (0..places).min_by(|a, b| free[*a].total_cmp(&free[*b])).expect("a place");
                free[first] += duration;
                ends.push(free[first]);
            }
            ends.sort_by(f64::total_cmp);
            let (seen, wanted) = (60, 80);
            let found = forecast(&ends[..seen], wanted as u64, 0.0).expect("enough ends");
            let truth = ends[seen - 1 + wanted] - ends[seen - 1];
            all += 1;
            held += i32::from((found.low..=found.high).contains(&truth));
        }
        let share = f64::from(held) / f64::from(all);
        assert!((0.84..0.97).contains(&share), "{share}");
    }
}
