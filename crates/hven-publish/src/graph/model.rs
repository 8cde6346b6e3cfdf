//! Nodes and edges of a lineage.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::publication::Standing;

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
