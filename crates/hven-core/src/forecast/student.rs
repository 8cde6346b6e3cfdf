//! Quantiles of Student's t distribution.

/// The quantile of Student's t whose probability is that of `z` in the normal distribution, for at least three degrees of freedom.
/// The error is at most 2 % for |z| ≤ 2.3 (Hill, Communications of the ACM 13 (1970) 617: the expansion of Cornish and Fisher).
pub(super) fn student(z: f64, freedom: f64) -> f64 {
    let f = freedom.max(3.0);
    let (z3, z5, z7) = (z.powi(3), z.powi(5), z.powi(7));
    z + (z3 + z) / (4.0 * f)
        + (5.0 * z5 + 16.0 * z3 + 3.0 * z) / (96.0 * f * f)
        + (3.0 * z7 + 19.0 * z5 + 17.0 * z3 - 15.0 * z) / (384.0 * f.powi(3))
}

/// The 95th percentile of Student's t, to about 1 %.
pub fn student_95(freedom: f64) -> f64 {
    match freedom {
        f if f < 2.0 => 6.314,
        f if f < 3.0 => 2.92,
        f => student(1.644_853_626_951_47, f),
    }
}

/// The middles of 40 parts of the normal distribution with equal probability: the upper half.
const NORMAL_MIDDLES: [f64; 20] = [
    0.0313, 0.0941, 0.1573, 0.2211, 0.2858, 0.3518, 0.4193, 0.4888, 0.5607, 0.6357, 0.7144, 0.7978, 0.8871, 0.9842,
    1.0916, 1.2133, 1.3563, 1.5341, 1.7805, 2.2414,
];

/// The middles of 40 parts of Student's t with equal probability, for at least three degrees of freedom.
pub(super) fn student_middles(freedom: f64) -> impl ExactSizeIterator<Item = f64> {
    let middle = move |part: usize| match part.checked_sub(20) {
        Some(upper) => student(NORMAL_MIDDLES[upper], freedom),
        None => -student(NORMAL_MIDDLES[19 - part], freedom),
    };
    (0..40_usize).map(middle)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expected values are from tables.
    #[test]
    fn quantiles_are_right() {
        for (freedom, expect) in [(1.0, 6.314), (2.0, 2.920), (4.0, 2.132), (7.0, 1.895), (30.0, 1.697), (1e6, 1.645)] {
            assert!((student_95(freedom) - expect).abs() < 0.01 * expect, "{freedom}: {}", student_95(freedom));
        }
        // The 97.5th percentile.
        for (freedom, expect) in [(3.0, 3.182), (4.0, 2.776), (10.0, 2.228), (1e6, 1.960)] {
            let found = student(1.959_963_985, freedom);
            assert!((found - expect).abs() < 0.015 * expect, "{freedom}: {found}");
        }
    }

    #[test]
    fn the_parts_are_symmetrical_and_in_order() {
        let middles: Vec<f64> = student_middles(5.0).collect();
        assert_eq!(middles.len(), 40);
        assert!(middles.is_sorted() && middles.iter().zip(middles.iter().rev()).all(|(a, b)| (a + b).abs() < 1e-12));
        // A quarter of the distribution is below −0.727.
        assert!(middles[9] < -0.727 && middles[10] > -0.727, "{middles:?}");
    }
}
