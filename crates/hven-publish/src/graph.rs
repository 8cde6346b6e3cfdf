//! Any lineage as text: a list, Graphviz, a small picture, PROV. Pure: nodes and edges in, text out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::publication::Standing;

mod dot;
mod list;
mod picture;
mod prov;

/// Nodes, and edges that point from what rests to what it rests on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Graph {
    pub nodes: Vec<Node>,
    pub edges: Vec<Edge>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// Unique in the graph, as people write it: `planets@1`, `run/7Q2M`, `claim/kepler3`, `file/<digest>`.
    pub id: String,
    pub kind: NodeKind,
    /// What people are shown.
    pub label: String,
    pub standing: Standing,
    /// Whatever else is known: `started`, `ended`, `digest`, `statement` …
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeKind {
    Publication,
    Claim,
    Law,
    Dataset,
    Run,
    /// Bytes.
    File,
    Code,
    Person,
    /// The caller may not see it.
    Hidden,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edge {
    /// What rests …
    pub from: String,
    /// … on this.
    pub to: String,
    pub kind: EdgeKind,
    /// The path of the file through which, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub through: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EdgeKind {
    /// A run read a dataset, a file or code.
    Used,
    /// A dataset, a law or a file was made by a run.
    MadeBy,
    /// A claim rests on a run, a publication on a claim.
    RestsOn,
    /// Anything was made from something else, by no run that is known.
    DerivedFrom,
    /// Somebody did it.
    By,
    /// The record joins them, and a person says that nothing depends on it.
    Independent,
}

impl Graph {
    pub fn node(&self, id: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.id == id)
    }

    /// Edges that say that something rests on something, in their order.
    pub(crate) fn resting(&self) -> impl Iterator<Item = &Edge> {
        self.edges.iter().filter(|edge| !matches!(edge.kind, EdgeKind::By | EdgeKind::Independent))
    }
}

impl NodeKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Publication => "publication",
            Self::Claim => "claim",
            Self::Law => "law",
            Self::Dataset => "dataset",
            Self::Run => "run",
            Self::File => "file",
            Self::Code => "code",
            Self::Person => "person",
            Self::Hidden => "hidden",
        }
    }
}

impl EdgeKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Used => "used",
            Self::MadeBy => "made by",
            Self::RestsOn => "rests on",
            Self::DerivedFrom => "derived from",
            Self::By => "by",
            Self::Independent => "said not to depend on",
        }
    }
}

#[cfg(test)]
pub(crate) mod samples {
    use super::{Edge, EdgeKind, Graph, Node, NodeKind, Standing};

    pub(crate) fn node(id: &str, kind: NodeKind, standing: Standing) -> Node {
        Node { id: id.to_owned(), kind, label: id.to_owned(), standing, attributes: Default::default() }
    }
    pub(crate) fn edge(from: &str, kind: EdgeKind, to: &str) -> Edge {
        Edge { from: from.to_owned(), to: to.to_owned(), kind, through: None }
    }

    /// A claim on a run on a dataset on its source, with a second run beside.
    pub(crate) fn planets() -> Graph {
        use Standing::{Retracted, Sound, Suspect};
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
}
