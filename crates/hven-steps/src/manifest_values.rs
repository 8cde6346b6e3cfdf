//! Converts values of the manifest to the types of the API.

use std::collections::BTreeMap;

use hven_api::reproductions::{Tolerance, Tolerances};
use hven_core::manifest::Run;

/// The tolerances of a run for its reproduction: one for all results, and others by name.
pub fn tolerances(all: Option<f64>, within: impl Iterator<Item = (String, f64)>) -> Tolerances {
    let relative = |relative: f64| Tolerance { relative, absolute: 0.0 };
    // A name may be that of a metric or of an output, so both have the whole list.
    let metrics: BTreeMap<_, _> = within.map(|(name, number)| (name, relative(number))).collect();
    Tolerances { tolerance: all.map(relative), files: metrics.clone(), metrics }
}

/// The tolerances of a run in the manifest.
pub fn tolerances_of(run: &Run) -> Tolerances {
    tolerances(run.tolerance, run.within.iter().map(|(name, relative)| (name.clone(), *relative)))
}

/// A count of the manifest. A count that is too large becomes the maximum, which the server refuses.
pub fn counted(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
