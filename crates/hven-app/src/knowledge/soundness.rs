//! Retracts nodes, reads the nodes that rest on them, and asserts independence between nodes.
//!
//! Nothing is deleted. A node that rests on a retracted node is suspect, and new work on it needs an explicit reason.
//! Repeating the work is in [`crate::knowledge::repair`].

use std::collections::BTreeSet;

use hven_core::{
    Time,
    access::Role,
    project::ProjectPath,
    soundness::{IndependenceAsserted, NodeId, Retracted, Soundness},
};

use crate::{
    kernel::{
        actors::ActorName,
        ancestry,
        callers::Caller,
        error::{AppError, AppResult},
        facts::FactDescriber,
        lineage::nodes::{LoadedNodes, load_nodes},
        soundness::{
            ExplainedSoundness, REASON_ERASED, explain, find_named, node_name, reason, require_named_person, why,
        },
    },
    knowledge::floor::Knowledge,
    ports::soundness::{Direction, IndependenceView, Joined, OverrideView, Reach, ReachedNode, RetractionView},
};

pub use crate::kernel::soundness::{of, of_one, require};

/// Everything that is known about the soundness of a node.
#[derive(Clone, Debug)]
pub struct SoundnessDetail {
    pub of: ancestry::LineageNode,
    pub stands: ExplainedSoundness,
    /// The way from the suspect node to the retracted one, both included. Nodes that the caller may not see are hidden.
    pub way: Vec<ancestry::LineageNode>,
    pub retraction: Option<(RetractionView, ActorName)>,
    pub independences: Vec<Independence>,
    /// Later work that used the node with an explicit reason.
    pub overrides: Vec<Override>,
}

#[derive(Clone, Debug)]
pub struct Independence {
    pub of: ancestry::LineageNode,
    pub on: ancestry::LineageNode,
    pub because: String,
    pub by: ActorName,
    pub time: Time,
}

#[derive(Clone, Debug)]
pub struct Override {
    pub made: ancestry::LineageNode,
    pub because: String,
    pub by: ActorName,
    pub time: Time,
}

/// One page of the nodes that rest on a node, or on which it rests.
#[derive(Clone, Debug)]
pub struct ReachPage {
    pub of: ancestry::LineageNode,
    pub soundness: Soundness,
    /// The counts of all nodes that were found. Its own items are empty: see `items`.
    pub counted: Reach,
    pub items: Vec<ReachItem>,
    /// The position of the next page.
    pub next: Option<usize>,
}

#[derive(Clone, Debug)]
pub struct ReachItem {
    pub node: ancestry::LineageNode,
    pub depth: u32,
    pub way: Vec<ancestry::LineageNode>,
    pub soundness: Soundness,
}

const OVERRIDES_SHOWN: usize = 100;

/// Retracts a node. The nodes that rest on it become suspect.
pub async fn retract(
    knowledge: &Knowledge,
    caller: &Caller,
    key: Option<String>,
    name: &str,
    project: Option<&ProjectPath>,
    because: &str,
) -> AppResult<SoundnessDetail> {
    let (shown, node) = find_named(knowledge, caller, name, project, Role::Member).await?;
    let because = reason("the reason of a retraction", because)?.to_owned();
    require_named_person(knowledge, caller).await?;
    if let Some(before) = knowledge.ports.views.retraction(node).await? {
        // The same person repeats the call with the same reason, for example after a lost answer.
        if before.by == caller.actor() && before.because.as_ref() == Some(&because) {
            return detail_of(knowledge, caller, shown, node).await;
        }
        let what = node_name(&shown).text;
        return Err(AppError::RetractedBefore { what, why: why(knowledge, caller, node).await?.to_string() });
    }
    knowledge.record(caller.actor(), key, vec![Retracted { node, because }.into()]).await?;
    detail_of(knowledge, caller, shown, node).await
}

/// A new assertion of independence.
#[derive(Clone, Debug)]
pub struct NewIndependence {
    pub of: String,
    pub on: String,
    pub project: Option<ProjectPath>,
    pub because: String,
}

