//! The soundness of nodes, with reasons. A node that rests on a retracted node is suspect, and new work on it needs an
//! explicit reason from a person. Retracting is in [`crate::knowledge::soundness`].

use hven_core::{
    Fact,
    access::Role,
    limits,
    project::ProjectPath,
    sentence::{Moment, Sentence},
    soundness::{NodeId, Soundness, SuspicionOverridden},
};

use crate::kernel::{
    ancestry,
    callers::Caller,
    error::{AppError, AppResult},
    facts::FactDescriber,
    find::{dataset, publication},
    floor::Kernel,
    lineage::nodes::load_node,
    plain_nodes,
    sentences::AnswerSentence,
};

/// Replaces the reason of an independence whose reason was erased. The independence itself stays.
pub const REASON_ERASED: &str = "the reason was erased";

/// The soundness of a node, with a sentence that explains it when it is not sound.
#[derive(Clone, Debug, Default)]
pub struct ExplainedSoundness {
    pub soundness: Soundness,
    pub said: Option<Sentence>,
}

/// The soundness of each node.
pub async fn of(kernel: &Kernel, nodes: &[NodeId]) -> AppResult<Vec<Soundness>> {
    Ok(kernel.ports.views.soundness(nodes).await?)
}

/// The soundness of one node.
pub async fn of_one(kernel: &Kernel, node: impl Into<NodeId>) -> AppResult<Soundness> {
    Ok(of(kernel, &[node.into()]).await?.pop().unwrap_or_default())
}

/// The soundness of a node, with the reason when it is not sound.
pub async fn explain(kernel: &Kernel, caller: &Caller, node: NodeId) -> AppResult<ExplainedSoundness> {
    let soundness = of_one(kernel, node).await?;
    let said = if soundness.is_sound() { None } else { Some(why(kernel, caller, node).await?.sentence()) };
    Ok(ExplainedSoundness { soundness, said })
}

/// The reason why a node is not sound.
pub(crate) async fn why(kernel: &Kernel, caller: &Caller, node: NodeId) -> AppResult<AnswerSentence> {
    let way = kernel.ports.views.cause(node).await?;
    let Some(&retracted) = way.last() else { return Ok(AnswerSentence::SuspectHidden) };
    let Some(retraction) = kernel.ports.views.retraction(retracted).await? else {
        return Ok(AnswerSentence::SuspectHidden);
    };
    let shown = load_node(kernel, caller, retracted).await?;
    if matches!(shown, ancestry::LineageNode::Hidden) {
        return Ok(AnswerSentence::SuspectHidden);
    }
    let by = FactDescriber::default().actor(kernel, retraction.by).await?;
    let name = by.name.unwrap_or_else(|| by.kind.to_owned());
    let retracted_time = Moment(retraction.time);
    let node_said = node_name(&shown);
    Ok(match (retraction.because, retracted == node) {
        (Some(because), true) => AnswerSentence::RetractedBecause { name, retracted_time, because },
        (None, true) => AnswerSentence::RetractedErased { retracted_time },
        (Some(because), false) => AnswerSentence::SuspectThrough { node: node_said, name, retracted_time, because },
        (None, false) => AnswerSentence::SuspectErased { node: node_said, retracted_time },
    })
}

/// `run 7Q2M`, `dataset planets@1`, `claim kepler3`.
pub(crate) fn node_name(node: &ancestry::LineageNode) -> Sentence {
    match node {
        ancestry::LineageNode::Run(run) => AnswerSentence::run(Some(run.handle)),
        ancestry::LineageNode::Dataset(dataset) => {
            AnswerSentence::TheDataset { dataset: dataset::reference(dataset) }.sentence()
        }
        ancestry::LineageNode::Claim(claim) => {
            AnswerSentence::TheClaim { claim: claim.stated.name.to_string() }.sentence()
        }
        ancestry::LineageNode::Publication(publication) => {
            AnswerSentence::ThePublication { publication: publication::reference(publication) }.sentence()
        }
        ancestry::LineageNode::Plain(node) => plain_nodes::called(node),
        _ => AnswerSentence::ANode.sentence(),
    }
}

/// Finds the node that a person names: `claim/kepler3`, `planets@1`, a run, `publication/kepler3@2`, or `run/ID`,
/// `data/ID`, `claim/ID`.
pub(crate) async fn find_named(
    kernel: &Kernel,
    caller: &Caller,
    name: &str,
    project: Option<&ProjectPath>,
    role: Role,
) -> AppResult<(ancestry::LineageNode, NodeId)> {
    caller.require_user()?;
    let shown = ancestry::find_named(kernel, caller, name, project).await?;
    let Some((node, place)) = shown.id() else { return Err(AppError::not_found("node", name)) };
    caller.require(role, place)?;
    Ok((shown, node))
}

/// Facts which record that `by` was built on these unsound nodes, and the reason.
pub(crate) fn override_facts(nodes: &[NodeId], by: NodeId, despite: Option<&str>) -> impl Iterator<Item = Fact> {
    let because = despite.unwrap_or_default().trim();
    nodes.iter().map(move |node| SuspicionOverridden { node: *node, by, because: because.to_owned() }.into())
}

/// Refuses nodes that are not sound, unless the caller gives a reason to use them. Returns the unsound nodes.
pub async fn require(
    kernel: &Kernel,
    caller: &Caller,
    nodes: &[NodeId],
    despite: Option<&str>,
) -> AppResult<Vec<NodeId>> {
    let all = of(kernel, nodes).await?;
    let unsound: Vec<NodeId> =
        nodes.iter().zip(all).filter(|(_, soundness)| !soundness.is_sound()).map(|(node, _)| *node).collect();
    let Some(&first) = unsound.first() else { return Ok(unsound) };
    let Some(because) = despite else {
        let what = node_name(&load_node(kernel, caller, first).await?).text;
        return Err(AppError::Suspect { what, why: why(kernel, caller, first).await?.to_string() });
    };
    reason("the reason to build on what is suspect", because)?;
    require_named_person(kernel, caller).await?;
    Ok(unsound)
}

/// Requires a caller with a name, because the record names the person who is responsible for using an unsound node.
pub(crate) async fn require_named_person(kernel: &Kernel, caller: &Caller) -> AppResult<()> {
    let user = caller.require_user()?;
    match kernel.ports.views.user(user).await?.and_then(|user| user.name) {
        Some(_) => Ok(()),
        None => Err(AppError::Denied),
    }
}

pub(crate) fn reason<'t>(what: &str, text: &'t str) -> AppResult<&'t str> {
    match text.trim() {
        "" => Err(AppError::invalid(what, "is missing: say it in a sentence")),
        text => {
            limits::lines(what, text, limits::TEXT_BYTES_MAX)?;
            Ok(text)
        }
    }
}
