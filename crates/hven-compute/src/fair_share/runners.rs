//! The engine's view of the runners.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use hven_core::{RunnerId, resources::Resources};

use super::slots::Slots;

#[derive(Debug)]
pub(super) struct Runner {
    /// The runner has attached since the engine was made. Before that, only its assigned attempts are known.
    pub(super) attached: bool,
    pub(super) slots: Slots,
    /// How long its last attempts took, in microseconds.
    recent_us: VecDeque<u64>,
}

/// How many ends are remembered for the number of attempts in advance.
const RECENT: usize = 8;

impl Runner {
    pub(super) fn new(attached: bool, slots: Slots) -> Self {
        Self { attached, slots, recent_us: VecDeque::new() }
    }

    /// An attempt ended after this time.
    pub(super) fn attempt_took(&mut self, wall_s: f64) {
        if self.recent_us.len() == RECENT {
            self.recent_us.pop_front();
        }
        // A negative or undefined duration counts as 0.
        self.recent_us.push_back((wall_s * 1e6) as u64);
    }

    /// Whether one more attempt may be assigned before there is room for it.
    pub(super) fn may_prefetch(&self, window: Option<Duration>) -> bool {
        let Some(window) = window else { return self.slots.may_prefetch() };
        let at_once = self.slots.running().max(1) as u128;
        let longest_us = self.recent_us.iter().max().copied().unwrap_or(u64::MAX).max(1);
        let is_known = self.recent_us.len() == RECENT;
        let within_window = if is_known { window.as_micros() * at_once / u128::from(longest_us) } else { 0 };
        // One for each running attempt, so that no core waits for a message.
        (self.slots.waiting() as u128) < within_window.max(at_once) && self.slots.may_prefetch()
    }
}

/// Whether an attached runner could hold `want` when idle. While no runner is attached, the answer is yes.
pub(super) fn could_hold(runners: &BTreeMap<RunnerId, Runner>, want: &Resources) -> bool {
    let mut attached = runners.values().filter(|runner| runner.attached).peekable();
    attached.peek().is_none() || attached.any(|runner| runner.slots.could_hold(want))
}
