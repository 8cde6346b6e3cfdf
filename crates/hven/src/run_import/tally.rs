//! The work of an import so far, counted by all of its threads.

use std::sync::{Mutex, MutexGuard, PoisonError};

use hven_imports::{Faults, NO_PLACE};
use hven_terminal::{ImportedContent, ImportedRunCounts, LeftOut};

#[derive(Clone, Debug, Default)]
pub struct Counted {
    pub runs: ImportedRunCounts,
    pub content: ImportedContent,
    pub faults: Faults,
    /// Runs that were looked at.
    pub done: u64,
    /// How many runs failed since the last one that did not.
    pub failed_in_a_row: u64,
}

#[derive(Debug, Default)]
pub struct Tally(Mutex<Counted>);

impl Tally {
    pub fn lock(&self) -> MutexGuard<'_, Counted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn fault(&self, kind: &'static str, first: &str, why: impl Into<String>) {
        self.lock().faults.add(kind, first, why);
    }

    pub fn faults(&self, faults: Faults) {
        self.lock().faults.add_all(faults);
    }
}

/// A name that is longer would fill the terminal.
const FIRST_CHARS_MAX: usize = 200;

/// The faults as the result shows them.
pub fn left_out(faults: &Faults) -> Vec<LeftOut> {
    let mut list = Vec::new();
    for fault in faults.list() {
        let no_place = fault.why == NO_PLACE;
        let mut first: String = fault.first.chars().take(FIRST_CHARS_MAX).collect();
        if first.len() < fault.first.len() {
            first.push('…');
        }
        list.push(LeftOut { kind: fault.kind.to_owned(), count: fault.count, why: fault.why, first, no_place });
    }
    list.sort_by_key(|left| left.no_place);
    list
}
