//! Nodes and edges of a lineage.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::publication::PublishedSoundness;

/// Nodes, and edges that point from a dependent node to its source.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Graph {
    pub nodes: Vec<LineageNode>,
    pub edges: Vec<Edge>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LineageNode {
    /// Unique in the graph, as people write it: `planets@1`, `run/7Q2M`, `claim/kepler3`, `file/<digest>`.
    pub id: String,
    pub kind: NodeKind,
    /// The text for people.
    pub label: String,
    pub standing: PublishedSoundness,
    /// Other known values: `started`, `ended`, `digest`, `statement` …
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
    /// A file, or a folder.
    File,
    Code,
    Person,
    /// The caller may not see it.
    Hidden,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edge {
    /// The dependent node.
    pub from: String,
    /// The source.
    pub to: String,
    pub kind: EdgeKind,
    /// The path of the file that connects them, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub through: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EdgeKind {
    /// A run read a dataset, a file or code.
    Used,
    /// A run made a dataset, a law or a file.
    MadeBy,
    /// A claim rests on a run, a publication on a claim.
    RestsOn,
    /// A node was made from another one, without a known run.
    DerivedFrom,
    /// A person did it.
    By,
    /// The record connects them, but a person declares that nothing depends on it.
    Independent,
}

impl Graph {
    pub fn node(&self, id: &str) -> Option<&LineageNode> {
        self.nodes.iter().find(|node| node.id == id)
    }

    /// Edges that express a dependency, in their order.
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
