//! Answers about the lineage, with the labels of all nodes that they show: what something rests on, what rests on it, and
//! what still stands.

use hven_core::project::ProjectPath;

use crate::{
    kernel::{
        ancestry::{self, Ancestry, LineageNode},
        callers::Caller,
        error::AppResult,
        labelled::{Labelled, NeededLabels, NeedsLabels, label},
        lineage::why::{self, Lineage, StepKind},
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

/// Steps between runs show nothing that was measured.
impl NeedsLabels for Lineage {
    fn add_to(&self, wanted: &mut NeededLabels) {
        for step in self.rests_on.iter().chain(&self.supports) {
            if let StepKind::Run(run) = &step.kind {
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

/// What anything rests on, and what rests on it.
pub async fn of(
    publish: &Publish,
    caller: &Caller,
    name: &str,
    project: Option<&ProjectPath>,
) -> AppResult<Labelled<Ancestry>> {
    label(publish, ancestry::of(publish, caller, name, project).await?).await
}

/// The runs that a run rests on, and those that rest on it.
pub async fn why(publish: &Publish, caller: &Caller, name: &str) -> AppResult<Labelled<Lineage>> {
    label(publish, why::why(publish, caller, name).await?).await
}

/// The graph around what a person names.
pub async fn around(
    publish: &Publish,
    caller: &Caller,
    name: &str,
    project: Option<&ProjectPath>,
    wish: graph::GraphRequest,
) -> AppResult<Labelled<Graph>> {
    label(publish, graph::around(publish, caller, name, project, wish).await?).await
}

/// A page of everything as a graph.
pub async fn everything(publish: &Publish, caller: &Caller, cursor: Option<&str>) -> AppResult<Labelled<Graph>> {
    label(publish, graph::everything(publish, caller, cursor).await?).await
}

/// All that is known of whether something stands.
pub async fn soundness(
    publish: &Publish,
    caller: &Caller,
    name: &str,
    project: Option<&ProjectPath>,
) -> AppResult<Labelled<SoundnessDetail>> {
    label(publish, soundness::detail(publish, caller, name, project).await?).await
}

/// Takes something back.
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

/// Records that something does not depend on something that it was made with.
pub async fn assert_independence(
    publish: &Publish,
    caller: &Caller,
    key: Option<String>,
    new: NewIndependence,
) -> AppResult<Labelled<SoundnessDetail>> {
    label(publish, soundness::assert_independence(publish, caller, key, new).await?).await
}

/// One page of what rests on something, or of what it rests on, nearest first.
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
