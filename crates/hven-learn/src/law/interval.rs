//! Computes intervals by a bootstrap.
//!
//! Pairs bootstrap: each sample draws as many rows as there are, with replacement, and refits the constants; the interval is
//! given by percentiles of the results. With few rows plain percentiles are too narrow, so they are widened according to
//! Student's distribution (the expanded percentile interval, Hesterberg 2015). The form of the law is fixed.

/// The central 95 % of the draws, widened for few rows; `rows` and `constants` are the numbers of rows and of fitted
/// constants.
pub(crate) fn percentiles(mut draws: Vec<f64>, rows: usize, constants: usize) -> Option<(f64, f64)> {
    draws.retain(|d| d.is_finite());
    if draws.len() < 20 {
        return None;
    }
    draws.sort_by(f64::total_cmp);
    let free = rows.saturating_sub(constants.max(1)).max(1) as f64;
    let tail = normal_tail((rows as f64 / free).sqrt() * student_quantile(free));
    let at = |share: f64| {
        let place = share * (draws.len() - 1) as f64;
        let (low, part) = (place.floor() as usize, place.fract());
        draws[low] + part * (draws[(low + 1).min(draws.len() - 1)] - draws[low])
    };
    Some((at(tail), at(1.0 - tail)))
}

/// Row numbers drawn with replacement.
pub(crate) fn draw(random: &mut fastrand::Rng, rows: usize) -> Vec<usize> {
    (0..rows).map(|_| random.usize(0..rows)).collect()
}

/// The 97.5 % quantile of Student's distribution, by Cornish and Fisher's expansion.
fn student_quantile(free: f64) -> f64 {
    let z = 1.959_963_984_540_054_f64;
    let (z3, z5, z7) = (z.powi(3), z.powi(5), z.powi(7));
    z + (z3 + z) / (4.0 * free)
        + (5.0 * z5 + 16.0 * z3 + 3.0 * z) / (96.0 * free * free)
        + (3.0 * z7 + 19.0 * z5 + 17.0 * z3 - 15.0 * z) / (384.0 * free.powi(3))
}

/// The share of a normal distribution above `z` deviations (Abramowitz and Stegun 26.2.17).
fn normal_tail(z: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * z);
    let series =
        t * (0.319_381_530 + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
    (series * (-0.5 * z * z).exp() / std::f64::consts::TAU.sqrt()).clamp(0.0, 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_match_the_tables() {
        for (free, expected) in [(5.0, 2.571), (10.0, 2.228), (30.0, 2.042), (1e6, 1.960)] {
            assert!((student_quantile(free) - expected).abs() < 0.01, "{free}");
        }
        assert!((normal_tail(1.96) - 0.025).abs() < 1e-4);
    }

    #[test]
    fn few_rows_make_wider_intervals() {
        let draws: Vec<f64> = (0..=1000).map(f64::from).collect();
        let wide = percentiles(draws.clone(), 8, 2).unwrap();
        let narrow = percentiles(draws, 10_000, 2).unwrap();
        assert!(wide.0 < narrow.0 && wide.1 > narrow.1, "{wide:?} {narrow:?}");
        assert!((narrow.0 - 25.0).abs() < 1.0 && (narrow.1 - 975.0).abs() < 1.0);
    }
}
