//! Numbers that many facts of one transaction move: they are gathered, and written once at its end.

use std::collections::{BTreeMap, HashMap, HashSet};

use hven_core::{Digest, RunId};

use super::standing::Standing;

/// How many more or fewer name an object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(super) all: i64,
    pub(super) listings: i64,
    pub(super) descriptions: i64,
    pub(super) needs: i64,
    pub(super) needs_unless_withheld: i64,
}

#[derive(Default)]
pub(crate) struct Gathered {
    /// How many runs more or fewer are in a state of a project.
    pub(crate) runs: BTreeMap<(String, i64), i64>,
    /// How many references more or fewer an object has.
    pub(crate) references: BTreeMap<Digest, Count>,
    /// Runs that were forgotten: their facts are shown again, although later ones were shown before.
    pub(crate) forgotten: HashSet<RunId>,
    /// Where unfinished runs stand, so that a fact about one need not look it up.
    pub(crate) standing: HashMap<RunId, Standing>,
    /// Runs whose rows changed and are not written yet, in this order.
    pub(crate) touched: Vec<RunId>,
}
