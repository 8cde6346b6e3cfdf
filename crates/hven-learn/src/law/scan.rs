//! Finds a parameter that enters a law nonlinearly: a scan finds minima of the residual, and a ternary search refines them.

/// The indices of values that are no larger than both neighbours, the smallest value first.
pub(crate) fn lowest(all: &[f64]) -> Vec<usize> {
    let around = |k: usize| [k.wrapping_sub(1), k + 1].into_iter().filter_map(|n| all.get(n));
    let mut lowest: Vec<usize> = (0..all.len()).filter(|&k| around(k).all(|other| all[k] <= *other)).collect();
    lowest.sort_by(|&a, &b| all[a].total_cmp(&all[b]));
    lowest
}

/// The minimum between `low` and `high` of a function that falls and then rises, by ternary search.
pub(crate) fn narrowed(left: impl Fn(f64) -> f64, mut low: f64, mut high: f64, times: usize) -> f64 {
    for _ in 0..times {
        let (a, b) = (low + (high - low) / 3.0, high - (high - low) / 3.0);
        if left(a) < left(b) {
            high = b;
        } else {
            low = a;
        }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minima_are_sorted_by_value() {
        assert_eq!(lowest(&[3.0, 1.0, 2.0, 0.5, 4.0, 3.5]), [3, 1, 5]);
        assert_eq!(lowest(&[f64::INFINITY, 2.0]), [1]);
        assert!(lowest(&[]).is_empty());
    }

    #[test]
    fn the_ternary_search_finds_the_minimum() {
        assert!((narrowed(|x| (x - 0.7).abs(), -3.0, 5.0, 80) - 0.7).abs() < 1e-9);
    }
}
