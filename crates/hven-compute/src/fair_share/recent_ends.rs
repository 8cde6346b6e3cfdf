//! The runners of attempts that have ended, for late messages.

use std::collections::{BTreeMap, VecDeque};

use hven_core::{RunId, RunnerId};

/// How many ended runs are remembered. The record knows all of them; this is only for late messages.
const RUNS_MAX: usize = 10_000;
/// How many attempts of one run are remembered.
const ATTEMPTS_MAX: usize = 8;

/// The runners of a run's attempts, the newest last.
#[derive(Clone, Debug, Default)]
pub(super) struct Attempts(VecDeque<(u32, RunnerId)>);

impl Attempts {
    pub(super) fn push(&mut self, number: u32, runner: RunnerId) {
        if self.0.len() == ATTEMPTS_MAX {
            self.0.pop_front();
        }
        self.0.push_back((number, runner));
    }

    pub(super) fn runner_of(&self, number: u32) -> Option<RunnerId> {
        self.0.iter().find(|(n, _)| *n == number).map(|(_, runner)| *runner)
    }
}

/// Runs that ended recently.
#[derive(Clone, Debug, Default)]
pub(super) struct RecentEnds {
    order: VecDeque<RunId>,
    attempts: BTreeMap<RunId, Attempts>,
}

impl RecentEnds {
    pub(super) fn remember(&mut self, run: RunId, attempts: Attempts) {
        if self.attempts.insert(run, attempts).is_none() {
            self.order.push_back(run);
        }
        if self.order.len() > RUNS_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.attempts.remove(&oldest);
        }
    }

    pub(super) fn get(&self, run: RunId) -> Option<&Attempts> {
        self.attempts.get(&run)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_is_forgotten_first() {
        let mut past = RecentEnds::default();
        let mut attempts = Attempts::default();
        for number in 1..=10 {
            attempts.push(number, RunnerId::from_u128(number.into()));
        }
        assert_eq!((attempts.runner_of(2), attempts.runner_of(3)), (None, Some(RunnerId::from_u128(3))));
        for run in 0..=RUNS_MAX as u128 {
            past.remember(RunId::from_u128(run), attempts.clone());
            past.remember(RunId::from_u128(run), attempts.clone());
        }
        assert!(past.get(RunId::from_u128(0)).is_none() && past.get(RunId::from_u128(1)).is_some());
        assert_eq!(past.order.len(), past.attempts.len());
    }
}
