//! The lineage as nodes and edges: around one node, or page by page for everything that the caller may see.
//!
//! `why` returns steps for a person to read. A picture also needs the two nodes of each edge.

use std::collections::{HashMap, HashSet, VecDeque};

use hven_core::{
    Digest,
    object::FileRef,
    project::ProjectPath,
    soundness::{NodeId, Soundness},
};

use crate::{
    catalogue::datasets,
    kernel::{
        ancestry::{self, LineageNode},
        callers::Caller,
        error::{AppError, AppResult},
        lineage::{
            adjacent::AdjacentNode,
            reader::{self, ReadLineage, read},
        },
        soundness,
    },
    knowledge::claims,
    ports::{
        page::ListFilter,
        soundness::{Direction, WalkLimits},
    },
    publish::{floor::Publish, publications::publication},
    work::runs,
};

/// The wanted part of the graph around a node.
#[derive(Clone, Copy, Debug)]
pub struct GraphRequest {
    /// The nodes on which it rests.
    pub sources: bool,
    /// The nodes that rest on it.
    pub consequences: bool,
    /// The largest number of steps.
    pub depth: Option<u32>,
    /// The largest number of nodes.
    pub limit: usize,
}

/// `from` rests on `to`. Both are positions in the list of nodes.
#[derive(Clone, Debug)]
pub struct GraphEdge {
    pub from: usize,
    pub to: usize,
    /// The bytes through which they are connected.
    pub through: Option<FileRef>,
    /// A person asserted that `from` does not depend on `to`.
    pub independent: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Graph {
    pub nodes: Vec<(LineageNode, Soundness)>,
    pub edges: Vec<GraphEdge>,
    /// The walk reached the limit of nodes, so there are more.
    pub truncated: bool,
    /// The cursor of the next page, for a page of everything.
    pub next: Option<String>,
}

/// The largest number of nodes in one graph.
pub const NODES_MAX: usize = 1000;

/// The graph around the node that a person names. This node comes first.
pub async fn around(
    publish: &Publish,
    caller: &Caller,
    name: &str,
    project: Option<&ProjectPath>,
    request: GraphRequest,
) -> AppResult<Graph> {
    caller.require_user()?;
    let start = ancestry::find_named(publish, caller, name, project).await?;
    let mut drawing = GraphBuilder::new(request.limit.clamp(1, NODES_MAX));
    drawing.place(&start);
    let from: Vec<NodeId> = start.id().map(|(id, _)| id).into_iter().collect();
    let limits = WalkLimits { depth_max: request.depth, nodes_max: reader::NODES_MAX };
    if request.sources {
        let read = read(publish, caller, &from, Direction::Sources, limits).await?;
        drawing.walk(&read, caller, &from, request.depth);
    }
    if request.consequences {
        let read = read(publish, caller, &from, Direction::Consequences, limits).await?;
        drawing.walk(&read, caller, &from, request.depth);
    }
    drawing.finish(publish).await
}

/// The number of runs, datasets or claims on a page of everything, without their sources.
const PAGE: usize = 200;

/// A page of everything: runs first, then datasets, claims and publications, each with its sources. A node may be on
/// several pages.
pub async fn everything(publish: &Publish, caller: &Caller, cursor: Option<&str>) -> AppResult<Graph> {
    caller.require_user()?;
    let (of, cursor) = match cursor {
        None => ("run", None),
        Some(text) => match text.split_once('.') {
            Some((of @ ("run" | "data" | "claim" | "publication"), rest)) => {
                (of, Some(rest.to_owned()).filter(|rest| !rest.is_empty()))
            }
            _ => return Err(AppError::invalid(format!("the cursor {text:?}"), "is none of ours")),
        },
    };
    let (nodes, next, then) = match of {
        "run" => {
            let filter = runs::RunFilter { all_kinds: true, cursor, limit: PAGE, ..runs::RunFilter::default() };
            let page = runs::list(publish, caller, filter).await?;
            let nodes: Vec<NodeId> = page.items.into_iter().map(|row| row.id.into()).collect();
            (nodes, page.next, Some("data."))
        }
        "data" => {
            let page =
                datasets::list(publish, caller, ListFilter { cursor, limit: PAGE, ..ListFilter::default() }).await?;
            let names: Vec<_> = page.items.into_iter().map(|one| (one.version.project, one.version.name)).collect();
            let all = publish.ports.views.dataset_versions(&names).await?;
            (all.into_iter().map(|one| one.version.dataset.into()).collect(), page.next, Some("claim."))
        }
        "claim" => {
            let page =
                claims::list(publish, caller, ListFilter { cursor, limit: PAGE, ..ListFilter::default() }).await?;
            let nodes = page.items.into_iter().map(|at| at.claim.stated.claim.into()).collect();
            (nodes, page.next, Some("publication."))
        }
        _ => {
            let filter = ListFilter { cursor, limit: PAGE, ..ListFilter::default() };
            let page = publication::list(publish, caller, filter, None).await?;
            let nodes = page.items.into_iter().map(|item| item.publication.made.publication.into()).collect();
            (nodes, page.next, None)
        }
    };
    let mut drawing = GraphBuilder::new(usize::MAX);
    let limits = WalkLimits { depth_max: Some(1), nodes_max: usize::MAX };
    let read = read(publish, caller, &nodes, Direction::Sources, limits).await?;
    for node in nodes {
        drawing.place(&read.labels.node(caller, node));
        drawing.walk(&read, caller, &[node], Some(1));
    }
    let mut graph = drawing.finish(publish).await?;
    graph.next = next.map(|next| format!("{of}.{next}")).or_else(|| then.map(str::to_owned));
    Ok(graph)
}

/// The identity of a node in the graph.
#[derive(PartialEq, Eq, Hash)]
enum NodeKey {
    Known(NodeId),
    Raw(Digest),
    Code(Digest),
}

fn key(node: &LineageNode) -> Option<NodeKey> {
    match node {
        LineageNode::Raw(file) => Some(NodeKey::Raw(file.digest)),
        LineageNode::Code(code) => code.digest().map(NodeKey::Code),
        // A hidden node is never reported as the same as another one.
        LineageNode::Hidden => None,
        known => known.id().map(|(id, _)| NodeKey::Known(id)),
    }
}

/// A graph under construction.
struct GraphBuilder {
    limit: usize,
    nodes: Vec<LineageNode>,
    places: HashMap<NodeKey, usize>,
    joined: HashSet<(usize, usize)>,
    edges: Vec<GraphEdge>,
    truncated: bool,
}

impl GraphBuilder {
    fn new(limit: usize) -> Self {
        let (places, joined) = (HashMap::new(), HashSet::new());
        Self { limit, nodes: Vec::new(), places, joined, edges: Vec::new(), truncated: false }
    }

