//! When a task of an array starts and when all have ended, from the times at which its last tasks started and ended.
//!
//! The gaps between ends hold everything that matters: how long tasks take, how many run at the same time, what others use, and what
//! Hven itself adds. While tasks wait, each end lets one start. The time of `k` further ends is the sum of `k` gaps. Its interval is that
//! of a sum of new values from a sample (the predictive distribution with Student's t), so a small sample gives a wide interval. When the
//! last task has started, nothing follows the ends: the array takes as much longer as the longest of the tasks that run then.

use hven_core::forecast::{Forecast, student_95};

/// With fewer ends nothing is said.
const ENDS_MIN: usize = 4;

/// The pace of an array at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Pace {
    /// Seconds between ends.
    gaps: Vec<f64>,
    /// Seconds since the last end.
    since_last: f64,
    /// How long tasks take, sorted, with the probability of each.
    durations: Vec<(f64, f64)>,
    /// How many tasks have ended.
    ended: usize,
    /// How many run now, and how many ran on average.
    running: u64,
    places: u64,
}

/// A sum of gaps: the middle, and how far the ends of its interval are below and above it.
#[derive(Default)]
struct Sum {
    middle: f64,
    below: f64,
    above: f64,
}

impl Pace {
    /// From starts and ends in seconds before now, which are at most 0; running tasks have no end. `is_whole`: these are all tasks that
    /// have started. `None` when too few have ended.
    pub fn of(times: &[(f64, Option<f64>)], is_whole: bool, running: u64) -> Option<Self> {
        let mut ends: Vec<f64> = times.iter().filter_map(|(_, end)| *end).collect();
        if ends.len() < ENDS_MIN {
            return None;
        }
        ends.sort_by(f64::total_cmp);
        let since_last = ends.last().map_or(0.0, |last| -last);
        // The first ends came after the first tasks had started together.
        let first = times.iter().map(|(start, _)| *start).min_by(f64::total_cmp).filter(|_| is_whole);
        let marks: Vec<f64> = first.into_iter().chain(ends).collect();
        let gaps: Vec<f64> = marks.windows(2).map(|pair| (pair[1] - pair[0]).max(0.0)).collect();
        let durations = durations(times);
        let duration: f64 = durations.iter().map(|(seconds, share)| seconds * share).sum();
        let gap = gaps.iter().sum::<f64>() / gaps.len() as f64;
        let places = if gap > 0.0 { (duration / gap).round().clamp(1.0, times.len() as f64) as u64 } else { 1 };
        Some(Self {
            gaps,
            since_last,
            durations,
            ended: times.iter().filter(|(_, end)| end.is_some()).count(),
            running,
            places,
        })
    }

    /// When a task starts before which so many start that have not started yet.
    pub fn start(&self, before: u64) -> Forecast {
        let Sum { middle, below, above } = self.sum(self.ends_before(before + 1));
        self.forecast(middle, below, above)
    }

    /// When all tasks have ended, of which so many have not started yet.
    pub fn end(&self, unstarted: u64) -> Forecast {
        let Sum { middle, below, above } = self.sum(self.ends_before(unstarted));
        let others = if unstarted == 0 { self.running } else { self.places.min(self.running + unstarted) - 1 };
        let [low, median, high] = self.longest(others, unstarted > 0);
        self.forecast(middle + median, below.hypot(median - low), above.hypot(high - median))
    }

    fn forecast(&self, seconds: f64, below: f64, above: f64) -> Forecast {
        Forecast { seconds, low: (seconds - below).max(0.0), high: seconds + above, from: self.ended }
    }

    /// After how many further ends so many further tasks have started: some may start before the next end.
    fn ends_before(&self, starts: u64) -> u64 {
        starts.saturating_sub(self.places.saturating_sub(self.running))
    }

