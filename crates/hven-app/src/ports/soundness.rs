//! What is read of the lineage as a whole: what rests on what, and whether it still stands.

use async_trait::async_trait;
use hven_core::{
    ActorId, Digest, RunId, Time,
    project::ProjectPath,
    soundness::{IndependenceAsserted, Node, RunRepaired, Soundness, SuspicionOverridden},
};

use crate::ports::error::StoreResult;

#[derive(Clone, Debug, PartialEq)]
pub struct RetractionView {
    pub node: Node,
    /// `None` when it was erased.
    pub because: Option<String>,
    pub time: Time,
    pub by: ActorId,
}

#[derive(Clone, Debug, PartialEq)]
pub struct IndependenceView {
    pub asserted: IndependenceAsserted,
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
    /// What a node rests on.
    Sources,
    /// What rests on it.
    Consequences,
}

/// A node that was found, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReachedNode {
    pub node: Node,
    /// How many edges away, along the shortest way.
    pub depth: u32,
    /// The way: from the neighbour of where the search began to the one before this; of a long one its end,
    /// [`WAY_NODES_MAX`] nodes.
    pub way: Vec<Node>,
    pub soundness: Soundness,
}

pub const WAY_NODES_MAX: usize = 16;

/// What a search found: one page of it, nearest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    pub total: usize,
    /// How many of them are runs, datasets, claims, publications.
    pub runs: usize,
    pub datasets: usize,
    pub claims: usize,
    pub publications: usize,
    pub items: Vec<ReachedNode>,
}

/// How far a walk goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WalkLimits {
    /// How many edges away from where it begins.
    pub depth_max: Option<u32>,
    /// How many nodes it visits, those with which it begins included.
    pub nodes_max: usize,
}

/// `of` rests on `on`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineageEdge {
    pub of: Node,
    pub on: Node,
    /// A person asserted that nothing is handed on along it.
    pub is_independent: bool,
}

/// The edges that a walk crossed: those of the nearest nodes first, of one node in the order in which its neighbours came
/// into the record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WalkResult {
    pub edges: Vec<LineageEdge>,
    /// There are nodes that the walk did not visit because `nodes_max` was reached.
    pub is_truncated: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joined {
    /// By an edge.
    Directly,
    /// By more than one.
    Indirectly,
    Not,
}

/// A node of a noun of which a lineage shows no more than a name and a line: a plain one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainNodeView {
    pub node: Node,
    pub project: ProjectPath,
    /// Unique in its project.
    pub name: String,
    /// What it says, in one line.
    pub title: String,
}

#[async_trait]
pub trait Lineages: Send + Sync + 'static {
    /// Cheap; as long as nothing is, everything is sound.
    async fn is_anything_retracted(&self) -> StoreResult<bool>;
    /// Whether each still stands; a node that nobody knows is sound.
    async fn soundness(&self, nodes: &[Node]) -> StoreResult<Vec<Soundness>>;
    /// The shortest way from the node to something retracted: the node first, the retracted one last. Empty when it is
    /// sound.
    async fn cause(&self, node: Node) -> StoreResult<Vec<Node>>;
    /// The same for each of the nodes.
    async fn causes(&self, nodes: &[Node]) -> StoreResult<Vec<Vec<Node>>>;
    /// Everything in that direction that no asserted independence cuts off; `items` has those from the place `from` on.
    async fn reach(&self, of: Node, direction: Direction, from: usize, limit: usize) -> StoreResult<Reach>;
    /// Walks from these nodes, breadth first. Asserted independences stop it nowhere. Runs that were made to be compared
    /// with others are no consequences.
    async fn walk(&self, from: &[Node], direction: Direction, limits: WalkLimits) -> StoreResult<WalkResult>;
    /// What the node rests on by one edge, asserted independences put aside.
    async fn direct_sources(&self, of: Node) -> StoreResult<Vec<Node>>;
    /// How `of` rests on `on`, asserted independences put aside.
    async fn joined(&self, of: Node, on: Node) -> StoreResult<Joined>;
    /// What a run that reads these bytes now would rest on; `imports`: to bring them in as a dataset.
    async fn sources(&self, digests: &[Digest], imports: bool) -> StoreResult<Vec<Node>>;
    async fn retraction(&self, node: Node) -> StoreResult<Option<RetractionView>>;
    /// The retractions of those of the nodes that were retracted.
    async fn retractions(&self, nodes: &[Node]) -> StoreResult<Vec<RetractionView>>;
    /// What was asserted of the node and about it, oldest first.
    async fn independences(&self, node: Node) -> StoreResult<Vec<IndependenceView>>;
    /// Those of the nodes that are plain and known.
    async fn plain_nodes(&self, _nodes: &[Node]) -> StoreResult<Vec<PlainNodeView>> {
        Ok(Vec::new())
    }
    /// The plain nodes of that noun with that name, in each project that has one.
    async fn plain_nodes_named(&self, _noun: &str, _name: &str) -> StoreResult<Vec<PlainNodeView>> {
        Ok(Vec::new())
    }
    /// Newest first.
    async fn overrides(&self, node: Node, limit: usize) -> StoreResult<Vec<OverrideView>>;
    /// What was run in place of the run, newest first.
    async fn repairs(&self, run: RunId) -> StoreResult<Vec<RunRepairView>>;
}