/// Records that `of` does not depend on `on`, although it was made with it.
pub async fn assert_independence(
    knowledge: &Knowledge,
    caller: &Caller,
    key: Option<String>,
    new: NewIndependence,
) -> AppResult<SoundnessDetail> {
    let project = new.project.as_ref();
    let (shown, of) = find_named(knowledge, caller, &new.of, project, Role::Member).await?;
    let (other, on) = find_named(knowledge, caller, &new.on, project, Role::Viewer).await?;
    let because = reason("the reason of an independence", &new.because)?.to_owned();
    require_named_person(knowledge, caller).await?;
    let (left, right) = (node_name(&shown).text, node_name(&other).text);
    let refused = |why: String| Err(AppError::Conflict(why));
    if of == on {
        return refused(format!("{left} cannot be independent of itself"));
    }
    match knowledge.ports.views.joined(of, on).await? {
        Joined::Directly => {}
        Joined::Indirectly => {
            return refused(format!(
                "{left} rests on {right}, but not directly: say it of the step of the way at which the dependence ends \
                 (`hven why` shows the way)"
            ));
        }
        Joined::Not if knowledge.ports.views.joined(on, of).await? != Joined::Not => {
            return refused(format!("it is {right} that rests on {left}: the assertion would close a circle"));
        }
        Joined::Not => return refused(format!("{left} does not rest on {right}: there is nothing to assert")),
    }
    knowledge.record(caller.actor(), key, vec![IndependenceAsserted { of, on, because }.into()]).await?;
    detail_of(knowledge, caller, shown, of).await
}

/// Everything that is known about the soundness of a node.
pub async fn detail(
    knowledge: &Knowledge,
    caller: &Caller,
    name: &str,
    project: Option<&ProjectPath>,
) -> AppResult<SoundnessDetail> {
    let (shown, node) = find_named(knowledge, caller, name, project, Role::Viewer).await?;
    detail_of(knowledge, caller, shown, node).await
}

async fn detail_of(
    knowledge: &Knowledge,
    caller: &Caller,
    of: ancestry::LineageNode,
    node: NodeId,
) -> AppResult<SoundnessDetail> {
    let mut describer = FactDescriber::default();
    let stands = explain(knowledge, caller, node).await?;
    let way = if stands.soundness.is_sound() { Vec::new() } else { knowledge.ports.views.cause(node).await? };
    let way = load_nodes(knowledge, caller, &way).await?;
    let retraction = match knowledge.ports.views.retraction(node).await? {
        Some(view) => {
            let by = describer.actor(knowledge, view.by).await?;
            Some((view, by))
        }
        None => None,
    };
    let asserted = knowledge.ports.views.independences(node).await?;
    let ends: Vec<NodeId> = asserted.iter().flat_map(|view| [view.of, view.on]).collect();
    let mut ends = load_nodes(knowledge, caller, &ends).await?.into_iter();
    let mut independences = Vec::with_capacity(asserted.len());
    for IndependenceView { because, time, by, .. } in asserted {
        let (Some(of), Some(on)) = (ends.next(), ends.next()) else { break };
        let by = describer.actor(knowledge, by).await?;
        let because = because.unwrap_or_else(|| REASON_ERASED.to_owned());
        independences.push(Independence { of, on, because, by, time });
    }
    let overridden = knowledge.ports.views.overrides(node, OVERRIDES_SHOWN).await?;
    let made: Vec<NodeId> = overridden.iter().map(|view| view.overridden.by).collect();
    let made = load_nodes(knowledge, caller, &made).await?;
    let mut overrides = Vec::with_capacity(overridden.len());
    for (OverrideView { overridden, time, by }, made) in overridden.into_iter().zip(made) {
        let by = describer.actor(knowledge, by).await?;
        overrides.push(Override { made, because: overridden.because, by, time });
    }
    Ok(SoundnessDetail { of, stands, way, retraction, independences, overrides })
}

/// One page of the nodes that rest on a node, or on which it rests, nearest first.
pub async fn reach(
    knowledge: &Knowledge,
    caller: &Caller,
    name: &str,
    project: Option<&ProjectPath>,
    direction: Direction,
    from: usize,
    limit: usize,
) -> AppResult<ReachPage> {
    let (shown, node) = find_named(knowledge, caller, name, project, Role::Viewer).await?;
    let soundness = of_one(knowledge, node).await?;
    let mut counted = knowledge.ports.views.reach(node, direction, from, limit).await?;
    let found = std::mem::take(&mut counted.items);
    let nodes: BTreeSet<NodeId> = found.iter().flat_map(|one| one.way.iter().copied().chain([one.node])).collect();
    let mut labels = LoadedNodes::default();
    labels.load(knowledge, &nodes.into_iter().collect::<Vec<_>>()).await?;
    let item = |found: ReachedNode| ReachItem {
        node: labels.node(caller, found.node),
        depth: found.depth,
        way: found.way.into_iter().map(|node| labels.node(caller, node)).collect(),
        soundness: found.soundness,
    };
    let items: Vec<ReachItem> = found.into_iter().map(item).collect();
    let next = Some(from + items.len()).filter(|next| *next < counted.total && !items.is_empty());
    Ok(ReachPage { of: shown, soundness, counted, items, next })
}
