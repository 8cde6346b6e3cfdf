//! The lineage as nodes and edges on the wire.

use serde::{Deserialize, Serialize};

use crate::{lineage::Node, runs::FileRef};

/// `GET /graph?of=…`: the lineage around a node; `GET /graph`: of everything that the caller may see, page by page.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Graph {
    pub schema: String,
    /// The first is the one that was asked for.
    pub nodes: Vec<GraphNode>,
    /// From what rests to what it rests on.
    pub edges: Vec<GraphEdge>,
    /// It stopped at the limit of nodes: there is more.
    pub truncated: bool,
    /// Where the next page begins, of everything. A node may stand on several pages.
    pub next: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GraphNode {
    /// Names the node in the edges, and is the same on every page: `run/ID`, `data/ID`, `claim/ID`, `file/DIGEST`,
    /// `code/DIGEST`. With a `#` in it, it names the node on this page alone.
    pub key: String,
    /// `sound`, `suspect` (it rests on something retracted) or `retracted`.
    pub soundness: String,
    #[serde(flatten)]
    pub node: Node,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GraphEdge {
    /// The key of what rests …
    pub from: String,
    /// … on this.
    pub to: String,
    /// The bytes that join them.
    pub through: Option<FileRef>,
    /// A person asserted that nothing is handed on along it.
    pub independent: bool,
}
