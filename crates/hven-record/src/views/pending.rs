//! Changes of numbers by the facts of one transaction: they are added up and written once, at its end.

use std::collections::{BTreeMap, HashMap, HashSet};

use hven_core::{Digest, RunId};

use super::{attempt_use::UseChanges, changed_run::ChangedRun};

/// The change of the number of references to an object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(super) all: i64,
    pub(super) listings: i64,
    pub(super) descriptions: i64,
    pub(super) needs: i64,
    pub(super) needs_unless_withheld: i64,
}

#[derive(Default)]
pub(crate) struct PendingChanges {
    /// The change of the number of runs in each state of each project.
    pub(crate) run_counts: BTreeMap<(String, i64), i64>,
    /// The change of the number of references to each object.
    pub(crate) reference_counts: BTreeMap<Digest, Count>,
    /// The changes of the use of the runners.
    pub(super) use_changes: UseChanges,
    /// Runs whose rows were removed: their facts are applied again, after later facts.
    pub(crate) forgotten: HashSet<RunId>,
    /// The states of unfinished runs, so that a fact about a run needs no query.
    pub(crate) changed_runs: HashMap<RunId, ChangedRun>,
    /// Runs with changed rows that are not yet written, in this order.
    pub(crate) touched: Vec<RunId>,
}
