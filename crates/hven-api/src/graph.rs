//! The lineage as nodes and edges on the wire.

use serde::{Deserialize, Serialize};

use crate::{lineage::Node, runs::FileRef};

/// `GET /graph?of=…`: the lineage around a node. `GET /graph`: the lineage of everything that the caller may see, in pages.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Graph {
    pub schema: String,
    /// The first node is the requested one.
    pub nodes: Vec<GraphNode>,
    /// Each edge points from a node to one that it rests on.
    pub edges: Vec<GraphEdge>,
    /// The search stopped at the limit of nodes: there are more.
    pub truncated: bool,
    /// The cursor of the next page of the whole lineage. A node may appear on several pages.
    pub next: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GraphNode {
    /// The name of the node in the edges, the same on every page: `run/ID`, `data/ID`, `claim/ID`, `file/DIGEST`,
    /// `code/DIGEST`. A key that contains `#` is valid only on this page.
    pub key: String,
    /// `sound`, `suspect` (it rests on something retracted) or `retracted`.
    pub soundness: String,
    #[serde(flatten)]
    pub node: Node,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GraphEdge {
    /// The key of the node that rests …
    pub from: String,
    /// … on the node with this key.
    pub to: String,
    /// The bytes that connect them.
    pub through: Option<FileRef>,
    /// A person asserted that nothing passes along it.
    pub independent: bool,
}