    /// The position of a node, and whether it is new; `None` when the limit is reached.
    fn place(&mut self, node: &LineageNode) -> Option<(usize, bool)> {
        let key = key(node);
        if let Some(&place) = key.as_ref().and_then(|key| self.places.get(key)) {
            return Some((place, false));
        }
        if self.nodes.len() >= self.limit {
            self.truncated = true;
            return None;
        }
        let place = self.nodes.len();
        self.nodes.push(node.clone());
        if let Some(key) = key {
            self.places.insert(key, place);
        }
        Some((place, true))
    }

    /// Walks breadth first in the direction that was read, so that the farthest nodes are left out.
    fn walk(&mut self, read: &ReadLineage, caller: &Caller, from: &[NodeId], depth_max: Option<u32>) {
        self.truncated |= read.is_truncated;
        let mut walked: HashSet<NodeId> = HashSet::new();
        let mut queue: VecDeque<(NodeId, u32)> = from.iter().map(|id| (*id, 0)).collect();
        while let Some((at, depth)) = queue.pop_front() {
            if depth_max.is_some_and(|max| depth >= max) || !walked.insert(at) {
                continue;
            }
            let Some((here, _)) = self.place(&read.labels.node(caller, at)) else { continue };
            for AdjacentNode { node, through, .. } in read.next_to(caller, at) {
                let Some((there, _)) = self.place(&node) else { continue };
                let next = node.id().map(|(id, _)| id);
                let (from, to, of, on) = match read.direction {
                    Direction::Sources => (here, there, Some(at), next),
                    Direction::Consequences => (there, here, next, Some(at)),
                };
                if from != to && self.joined.insert((from, to)) {
                    let independent = of.zip(on).is_some_and(|(of, on)| read.is_independent(of, on));
                    self.edges.push(GraphEdge { from, to, through, independent });
                }
                queue.extend(next.map(|next| (next, depth + 1)));
            }
        }
    }

    /// Adds the soundness of each node.
    async fn finish(self, publish: &Publish) -> AppResult<Graph> {
        let ids: Vec<Option<NodeId>> = self.nodes.iter().map(|node| node.id().map(|(id, _)| id)).collect();
        let known: Vec<NodeId> = ids.iter().copied().flatten().collect();
        let mut stands = soundness::of(publish, &known).await?.into_iter();
        let nodes = self.nodes.into_iter().zip(ids).map(|(node, id)| {
            let soundness = if id.is_some() { stands.next().unwrap_or_default() } else { Soundness::Sound };
            (node, soundness)
        });
        Ok(Graph { nodes: nodes.collect(), edges: self.edges, truncated: self.truncated, next: None })
    }
}
