//! A small lineage for the tests of each format.

use super::{Edge, EdgeKind, Graph, LineageNode, NodeKind};
use crate::publication::PublishedSoundness;

pub(crate) fn node(id: &str, kind: NodeKind, standing: PublishedSoundness) -> LineageNode {
    LineageNode { id: id.to_owned(), kind, label: id.to_owned(), standing, attributes: Default::default() }
}
pub(crate) fn edge(from: &str, kind: EdgeKind, to: &str) -> Edge {
    Edge { from: from.to_owned(), to: to.to_owned(), kind, through: None }
}

/// A claim that rests on a run, its dataset and the source of that, with a second run of the same source.
pub(crate) fn planets() -> Graph {
    use PublishedSoundness::{Retracted, Sound, Suspect};
    let mut claim = node("claim/kepler3", NodeKind::Claim, Suspect);
    claim.attributes.insert("statement".to_owned(), "Periods \"squared\" <are> proportional".to_owned());
    let mut used = edge("run/7Q2M", EdgeKind::Used, "planets@1");
    used.through = Some("data/planets.parquet".to_owned());
    Graph {
        nodes: vec![
            claim,
            node("run/7Q2M", NodeKind::Run, Sound),
            node("planets@1", NodeKind::Dataset, Retracted),
            node("run/ABCD", NodeKind::Run, Sound),
            node("file/planets.csv", NodeKind::File, Sound),
            node("person/Mira", NodeKind::Person, Sound),
        ],
        edges: vec![
            edge("claim/kepler3", EdgeKind::RestsOn, "run/7Q2M"),
            used,
            edge("planets@1", EdgeKind::MadeBy, "run/ABCD"),
            edge("run/ABCD", EdgeKind::Used, "file/planets.csv"),
            edge("run/7Q2M", EdgeKind::Used, "file/planets.csv"),
            edge("run/7Q2M", EdgeKind::By, "person/Mira"),
            edge("claim/kepler3", EdgeKind::Independent, "file/planets.csv"),
        ],
    }
}
