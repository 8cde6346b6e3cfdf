//! The backoff before a retry, and a clock that never runs backwards.

use std::time::Duration;

use hven_core::{Time, run::Outcome};

/// Counts the elapsed microseconds from the times of events. When the system clock is set back, the count stops for that
/// step, so no run waits longer. When it is set forward, some backoffs end early, which is harmless.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Clock {
    last: Option<Time>,
    elapsed_us: u64,
}

impl Clock {
    pub(super) fn advance(&mut self, now: Time) {
        self.elapsed_us = self.elapsed_us_at(now);
        self.last = Some(now);
    }

    pub(super) fn elapsed_us_at(&self, now: Time) -> u64 {
        let step = self.last.map_or(0, |last| now.micros().saturating_sub(last.micros()).max(0));
        self.elapsed_us.saturating_add(step.unsigned_abs())
    }

    pub(super) const fn elapsed_us(&self) -> u64 {
        self.elapsed_us
    }
}

/// The delay between the end of attempt `attempts_made` and the next attempt: it doubles each time, up to a limit. Work that
/// Hven itself lost is retried sooner than work that failed.
pub(super) fn backoff(outcome: &Outcome, attempts_made: u32) -> Duration {
    let (first, limit) = match outcome {
        Outcome::Lost { .. } => (Duration::from_millis(100), Duration::from_secs(10)),
        _ => (Duration::from_secs(1), Duration::from_mins(1)),
    };
    let doublings = attempts_made.saturating_sub(1).min(16);
    (first * 2_u32.pow(doublings)).min(limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoff_doubles_up_to_its_limit() {
        let failed = Outcome::Failed { exit: 1 };
        let lost = Outcome::Lost { why: String::new() };
        let ms = |outcome: &Outcome, made: u32| backoff(outcome, made).as_millis();
        assert_eq!([1, 2, 3, 6, 7, u32::MAX].map(|n| ms(&failed, n)), [1000, 2000, 4000, 32_000, 60_000, 60_000]);
        assert_eq!([0, 1, 2, 7, 8, u32::MAX].map(|n| ms(&lost, n)), [100, 100, 200, 6400, 10_000, 10_000]);
    }

    #[test]
    fn a_clock_that_is_set_back_reduces_no_count() {
        let mut clock = Clock::default();
        let times = [5_000_000, 6_000_000, 1_000_000, 1_500_000, i64::MIN, i64::MAX];
        let mut seen = Vec::new();
        for micros in times {
            clock.advance(Time::from_micros(micros));
            seen.push(clock.elapsed_us());
        }
        assert_eq!(seen, [0, 1_000_000, 1_000_000, 1_500_000, 1_500_000, 1_500_000 + i64::MAX.unsigned_abs()]);
    }
}
