//! Runners as the engine sees them.

use std::collections::BTreeMap;

use hven_core::{RunnerId, resources::Resources};

use super::seats::Seats;

#[derive(Debug)]
pub(super) struct Runner {
    /// Since the engine was made; before, all that is known of it is that it was given something.
    pub(super) attached: bool,
    pub(super) seats: Seats,
}

/// Whether some attached runner could hold that when idle. While none is attached nobody is too large.
pub(super) fn could_hold(runners: &BTreeMap<RunnerId, Runner>, want: &Resources) -> bool {
    let mut attached = runners.values().filter(|runner| runner.attached).peekable();
    attached.peek().is_none() || attached.any(|runner| runner.seats.could_hold(want))
}
