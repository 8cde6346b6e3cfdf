//! The engine's view of the runners.

use std::collections::BTreeMap;

use hven_core::{RunnerId, resources::Resources};

use super::slots::Slots;

#[derive(Debug)]
pub(super) struct Runner {
    /// The runner has attached since the engine was made. Before that, only its assigned attempts are known.
    pub(super) attached: bool,
    pub(super) slots: Slots,
}

/// Whether an attached runner could hold `want` when idle. While no runner is attached, the answer is yes.
pub(super) fn could_hold(runners: &BTreeMap<RunnerId, Runner>, want: &Resources) -> bool {
    let mut attached = runners.values().filter(|runner| runner.attached).peekable();
    attached.peek().is_none() || attached.any(|runner| runner.slots.could_hold(want))
}
