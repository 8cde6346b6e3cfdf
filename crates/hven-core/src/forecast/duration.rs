//! How long work takes, from earlier work.
//!
//! Three sets of earlier runs, each within the next one, say something: runs that are alike in all that is known, runs of the same
//! code, and all runs of the history. Durations are compared as logarithms, newer runs count more, and the distributions of the
//! sets are mixed: a set pulls as much as it has runs, and a narrower set needs the fewer runs the less its durations vary,
//! compared with those of the wider set. (The pull of the wider set is that of the concentration in a hierarchical Dirichlet
//! process, Teh et al., Journal of the American Statistical Association 101 (2006) 1566.) Where the widest set is small, its
//! distribution is mostly that of a new value from a sample: Student's t.

use std::collections::BTreeMap;

use super::{distribution::Distribution, interval::Forecast, student::student_middles};

/// The properties of a run that are known before it starts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shape {
    /// The same for runs of the same code.
    pub code: String,
    /// Parameters that are texts. They are equal in runs that are alike.
    pub texts: BTreeMap<String, String>,
    /// Reserved cores, memory and the like. They are equal in runs that are alike.
    pub reserved: BTreeMap<String, u64>,
    /// Parameters that are numbers, and bytes of inputs. They are similar in runs that are alike.
    pub sizes: BTreeMap<String, f64>,
}

impl Shape {
    /// Whether all that is known is equal, or similar for sizes.
    pub fn is_alike(&self, other: &Self) -> bool {
        self.code == other.code
            && self.texts == other.texts
            && self.reserved == other.reserved
            && self.sizes.len() == other.sizes.len()
            && self.sizes.iter().zip(&other.sizes).all(|(a, b)| a.0 == b.0 && is_similar(*a.1, *b.1))
    }
}

/// Sizes are similar up to this ratio.
const SIMILAR_RATIO: f64 = 1.5;

fn is_similar(a: f64, b: f64) -> bool {
    a.total_cmp(&b).is_eq()
        || (a == 0.0 && b == 0.0)
        || (a.is_finite() && b.is_finite() && (1.0 / SIMILAR_RATIO..=SIMILAR_RATIO).contains(&(a / b)))
}

/// The properties that all runs behind a forecast have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Common {
    /// Everything that is known before the start; their sizes are similar.
    All,
    /// Their code.
    Code,
    /// They are in the same history.
    History,
}

/// How long a run takes.
#[derive(Clone, Debug, PartialEq)]
pub struct DurationForecast {
    pub distribution: Distribution,
    /// How many earlier runs were used, and (below) how many of them are alike in all that is known.
    pub runs: usize,
    pub alike: usize,
    pub common: Common,
}

impl DurationForecast {
    /// How many seconds it takes.
    pub fn forecast(&self) -> Forecast {
        let [low, seconds, high] = self.distribution.interval();
        Forecast { seconds, low, high, from: self.runs }
    }

    /// How many more seconds it takes after it already took `elapsed` seconds. `None` when it outlasted earlier runs.
    pub fn remaining(&self, elapsed: f64) -> Option<Forecast> {
        self.distribution.remaining(elapsed, self.runs)
    }
}

/// With fewer earlier runs nothing is said.
pub const RUNS_MIN: usize = 4;
/// The most runs of each set. Older ones are ignored.
const RUNS_MAX: usize = 200;
/// A run counts half as much as one that ended this many runs later.
const HALF_LIFE_RUNS: f64 = 50.0;
/// How many runs the wider set counts for when the durations of the narrower set vary as much as its own.
const WIDER_RUNS: f64 = 20.0;
/// With this many runs, their own distribution and Student's t count the same.
const STUDENT_RUNS: f64 = 20.0;
/// How much durations vary at least, before some are known: the standard deviation of their logarithms.
const DEVIATION_MIN: f64 = 0.05;
/// Shorter durations count as this one, in seconds.
const SECONDS_MIN: f64 = 1e-3;

