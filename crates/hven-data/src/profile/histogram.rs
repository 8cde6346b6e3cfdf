//! Histograms: the choice of edges.

use hven_core::dataset::profile::Histogram;

const BARS_MAX: usize = 40;
/// If the range is this many times wider than the range of the middle 98 %, it is cut.
const STRETCH_MAX: f64 = 20.0;

/// The values that determine the edges, all finite.
#[derive(Clone, Copy, Debug)]
pub(super) struct Range {
    pub low: f64,
    pub high: f64,
    /// The quantiles of 1 % and 99 %.
    pub core_low: f64,
    pub core_high: f64,
}

/// Edges for `count` values. Whole numbers in a small range get one bar each.
pub(super) fn edges(range: Range, count: u64, whole: bool) -> Vec<f64> {
    let Range { mut low, mut high, core_low, core_high } = range;
    let core = core_high - core_low;
    if core > 0.0 && (high - low) > STRETCH_MAX * core {
        low = low.max(core_low - core / 2.0);
        high = high.min(core_high + core / 2.0);
        if whole {
            (low, high) = (low.floor(), high.ceil());
        }
    }
    if whole && high - low < BARS_MAX as f64 {
        let bars = (high - low) as usize + 1;
        return (0..=bars).map(|at| low - 0.5 + at as f64).collect();
    }
    if low >= high {
        let half = (low.abs() * 1e-3).max(0.5);
        return vec![low - half, low + half];
    }
    let bars = ((count as f64).sqrt().ceil() as usize).clamp(5, BARS_MAX);
    // This avoids low + (high − low) · share, because the difference of two large numbers may be infinite.
    let at = |bar: usize| {
        let share = bar as f64 / bars as f64;
        low * (1.0 - share) + high * share
    };
    let mut edges: Vec<f64> = (0..bars).map(at).collect();
    edges.push(high);
    edges.dedup();
    edges
}

/// Fills a histogram. `below(x)` is the number of values smaller than x, `all` the number of all values, `not_above(x)`
/// the number of values that are not larger than x.
pub(super) fn fill(edges: Vec<f64>, all: u64, below: impl Fn(f64) -> u64, not_above: impl Fn(f64) -> u64) -> Histogram {
    let Some((last, inner)) = edges.split_last() else { return Histogram::default() };
    let mut ranks: Vec<u64> = inner.iter().map(|edge| below(*edge)).collect();
    ranks.push(not_above(*last));
    let counts = ranks.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).collect();
    let (first, end) = (ranks[0], ranks[ranks.len() - 1]);
    Histogram { counts, below: first, above: all.saturating_sub(end), edges }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(values: &[f64], whole: bool) -> String {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let at = |share: f64| sorted[((share * sorted.len() as f64).ceil() as usize).clamp(1, sorted.len()) - 1];
        let range = Range { low: sorted[0], high: at(1.0), core_low: at(0.01), core_high: at(0.99) };
        let count = |test: &dyn Fn(f64) -> bool| sorted.iter().filter(|value| test(**value)).count() as u64;
        let edges = edges(range, values.len() as u64, whole);
        let found = fill(edges, values.len() as u64, |x| count(&|v| v < x), |x| count(&|v| v <= x));
        format!("{:?} {:?} below {} above {}", found.edges, found.counts, found.below, found.above)
    }

    #[test]
    fn edges_fit_the_values() {
        insta::assert_snapshot!(shown(&[1.0, 2.0, 2.0, 4.0], true), @"[0.5, 1.5, 2.5, 3.5, 4.5] [1, 2, 0, 1] below 0 above 0");
        insta::assert_snapshot!(shown(&[3.0, 3.0], false), @"[2.5, 3.5] [2] below 0 above 0");
        insta::assert_snapshot!(shown(&[0.0, 1.0, 5.0, 10.0], false), @"[0.0, 2.0, 4.0, 6.0, 8.0, 10.0] [2, 0, 1, 0, 1] below 0 above 0");
        insta::assert_snapshot!(shown(&[-1.7e308, 1.7e308], false).len() > 10, @"true");
    }

    #[test]
    fn far_values_do_not_squeeze_the_others() {
        let mut values: Vec<f64> = (0..1000).map(|at| f64::from(at) / 1000.0).collect();
        values.push(1e9);
        let text = shown(&values, false);
        assert!(text.ends_with("below 0 above 1"), "{text}");
    }
}