    /// The time of so many further ends.
    fn sum(&self, count: u64) -> Sum {
        if count == 0 {
            return Sum::default();
        }
        let (n, k) = (self.gaps.len() as f64, count as f64);
        let mean = self.gaps.iter().sum::<f64>() / n;
        // Tasks that started together end together: neighbouring gaps are not independent. Sums of blocks are nearly so.
        let block = (self.gaps.len() / 8).max(1);
        let sums: Vec<f64> = self.gaps.chunks_exact(block).map(|block| block.iter().sum()).collect();
        let blocks = sums.len() as f64;
        let mean_sum = sums.iter().sum::<f64>() / blocks;
        let variance_of_block = sums.iter().map(|sum| (sum - mean_sum).powi(2)).sum::<f64>() / (blocks - 1.0);
        let variance = variance_of_block / block as f64;
        let spread = student_95(blocks - 1.0) * (variance * (k + k * k / n)).sqrt();
        // The first of these gaps has started already.
        let passed = self.since_last.clamp(0.0, mean);
        // Some tasks take much longer than most, and none takes less than nothing: a sum is more often far above its middle than far
        // below (the exponential function of a normal value, to the second order).
        let skew = 0.5 * (spread / (mean * k).max(f64::MIN_POSITIVE)).min(1.0);
        Sum { middle: (mean * k - passed).max(0.0), below: spread * (1.0 - skew), above: spread * (1.0 + skew) }
    }

    /// How much longer the longest of some tasks takes: so many that run, and one that starts now if `with_new`. The 5th, 50th and 95th
    /// percentile. A task that is met while it runs is a long one more likely, and any part of it has passed (the residual life of
    /// renewal theory: Cox, Renewal Theory, 1962).
    fn longest(&self, running: u64, with_new: bool) -> [f64; 3] {
        let mean: f64 = self.durations.iter().map(|(seconds, share)| seconds * share).sum();
        if mean <= 0.0 || (running == 0 && !with_new) {
            return [0.0; 3];
        }
        let (mut below, mut passed) = (0.0, 0.0);
        // The probability that all of them have ended after each of the durations.
        let ended: Vec<f64> = (self.durations.iter())
            .map(|(seconds, share)| {
                passed += seconds * share;
                below += share;
                let residual = (passed + seconds * (1.0 - below)) / mean;
                residual.min(1.0).powf(running as f64) * if with_new { below } else { 1.0 }
            })
            .collect();
        let quantile = |wanted: f64| {
            let at = ended.iter().position(|probability| *probability >= wanted).unwrap_or(ended.len() - 1);
            let before = at.checked_sub(1).map_or((0.0, 0.0), |at| (self.durations[at].0, ended[at]));
            let part = ((wanted - before.1) / (ended[at] - before.1)).clamp(0.0, 1.0);
            before.0 + (self.durations[at].0 - before.0) * part
        };
        [quantile(0.05), quantile(0.5), quantile(0.95)]
    }
}