/// How long a run of this shape takes, from runs that ended earlier, newest first. Runs with a duration in seconds that is no
/// finite number, or negative, are ignored. `None` when the history has too few runs.
pub fn duration_forecast<'a>(
    wanted: &Shape,
    newest_first: impl IntoIterator<Item = (&'a Shape, f64)>,
) -> Option<DurationForecast> {
    let [mut all, mut of_code, mut alike] = [(); 3].map(|()| Vec::new());
    let (mut runs, mut common) = (0, Common::All);
    for (shape, seconds) in newest_first {
        if !seconds.is_finite() || seconds < 0.0 {
            continue;
        }
        let (is_of_code, is_alike) = (shape.code == wanted.code, shape.is_alike(wanted));
        let mut is_used = false;
        for (set, belongs) in [(&mut all, true), (&mut of_code, is_of_code), (&mut alike, is_alike)] {
            if belongs && set.len() < RUNS_MAX {
                set.push(seconds.max(SECONDS_MIN).ln());
                is_used = true;
            }
        }
        if is_used {
            runs += 1;
            common = match common {
                _ if !is_of_code => Common::History,
                Common::All if !is_alike => Common::Code,
                common => common,
            };
        }
        if alike.len() == RUNS_MAX {
            break;
        }
    }
    if all.len() < RUNS_MIN {
        return None;
    }
    let alike_runs = alike.len();
    let mut sets = vec![Sample::of(all)];
    for logs in [of_code, alike] {
        // A set with as many runs is the same set, and says nothing new.
        let wider = sets[sets.len() - 1].logs.len();
        if !logs.is_empty() && (logs.len() < wider || wider == RUNS_MAX) {
            sets.push(Sample::of(logs));
        }
    }
    Some(DurationForecast { distribution: mix(&sets), runs, alike: alike_runs, common })
}

/// The durations of a set of runs.
struct Sample {
    /// Logarithms of seconds, newest first, and their weights.
    logs: Vec<f64>,
    weights: Vec<f64>,
    mean: f64,
    /// How many runs of equal weight say as much (Kish), and (below) the sum of the squares of their deviations.
    runs: f64,
    squares: f64,
}

impl Sample {
    fn of(logs: Vec<f64>) -> Self {
        let weights: Vec<f64> = (0..logs.len()).map(|place| 0.5_f64.powf(place as f64 / HALF_LIFE_RUNS)).collect();
        let sum: f64 = weights.iter().sum();
        let mean = logs.iter().zip(&weights).map(|(log, weight)| log * weight).sum::<f64>() / sum;
        let variance = logs.iter().zip(&weights).map(|(log, weight)| weight * (log - mean).powi(2)).sum::<f64>() / sum;
        let runs = sum * sum / weights.iter().map(|weight| weight * weight).sum::<f64>();
        Self { logs, weights, mean, runs, squares: variance * runs }
    }

    /// The variance of the durations, as if one more run had the variance `before`.
    fn variance(&self, before: f64) -> f64 {
        (self.squares + before) / ((self.runs - 1.0).max(0.0) + 1.0)
    }

    /// Its points with weights that have this sum.
    fn points(&self, share: f64) -> impl Iterator<Item = (f64, f64)> {
        let unit = share / self.weights.iter().sum::<f64>();
        self.logs.iter().zip(&self.weights).map(move |(log, weight)| (*log, weight * unit))
    }
}

