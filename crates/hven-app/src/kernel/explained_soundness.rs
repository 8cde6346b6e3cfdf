//! Whether many nodes still stand, and why those do not that do not.

use std::collections::{HashMap, HashSet};

use hven_core::{
    sentence::Moment,
    soundness::{Node, Soundness},
};

use crate::{
    kernel::{
        actors::{self, ActorName},
        ancestry,
        callers::Caller,
        error::AppResult,
        floor::Kernel,
        lineage::nodes::look,
        sentences::AnswerSentence,
        soundness::{self, ExplainedSoundness},
    },
    ports::soundness::RetractionView,
};

/// Whether each of the nodes still stands, and if not, why; as many look-ups for a thousand as for one.
pub(crate) async fn explain_each(
    kernel: &Kernel,
    caller: &Caller,
    nodes: &[Node],
) -> AppResult<Vec<ExplainedSoundness>> {
    let soundness = soundness::of(kernel, nodes).await?;
    let unsound: Vec<Node> =
        nodes.iter().zip(&soundness).filter(|(_, stands)| !stands.is_sound()).map(|(node, _)| *node).collect();
    let mut whys = whys(kernel, caller, &unsound).await?;
    let stands = nodes.iter().zip(soundness).map(|(node, soundness)| match soundness {
        Soundness::Sound => ExplainedSoundness { soundness, said: None },
        _ => ExplainedSoundness { soundness, said: whys.remove(node).map(|why| why.sentence()) },
    });
    Ok(stands.collect())
}

/// Why nodes do not stand.
async fn whys(kernel: &Kernel, caller: &Caller, nodes: &[Node]) -> AppResult<HashMap<Node, AnswerSentence>> {
    if nodes.is_empty() {
        return Ok(HashMap::new());
    }
    let ways = kernel.ports.views.causes(nodes).await?;
    let retracted: HashSet<Node> = ways.iter().filter_map(|way| way.last().copied()).collect();
    let retracted: Vec<Node> = retracted.into_iter().collect();
    let retractions = kernel.ports.views.retractions(&retracted).await?;
    let shown = look(kernel, caller, &retracted).await?;
    let shown: HashMap<Node, ancestry::LineageNode> = retracted.into_iter().zip(shown).collect();
    let names = actors::names_of(kernel, retractions.iter().map(|view| view.by)).await?;
    let retractions: HashMap<Node, RetractionView> = retractions.into_iter().map(|view| (view.node, view)).collect();
    let why = |(node, way): (&Node, &Vec<Node>)| {
        let known = way.last().and_then(|last| {
            let retraction = retractions.get(last)?;
            Some((retraction, shown.get(last)?, names.get(&retraction.by)?))
        });
        let said =
            known.map_or(AnswerSentence::SuspectHidden, |(retraction, shown, by)| said(*node, retraction, shown, by));
        (*node, said)
    };
    Ok(nodes.iter().zip(&ways).map(why).collect())
}

/// Why a node does not stand that rests on something retracted, or is it.
fn said(node: Node, retraction: &RetractionView, shown: &ancestry::LineageNode, by: &ActorName) -> AnswerSentence {
    if matches!(shown, ancestry::LineageNode::Hidden) {
        return AnswerSentence::SuspectHidden;
    }
    let name = by.name.clone().unwrap_or_else(|| by.kind.to_owned());
    let retracted_time = Moment(retraction.time);
    let node_said = soundness::named_in_a_sentence(shown);
    match (retraction.because.clone(), retraction.node == node) {
        (Some(because), true) => AnswerSentence::RetractedBecause { name, retracted_time, because },
        (None, true) => AnswerSentence::RetractedErased { retracted_time },
        (Some(because), false) => AnswerSentence::SuspectThrough { node: node_said, name, retracted_time, because },
        (None, false) => AnswerSentence::SuspectErased { node: node_said, retracted_time },
    }
}