/// How long tasks take, sorted, with the probability of each. A task that runs takes longer than until now, so that long ones are not
/// missing (Kaplan and Meier, Journal of the American Statistical Association 53 (1958) 457).
fn durations(times: &[(f64, Option<f64>)]) -> Vec<(f64, f64)> {
    // Where the clock was put back, a task may have taken less than nothing.
    let seconds = |(start, end): &(f64, Option<f64>)| ((end.unwrap_or(0.0) - start).max(0.0), end.is_some());
    let mut all: Vec<(f64, bool)> = times.iter().map(seconds).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut left, mut found) = (1.0, Vec::with_capacity(all.len()));
    let count = all.len();
    for (at, (seconds, has_ended)) in all.into_iter().enumerate() {
        let share = if has_ended { left / (count - at) as f64 } else { 0.0 };
        left -= share;
        // The longest of all has the rest.
        let share = if at + 1 == count { share + left } else { share };
        if share > 0.0 {
            found.push((seconds, share));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Times of tasks that took a second each, two at a time, and of those that run.
    fn steady(ended: usize) -> Vec<(f64, Option<f64>)> {
        let rounds = (ended / 2) as f64;
        let time = |at: usize| (at / 2) as f64 - rounds - 0.25;
        (0..ended).map(|at| (time(at), Some(time(at) + 1.0))).chain([(-0.25, None); 2]).collect()
    }

    #[test]
    fn a_steady_array_takes_as_long_as_its_gaps_say() {
        let pace = Pace::of(&steady(50), true, 2).expect("enough ends");
        assert_eq!((pace.places, pace.ended), (2, 50));
        // The 99th and the 100th of those that wait start when 100 further ones have ended.
        let start = pace.start(99);
        assert!((start.seconds - 49.75).abs() < 1e-6 && start.low > 48.5 && start.high < 51.0, "{start:?}");
        assert_eq!(start.from, 50);
        let end = pace.end(100);
        assert!((end.seconds - 50.75).abs() < 0.1 && end.low > 49.0 && end.high < 52.5, "{end:?}");
        assert_eq!(Pace::of(&steady(2), true, 2), None);
        // A place that is free is taken at once.
        let pace = Pace::of(&steady(50), true, 1).expect("enough ends");
        assert!(pace.start(0).seconds < 1e-9, "{pace:?}");
        assert!(pace.end(0).high <= 1.0, "{pace:?}");
    }

    /// The clock was put back by an hour, or forward, in the middle.
    #[test]
    fn a_clock_that_jumps_gives_no_nonsense() {
        for jump in [-3600.0, 3600.0] {
            let mut times = steady(50);
            for (start, end) in &mut times[..25] {
                *start -= jump;
                *end = end.map(|end| end - jump);
            }
            times[25].0 -= jump;
            let pace = Pace::of(&times, true, 2).expect("enough ends");
            for Forecast { seconds, low, high, .. } in [pace.start(10), pace.end(10), pace.end(0)] {
                let is_sound = low >= 0.0 && low <= seconds && seconds <= high && high.is_finite();
                assert!(is_sound, "{jump}: {low} {seconds} {high}");
            }
        }
    }

    /// Tasks with random durations on a few places, asked at a random moment: the intervals for the start of a task that waits and for
    /// the end of all hold in about nine of ten cases.
    #[test]
    fn the_intervals_hold() {
        const TASKS: usize = 200;
        const ROUNDS: usize = 900;
        let mut state = 7_u64;
        let mut random = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((state >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
        };
        // How many held, were too early and were too late: for starts and for ends.
        let mut found = [[0_usize; 3]; 2];
        for round in 0..ROUNDS {
            let places = [1, 2, 8][round % 3];
            let is_heavy = round % 2 == 0;
            let mut free = vec![0.0_f64; places];
            let tasks: Vec<(f64, f64)> = (0..TASKS)
                .map(|_| {
                    // Durations like those of a Weibull distribution, or between a half and one and a half.
                    let duration = if is_heavy { (-random().ln()).powf(1.5) } else { 0.5 + random() };
                    let first = (0..places).min_by(|a, b| free[*a].total_cmp(&free[*b])).expect("a place");
                    let start = free[first];
                    free[first] += duration;
                    (start, free[first])
                })
                .collect();
            let now = tasks[20 + (random() * 150.0) as usize].0 + 0.3 * random();
            let started: Vec<&(f64, f64)> = tasks.iter().filter(|(start, _)| *start <= now).collect();
            let times: Vec<(f64, Option<f64>)> =
                started.iter().map(|(start, end)| (start - now, (*end <= now).then_some(end - now))).collect();
            let running = times.iter().filter(|(_, end)| end.is_none()).count() as u64;
            let pace = Pace::of(&times, true, running).expect("enough ends");
            let waiting = TASKS - started.len();
            let before = (random() * waiting as f64) as usize;
            let last = tasks.iter().map(|(_, end)| *end).fold(0.0, f64::max);
            let cases = [
                (pace.start(before as u64), tasks[started.len() + before].0 - now),
                (pace.end(waiting as u64), last - now),
            ];
            for (counts, (Forecast { low, high, .. }, truth)) in found.iter_mut().zip(cases) {
                let at = if truth < low { 2 } else { usize::from(truth > high) };
                counts[at] += 1;
            }
        }
        for [held, early, late] in found {
            let share = |count: usize| count as f64 / ROUNDS as f64;
            assert!((0.84..0.97).contains(&share(held)), "{found:?}");
            // It errs in both directions.
            assert!(share(early) < 0.1 && share(late) < 0.1, "{found:?}");
        }
    }
}