/// The distribution of a new value, from sets of which each one is within the one before.
fn mix(sets: &[Sample]) -> Distribution {
    let mut points = Vec::new();
    let mut rest = 1.0;
    for (place, set) in sets.iter().enumerate().rev() {
        match place.checked_sub(1).map(|wider| &sets[wider]) {
            Some(wider) => {
                let before = (wider.squares / wider.runs).max(DEVIATION_MIN.powi(2));
                let ratio = (set.variance(before) / before).min(1.0);
                let share = rest * set.runs / (set.runs + WIDER_RUNS * ratio * ratio);
                points.extend(set.points(share));
                rest -= share;
            }
            None => {
                let share = rest * set.runs.powi(2) / (set.runs.powi(2) + STUDENT_RUNS.powi(2));
                points.extend(set.points(share));
                let spread = (set.variance(DEVIATION_MIN.powi(2)) * (1.0 + 1.0 / set.runs)).sqrt();
                let middles = student_middles(set.runs - 1.0);
                let weight = (rest - share) / middles.len() as f64;
                points.extend(middles.map(|middle| (set.mean + spread * middle, weight)));
            }
        }
    }
    Distribution::new(points)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(code: &str, lr: &str, bytes: f64) -> Shape {
        Shape {
            code: code.to_owned(),
            texts: BTreeMap::from([("lr".to_owned(), lr.to_owned())]),
            reserved: BTreeMap::from([("cpus".to_owned(), 2)]),
            sizes: BTreeMap::from([("input bytes".to_owned(), bytes)]),
        }
    }

    fn of_alike(seconds: &[f64]) -> Option<DurationForecast> {
        let shape = shape("a", "1", 10.0);
        duration_forecast(&shape, seconds.iter().map(|seconds| (&shape, *seconds)))
    }

    #[test]
    fn too_little_history_says_nothing() {
        assert_eq!(of_alike(&[]), None);
        assert_eq!(of_alike(&[60.0]), None);
        assert_eq!(of_alike(&[60.0; 3]), None);
        assert_eq!(of_alike(&[60.0, 60.0, 60.0, f64::NAN, f64::INFINITY, -1.0]), None);
    }

    #[test]
    fn identical_durations_are_expected_again_the_surer_the_more_there_are() {
        let mut before = f64::INFINITY;
        for count in [4, 5, 10, 50, 200] {
            let found = of_alike(&vec![60.0; count]).expect("enough");
            assert_eq!((found.runs, found.alike, found.common), (count, count, Common::All));
            let Forecast { seconds, low, high, from } = found.forecast();
            assert!((seconds - 60.0).abs() < 1e-6 && low < 60.000_001 && high > 59.999_999, "{low} {seconds} {high}");
            assert!(high - low < before, "{count}: {low} {high}");
            before = high - low;
            assert_eq!(from, count);
        }
        let few = of_alike(&[60.0; 4]).expect("enough").forecast();
        // Four runs: ln 60 ± t(95 %, 3) · 0.05 · √(1/4 · 5/4) = ± 0.066.
        assert!((few.high / 60.0).ln() > 0.05 && (few.high / 60.0).ln() < 0.075, "{few:?}");
    }

    /// Samples with the same deviation, in which each value occurs equally often.
    #[test]
    fn more_data_gives_a_narrower_interval() {
        let mut before = f64::INFINITY;
        for count in [6, 9, 15, 30, 60] {
            let seconds: Vec<f64> = (0..count).map(|place| [45.0, 60.0, 80.0][place % 3]).collect();
            let [low, median, high] = of_alike(&seconds).expect("enough").distribution.interval();
            assert!((median / 60.0).ln().abs() < 0.05, "{count}: {median}");
            assert!(high / low < before, "{count}: {low} {high}");
            before = high / low;
        }
        // In the end, it is that of the values.
        assert!((before / (80.0 / 45.0) - 1.0).abs() < 0.01, "{before}");
    }

    #[test]
    fn alike_runs_count_more_than_others_of_the_code() {
        let (short, long) = (shape("a", "1", 10.0), shape("a", "2", 10.0));
        let history: Vec<(&Shape, f64)> =
            (0..80).map(|n| if n % 2 == 0 { (&short, 10.0 + f64::from(n % 3)) } else { (&long, 1000.0) }).collect();
        let found = duration_forecast(&short, history.iter().copied()).expect("enough");
        assert_eq!((found.runs, found.alike, found.common), (80, 40, Common::Code));
        let Forecast { low, high, .. } = found.forecast();
        assert!(low > 9.0 && high < 13.0, "{low} {high}");
        // With nothing alike, all runs of the code count.
        let other = shape("a", "3", 10.0);
        let wide = duration_forecast(&other, history.iter().copied()).expect("enough");
        assert_eq!((wide.alike, wide.common), (0, Common::Code));
        let Forecast { low, high, .. } = wide.forecast();
        assert!(low < 13.0 && high > 900.0, "{low} {high}");
        // One alike run among many others says little.
        let once: Vec<(&Shape, f64)> = [(&other, 1.0)].into_iter().chain(history).collect();
        let found = duration_forecast(&other, once).expect("enough").forecast();
        assert!(found.high > 900.0, "{found:?}");
    }

    #[test]
    fn new_runs_count_more_than_old_ones() {
        let seconds: Vec<f64> = (0..150).map(|place| if place < 50 { 20.0 } else { 100.0 }).collect();
        // Half-lives of 50 runs: the newest 50 of 150 have 4/7 of the weight.
        assert!(of_alike(&seconds).expect("enough").distribution.quantile(0.5) < 25.0);
    }

    #[test]
    fn sizes_are_similar_up_to_a_ratio() {
        let of = |bytes| shape("a", "1", bytes);
        for (a, b, expect) in [
            (10.0, 15.0, true),
            (15.0, 10.0, true),
            (10.0, 16.0, false),
            (0.0, 0.0, true),
            (0.0, -0.0, true),
            (0.0, 1.0, false),
            (-10.0, -12.0, true),
            (-10.0, 10.0, false),
            (f64::NAN, f64::NAN, true),
            (f64::NAN, 1.0, false),
            (f64::INFINITY, f64::INFINITY, true),
            (f64::INFINITY, f64::MAX, false),
            (1e300, 1.2e300, true),
            (5e-324, 1e300, false),
        ] {
            assert_eq!(of(a).is_alike(&of(b)), expect, "{a} {b}");
        }
        assert!(!of(1.0).is_alike(&shape("b", "1", 1.0)) && !of(1.0).is_alike(&shape("a", "2", 1.0)));
        assert!(!of(1.0).is_alike(&Shape { sizes: BTreeMap::new(), ..of(1.0) }));
    }

    #[test]
    fn extreme_durations_give_finite_intervals_in_order() {
        let extreme =
            [0.0, -0.0, 5e-324, 1e-300, 1e300, f64::MAX, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -5.0, 1.0];
        let found = of_alike(&extreme).expect("seven are durations");
        assert_eq!(found.runs, 7);
        let [low, median, high] = found.distribution.interval();
        assert!(low <= median && median <= high && high.is_finite() && low >= 0.0, "{low} {median} {high}");
        let zero = of_alike(&[0.0; 10]).expect("enough").forecast();
        assert!(zero.high < 0.002, "{zero:?}");
        for elapsed in [0.0, -1.0, 1e300, f64::MAX, f64::INFINITY, f64::NAN] {
            if let Some(rest) = found.remaining(elapsed) {
                assert!(rest.low >= 0.0 && rest.low <= rest.high && rest.high.is_finite(), "{elapsed}: {rest:?}");
            }
        }
    }

    #[test]
    fn a_run_that_outlasted_the_others_has_no_forecast() {
        let found = of_alike(&vec![60.0; 100]).expect("enough");
        assert_eq!(found.remaining(100.0), None);
        let rest = found.remaining(30.0).expect("all took longer");
        assert!((rest.seconds - 30.0).abs() < 1.0 && rest.from == 100, "{rest:?}");
    }

    /// The interval holds in about nine of ten cases, also for few runs.
    #[test]
    fn the_interval_holds() {
        let mut state = 7_u64;
        let mut random = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((state >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
        };
        for count in [4, 8, 20, 60] {
            let mut held = 0;
            for _ in 0..1000 {
                let mut seconds: Vec<f64> = (0..=count).map(|_| (0..12).map(|_| random()).sum::<f64>().exp()).collect();
                let truth = seconds.pop().expect("one more");
                let [low, _, high] = of_alike(&seconds).expect("enough").distribution.interval();
                held += i32::from((low..=high).contains(&truth));
            }
            assert!((840..960).contains(&held), "{count}: {held}");
        }
    }
}
