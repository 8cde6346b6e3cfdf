//! Answers about the lineage, with the labels of all their nodes: sources, dependent nodes, and soundness.

use hven_core::project::ProjectPath;

use crate::{
    kernel::{
        ancestry::{self, Ancestry, LineageNode},
        callers::Caller,
        error::AppResult,
        labelled::{Labelled, NeededLabels, NeedsLabels, label},
        lineage::why::{self, LineageStepKind, RunLineage},
    },
    knowledge::soundness::{self, NewIndependence, ReachPage, SoundnessDetail},
    ports::soundness::Direction,
    publish::{
        floor::Publish,
        graph::{self, Graph},
    },
};

impl NeedsLabels for LineageNode {
    fn add_to(&self, wanted: &mut NeededLabels) {
        match self {
            Self::Run(run) => run.add_to(wanted),
            Self::Dataset(dataset) => dataset.add_to(wanted),
            Self::Claim(claim) => claim.add_to(wanted),
            Self::Publication(publication) => publication.add_to(wanted),
            Self::Plain(_) | Self::Raw(_) | Self::Code(_) | Self::Hidden => {}
        }
    }
}

impl NeedsLabels for Ancestry {
    fn add_to(&self, wanted: &mut NeededLabels) {
        self.of.add_to(wanted);
        self.rests_on.iter().chain(&self.supports).for_each(|step| step.node.add_to(wanted));
    }
}

/// Steps between runs show no metrics.
impl NeedsLabels for RunLineage {
    fn add_to(&self, wanted: &mut NeededLabels) {
        for step in self.rests_on.iter().chain(&self.supports) {
            if let LineageStepKind::Run(run) = &step.kind {
                wanted.actor(run.submitted_by);
                wanted.soundness(run.id);
            }
        }
    }
}

impl NeedsLabels for Graph {
    fn add_to(&self, wanted: &mut NeededLabels) {
        self.nodes.iter().for_each(|(node, _)| node.add_to(wanted));
    }
}

impl NeedsLabels for SoundnessDetail {
    fn add_to(&self, wanted: &mut NeededLabels) {
        self.of.add_to(wanted);
        self.way.add_to(wanted);
        for said in &self.independences {
            said.of.add_to(wanted);
            said.on.add_to(wanted);
        }
        self.overrides.iter().for_each(|said| said.made.add_to(wanted));
    }
}

impl NeedsLabels for ReachPage {
    fn add_to(&self, wanted: &mut NeededLabels) {
        self.of.add_to(wanted);
        self.items.iter().for_each(|item| item.node.add_to(wanted));
    }
}

/// The nodes on which a node rests, and the nodes that rest on it.
pub async fn of(
    publish: &Publish,
    caller: &Caller,
    name: &str,
    project: Option<&ProjectPath>,
) -> AppResult<Labelled<Ancestry>> {
    label(publish, ancestry::of(publish, caller, name, project).await?).await
}

/// The runs on which a run rests, and the runs that rest on it.
pub async fn why(publish: &Publish, caller: &Caller, name: &str) -> AppResult<Labelled<RunLineage>> {
    label(publish, why::why(publish, caller, name).await?).await
}

/// The graph around the node that a person names.
pub async fn around(
    publish: &Publish,
    caller: &Caller,
    name: &str,
    project: Option<&ProjectPath>,
    request: graph::GraphRequest,
) -> AppResult<Labelled<Graph>> {
    label(publish, graph::around(publish, caller, name, project, request).await?).await
}

/// A page of everything as a graph.
pub async fn everything(publish: &Publish, caller: &Caller, cursor: Option<&str>) -> AppResult<Labelled<Graph>> {
    label(publish, graph::everything(publish, caller, cursor).await?).await
}

/// Everything that is known about the soundness of a node.
pub async fn soundness(
    publish: &Publish,
    caller: &Caller,
    name: &str,
    project: Option<&ProjectPath>,
) -> AppResult<Labelled<SoundnessDetail>> {
    label(publish, soundness::detail(publish, caller, name, project).await?).await
}

/// Retracts a node.
pub async fn retract(
    publish: &Publish,
    caller: &Caller,
    key: Option<String>,
    name: &str,
    project: Option<&ProjectPath>,
    because: &str,
) -> AppResult<Labelled<SoundnessDetail>> {
    label(publish, soundness::retract(publish, caller, key, name, project, because).await?).await
}

/// Records that a node does not depend on a node with which it was made.
pub async fn assert_independence(
    publish: &Publish,
    caller: &Caller,
    key: Option<String>,
    new: NewIndependence,
) -> AppResult<Labelled<SoundnessDetail>> {
    label(publish, soundness::assert_independence(publish, caller, key, new).await?).await
}

/// One page of the nodes that rest on a node, or on which it rests, nearest first.
pub async fn reach(
    publish: &Publish,
    caller: &Caller,
    name: &str,
    project: Option<&ProjectPath>,
    direction: Direction,
    from: usize,
    limit: usize,
) -> AppResult<Labelled<ReachPage>> {
    label(publish, soundness::reach(publish, caller, name, project, direction, from, limit).await?).await
}
