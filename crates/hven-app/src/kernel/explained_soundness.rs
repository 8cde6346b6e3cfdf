//! The soundness of many nodes, with the reasons why nodes are not sound.

use std::collections::{HashMap, HashSet};

use hven_core::{
    sentence::Moment,
    soundness::{NodeId, Soundness},
};

use crate::{
    kernel::{
        actors::{self, ActorName},
        ancestry,
        callers::Caller,
        error::AppResult,
        floor::Kernel,
        lineage::nodes::load_nodes,
        sentences::AnswerSentence,
        soundness::{self, ExplainedSoundness},
    },
    ports::soundness::RetractionView,
};

/// The soundness of each node, with the reason when it is not sound. A thousand nodes take as many look-ups as one.
pub(crate) async fn explain_each(
    kernel: &Kernel,
    caller: &Caller,
    nodes: &[NodeId],
) -> AppResult<Vec<ExplainedSoundness>> {
    let soundness = soundness::of(kernel, nodes).await?;
    let unsound: Vec<NodeId> =
        nodes.iter().zip(&soundness).filter(|(_, stands)| !stands.is_sound()).map(|(node, _)| *node).collect();
    let mut reasons = reasons(kernel, caller, &unsound).await?;
    let stands = nodes.iter().zip(soundness).map(|(node, soundness)| match soundness {
        Soundness::Sound => ExplainedSoundness { soundness, said: None },
        _ => ExplainedSoundness { soundness, said: reasons.remove(node).map(|why| why.sentence()) },
    });
    Ok(stands.collect())
}

/// The reasons why nodes are not sound.
async fn reasons(kernel: &Kernel, caller: &Caller, nodes: &[NodeId]) -> AppResult<HashMap<NodeId, AnswerSentence>> {
    if nodes.is_empty() {
        return Ok(HashMap::new());
    }
    let ways = kernel.ports.views.causes(nodes).await?;
    let retracted: HashSet<NodeId> = ways.iter().filter_map(|way| way.last().copied()).collect();
    let retracted: Vec<NodeId> = retracted.into_iter().collect();
    let retractions = kernel.ports.views.retractions(&retracted).await?;
    let shown = load_nodes(kernel, caller, &retracted).await?;
    let shown: HashMap<NodeId, ancestry::LineageNode> = retracted.into_iter().zip(shown).collect();
    let names = actors::names_of(kernel, retractions.iter().map(|view| view.by)).await?;
    let retractions: HashMap<NodeId, RetractionView> = retractions.into_iter().map(|view| (view.node, view)).collect();
    let why = |(node, way): (&NodeId, &Vec<NodeId>)| {
        let known = way.last().and_then(|last| {
            let retraction = retractions.get(last)?;
            Some((retraction, shown.get(last)?, names.get(&retraction.by)?))
        });
        let said = known.map_or(AnswerSentence::SuspectHidden, |(retraction, shown, by)| {
            reason_sentence(*node, retraction, shown, by)
        });
        (*node, said)
    };
    Ok(nodes.iter().zip(&ways).map(why).collect())
}

/// The reason why a node is not sound that was retracted or rests on something retracted.
fn reason_sentence(
    node: NodeId,
    retraction: &RetractionView,
    shown: &ancestry::LineageNode,
    by: &ActorName,
) -> AnswerSentence {
    if matches!(shown, ancestry::LineageNode::Hidden) {
        return AnswerSentence::SuspectHidden;
    }
    let name = by.name.clone().unwrap_or_else(|| by.kind.to_owned());
    let retracted_time = Moment(retraction.time);
    let node_said = soundness::node_name(shown);
    match (retraction.because.clone(), retraction.node == node) {
        (Some(because), true) => AnswerSentence::RetractedBecause { name, retracted_time, because },
        (None, true) => AnswerSentence::RetractedErased { retracted_time },
        (Some(because), false) => AnswerSentence::SuspectThrough { node: node_said, name, retracted_time, because },
        (None, false) => AnswerSentence::SuspectErased { node: node_said, retracted_time },
    }
}
