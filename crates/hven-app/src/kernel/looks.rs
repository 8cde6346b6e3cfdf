//! Nodes of the lineage as a caller may see them, many at once.

use std::collections::HashMap;

use hven_core::{ClaimId, DatasetId, PublicationId, RunId, access::Role, soundness::Node as Id};

use crate::kernel::{ancestry::Node, callers::Caller, error::AppResult, floor::Kernel};

/// The nodes as the caller may see them; as many look-ups for a thousand as for one.
pub(crate) async fn looks(kernel: &Kernel, caller: &Caller, nodes: &[Id]) -> AppResult<HashMap<Id, Node>> {
    let views = &kernel.ports.views;
    let mut shown: HashMap<Id, Node> = nodes.iter().map(|id| (*id, Node::Hidden)).collect();
    let of_each = Each::of(nodes);
    if !of_each.runs.is_empty() {
        for run in views.runs_by_id(&of_each.runs).await? {
            if caller.may(Role::Viewer, &run.project) {
                shown.insert(run.id.into(), Node::Run(Box::new(run)));
            }
        }
    }
    if !of_each.datasets.is_empty() {
        for dataset in views.datasets_by_id(&of_each.datasets).await? {
            if caller.may(Role::Viewer, &dataset.version.project) {
                shown.insert(dataset.version.dataset.into(), Node::Dataset(Box::new(dataset)));
            }
        }
    }
    if !of_each.claims.is_empty() {
        for claim in views.claims_by_id(&of_each.claims).await? {
            if caller.may(Role::Viewer, &claim.stated.project) {
                shown.insert(claim.stated.claim.into(), Node::Claim(Box::new(claim)));
            }
        }
    }
    if !of_each.publications.is_empty() {
        for publication in views.publications_by_id(&of_each.publications).await? {
            if caller.may(Role::Viewer, &publication.made.project) {
                shown.insert(publication.made.publication.into(), Node::Publication(Box::new(publication)));
            }
        }
    }
    Ok(shown)
}

/// The ids of each noun.
#[derive(Default)]
struct Each {
    runs: Vec<RunId>,
    datasets: Vec<DatasetId>,
    claims: Vec<ClaimId>,
    publications: Vec<PublicationId>,
}

impl Each {
    fn of(nodes: &[Id]) -> Self {
        let mut each = Self::default();
        for node in nodes {
            match *node {
                Id::Run(run) => each.runs.push(run),
                Id::Dataset(dataset) => each.datasets.push(dataset),
                Id::Claim(claim) => each.claims.push(claim),
                Id::Publication(publication) => each.publications.push(publication),
            }
        }
        each
    }
}
