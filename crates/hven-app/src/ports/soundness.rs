//! Reads the lineage as a whole: edges and soundness.

use async_trait::async_trait;
use hven_core::{
    ActorId, Digest, RunId, Time,
    project::ProjectPath,
    soundness::{NodeId, RunRepaired, Soundness, SuspicionOverridden},
};

use crate::ports::error::StoreResult;

#[derive(Clone, Debug, PartialEq)]
pub struct RetractionView {
    pub node: NodeId,
    /// `None` when it was erased.
    pub because: Option<String>,
    pub time: Time,
    pub by: ActorId,
}

#[derive(Clone, Debug, PartialEq)]
pub struct IndependenceView {
    pub of: NodeId,
    pub on: NodeId,
    /// `None` when it was erased.
    pub because: Option<String>,
    pub time: Time,
    pub by: ActorId,
}

#[derive(Clone, Debug, PartialEq)]
pub struct OverrideView {
    pub overridden: SuspicionOverridden,
    pub time: Time,
    pub by: ActorId,
}

#[derive(Clone, Debug, PartialEq)]
pub struct RunRepairView {
    pub repaired: RunRepaired,
    pub time: Time,
    pub by: ActorId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From a node to the nodes on which it rests.
    Sources,
    /// From a node to the nodes that rest on it.
    Consequences,
}

/// A node that a search found, and the way to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReachedNode {
    pub node: NodeId,
    /// The number of edges along the shortest way.
    pub depth: u32,
    /// The nodes between: from the neighbour of the start to the node before this one. Of a long way, only its last
    /// [`WAY_NODES_MAX`] nodes.
    pub way: Vec<NodeId>,
    pub soundness: Soundness,
}

pub const WAY_NODES_MAX: usize = 16;

/// One page of the nodes that a search found, nearest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    pub total: usize,
    /// The number of runs among them, and of datasets, claims and publications.
    pub runs: usize,
    pub datasets: usize,
    pub claims: usize,
    pub publications: usize,
    pub items: Vec<ReachedNode>,
}

/// The limits of a walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WalkLimits {
    /// The largest number of edges from the start.
    pub depth_max: Option<u32>,
    /// The largest number of visited nodes, including the start.
    pub nodes_max: usize,
}

/// `of` rests on `on`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineageEdge {
    pub of: NodeId,
    pub on: NodeId,
    /// A person asserted that `of` does not depend on `on`.
    pub is_independent: bool,
}

/// The edges that a walk crossed: edges of the nearest nodes first. The edges of one node are in the order in which its
/// neighbours were recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WalkResult {
    pub edges: Vec<LineageEdge>,
    /// The walk left out nodes because it reached `nodes_max`.
    pub is_truncated: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joined {
    /// By one edge.
    Directly,
    /// By several edges.
    Indirectly,
    Not,
}

/// A plain node: a node of a noun that a lineage shows with a name and a line only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainNodeView {
    pub node: NodeId,
    pub project: ProjectPath,
    /// Unique in its project.
    pub name: String,
    /// Its content, in one line.
    pub title: String,
}

#[async_trait]
pub trait Lineages: Send + Sync + 'static {
    /// A cheap query: without any retraction, everything is sound.
    async fn is_anything_retracted(&self) -> StoreResult<bool>;
    /// The soundness of each node. An unknown node is sound.
    async fn soundness(&self, nodes: &[NodeId]) -> StoreResult<Vec<Soundness>>;
    /// The shortest way from the node to a retracted node: the node first, the retracted one last. Empty when the node
    /// is sound.
    async fn cause(&self, node: NodeId) -> StoreResult<Vec<NodeId>>;
    /// The same for each of these nodes.
    async fn causes(&self, nodes: &[NodeId]) -> StoreResult<Vec<Vec<NodeId>>>;
    /// Everything in this direction, except what asserted independence cuts off. `items` has the nodes from the
    /// position `from` on.
    async fn reach(&self, of: NodeId, direction: Direction, from: usize, limit: usize) -> StoreResult<Reach>;
    /// Walks from these nodes, breadth first. Asserted independence does not stop the walk. Runs that were made only
    /// for a comparison are no consequences.
    async fn walk(&self, from: &[NodeId], direction: Direction, limits: WalkLimits) -> StoreResult<WalkResult>;
    /// The nodes on which the node rests by one edge, ignoring asserted independence.
    async fn direct_sources(&self, of: NodeId) -> StoreResult<Vec<NodeId>>;
    /// How `of` rests on `on`, ignoring asserted independence.
    async fn joined(&self, of: NodeId, on: NodeId) -> StoreResult<Joined>;
    /// The nodes on which a run would rest if it read these bytes now; `imports`: if it imported them as a dataset.
    async fn sources(&self, digests: &[Digest], imports: bool) -> StoreResult<Vec<NodeId>>;
    async fn retraction(&self, node: NodeId) -> StoreResult<Option<RetractionView>>;
    /// The retractions of the nodes that were retracted.
    async fn retractions(&self, nodes: &[NodeId]) -> StoreResult<Vec<RetractionView>>;
    /// The assertions of independence of the node and about it, oldest first.
    async fn independences(&self, node: NodeId) -> StoreResult<Vec<IndependenceView>>;
    /// The known plain nodes among these.
    async fn plain_nodes(&self, _nodes: &[NodeId]) -> StoreResult<Vec<PlainNodeView>> {
        Ok(Vec::new())
    }
    /// The plain nodes of this noun with this name, in each project that has one.
    async fn plain_nodes_named(&self, _noun: &str, _name: &str) -> StoreResult<Vec<PlainNodeView>> {
        Ok(Vec::new())
    }
    /// Newest first.
    async fn overrides(&self, node: NodeId, limit: usize) -> StoreResult<Vec<OverrideView>>;
    /// The runs that repeated this run for a repair, newest first.
    async fn repairs(&self, run: RunId) -> StoreResult<Vec<RunRepairView>>;
}
