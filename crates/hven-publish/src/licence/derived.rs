//! Finds the objects that were made from a dataset: its own bytes, and the outputs of dependent runs.

use std::collections::{BTreeSet, HashSet, VecDeque};

use hven_core::{Digest, RunId};

use crate::publication::{Dataset, Publication};

/// All objects that hold values of a dataset. The report holds some, too.
pub(super) fn objects_of(dataset: &Dataset) -> impl Iterator<Item = Digest> + '_ {
    let source = dataset.source.iter().map(|file| file.digest);
    let parts = dataset.parts.iter().map(|part| part.content.digest);
    source.chain([dataset.content.digest]).chain(dataset.report).chain(parts)
}

/// Handles of the runs whose outputs depend on a dataset, directly or not. The run of its import is left out.
pub(super) fn derived_from(publication: &Publication, dataset: &Dataset) -> Vec<String> {
    let mut tainted: HashSet<Digest> = objects_of(dataset).collect();
    let own: BTreeSet<RunId> =
        dataset.made_by.into_iter().chain(dataset.parts.iter().filter_map(|part| part.made_by)).collect();
    let mut waiting: VecDeque<_> = publication.runs.iter().filter(|run| !own.contains(&run.id)).collect();
    let mut derived = Vec::new();
    let mut passed = 0;
    // Each found run restarts the round, since other runs may use its outputs.
    while let Some(run) = waiting.pop_front() {
        if run.inputs.iter().any(|file| tainted.contains(&file.digest)) {
            tainted.extend(run.outputs.iter().map(|file| file.digest));
            derived.push(run.handle.clone());
            passed = 0;
        } else {
            passed += 1;
            waiting.push_back(run);
            if passed >= waiting.len() {
                break;
            }
        }
    }
    derived.sort_unstable();
    derived
}
