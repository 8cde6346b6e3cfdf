//! Converts soundness and reach to wire types.

use hven_api::soundness as wire;
use hven_app::{
    ancestry,
    labelled::Labelled,
    soundness::{ReachPage, SoundnessDetail},
};

use super::{actor, lineage::node, sentence, text};

pub(crate) fn detail(shown: Labelled<SoundnessDetail>) -> wire::SoundnessDetail {
    let Labelled { of: detail, labels } = shown;
    let independences = detail.independences.into_iter().map(|said| wire::Independence {
        of: node(&said.of, &labels),
        on: node(&said.on, &labels),
        because: said.because,
        by: actor(said.by),
        time: text(said.time),
    });
    let overrides = detail.overrides.into_iter().map(|said| wire::Override {
        made: node(&said.made, &labels),
        because: said.because,
        by: actor(said.by),
        time: text(said.time),
    });
    wire::SoundnessDetail {
        schema: "hven.soundness/1".to_owned(),
        of: node(&detail.of, &labels),
        soundness: detail.stands.soundness.as_str().to_owned(),
        suspicion: detail.stands.said.map(sentence),
        way: detail.way.iter().map(|of| node(of, &labels)).collect(),
        retraction: detail.retraction.map(|(view, by)| wire::Retraction {
            because: view.because,
            by: actor(by),
            time: text(view.time),
        }),
        independences: independences.collect(),
        overrides: overrides.collect(),
    }
}

pub(crate) fn reach(shown: &Labelled<ReachPage>) -> wire::Reach {
    let Labelled { of: reached, labels } = shown;
    let items = reached.items.iter().map(|item| wire::Reached {
        depth: item.depth,
        soundness: item.soundness.as_str().to_owned(),
        node: node(&item.node, labels),
        way: item.way.iter().map(|node| sentence(ancestry::describe_node(node))).collect(),
    });
    let counted = &reached.counted;
    wire::Reach {
        schema: "hven.reach/1".to_owned(),
        of: node(&reached.of, labels),
        soundness: reached.soundness.as_str().to_owned(),
        total: counted.total as u64,
        runs: counted.runs as u64,
        datasets: counted.datasets as u64,
        claims: counted.claims as u64,
        publications: counted.publications as u64,
        items: items.collect(),
        next: reached.next.map(|next| next.to_string()),
    }
}
