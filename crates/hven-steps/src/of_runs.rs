//! What the steps of a manifest that are runs have in common, as the server takes it.

use std::collections::BTreeMap;

use hven_api::reproductions::{Tolerance, Tolerances};
use hven_core::manifest::Run;

/// By how much it may differ when it is reproduced: one for all, and others by name.
pub fn tolerances(all: Option<f64>, within: impl Iterator<Item = (String, f64)>) -> Tolerances {
    let relative = |relative: f64| Tolerance { relative, absolute: 0.0 };
    // A name may be that of a metric or of an output: each looks for its own.
    let metrics: BTreeMap<_, _> = within.map(|(name, number)| (name, relative(number))).collect();
    Tolerances { tolerance: all.map(relative), files: metrics.clone(), metrics }
}

/// The same as the manifest says it.
pub fn tolerances_of(run: &Run) -> Tolerances {
    tolerances(run.tolerance, run.within.iter().map(|(name, relative)| (name.clone(), *relative)))
}

/// A count of the manifest as the server takes it, which refuses what is too much.
pub fn counted(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
