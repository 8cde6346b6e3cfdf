//! The lineage as nodes and edges: around one node, or page by page of everything that the caller may see.
//!
//! `why` answers with steps, which is what a person reads; a picture needs to know between which nodes each edge is.

use std::collections::{HashMap, HashSet, VecDeque};

use hven_core::{
    Digest,
    object::FileRef,
    project::ProjectPath,
    soundness::{Node as Id, Soundness},
};

use crate::{
    catalogue::datasets,
    kernel::{
        ancestry::{self, Node},
        callers::Caller,
        error::{AppError, AppResult},
        lineage::why::Direction,
        soundness,
    },
    knowledge::claims,
    ports::page::Filter,
    publish::{floor::Publish, publications::publication},
    work::runs,
};

/// What is wanted around a node.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    /// What it rests on.
    pub sources: bool,
    /// What rests on it.
    pub consequences: bool,
    /// How many steps away at most.
    pub depth: Option<u32>,
    /// How many nodes at most.
    pub limit: usize,
}

/// `from` rests on `to`; both are places among the nodes.
#[derive(Clone, Debug)]
pub struct Edge {
    pub from: usize,
    pub to: usize,
    /// The bytes that join them.
    pub through: Option<FileRef>,
    /// A person asserted that nothing is handed on along it.
    pub independent: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Graph {
    pub nodes: Vec<(Node, Soundness)>,
    pub edges: Vec<Edge>,
    /// The walk stopped at the limit of nodes: there is more.
    pub truncated: bool,
    /// Where the next page begins, when it is one of everything.
    pub next: Option<String>,
}

/// The most nodes that one graph has.
pub const NODES_MAX: usize = 1000;

/// The graph around what a person names, which is its first node.
pub async fn around(
    publish: &Publish,
    caller: &Caller,
    name: &str,
    project: Option<&ProjectPath>,
    wish: Wish,
) -> AppResult<Graph> {
    caller.require_user()?;
    let start = ancestry::named(publish, caller, name, project).await?;
    let mut drawing = Drawing::new(wish.limit.clamp(1, NODES_MAX));
    drawing.place(&start);
    if wish.sources {
        drawing.walk(publish, caller, &start, Direction::Sources, wish.depth).await?;
    }
    if wish.consequences {
        drawing.walk(publish, caller, &start, Direction::Consequences, wish.depth).await?;
    }
    drawing.finish(publish).await
}

/// How many runs, datasets or claims a page of everything is about; what they rest on comes on top.
const PAGE: usize = 200;

/// A page of everything: runs first, then datasets, claims and publications, each with what it rests on. A node may stand
/// on several pages.
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
            let filter = runs::Filter { all_kinds: true, cursor, limit: PAGE, ..runs::Filter::default() };
            let page = runs::list(publish, caller, filter).await?;
            let mut nodes = Vec::with_capacity(page.items.len());
            for row in page.items {
                nodes.push(ancestry::run_node(publish, caller, row.id).await?);
            }
            (nodes, page.next, Some("data."))
        }
        "data" => {
            let page = datasets::list(publish, caller, Filter { cursor, limit: PAGE, ..Filter::default() }).await?;
            let mut nodes = Vec::new();
            for newest in page.items {
                let version = newest.version;
                let all = publish.ports.views.dataset_versions(&version.project, &version.name).await?;
                nodes.extend(all.into_iter().map(|dataset| Node::Dataset(Box::new(dataset))));
            }
            (nodes, page.next, Some("claim."))
        }
        "claim" => {
            let page = claims::list(publish, caller, Filter { cursor, limit: PAGE, ..Filter::default() }).await?;
            let nodes = page.items.into_iter().map(|at| Node::Claim(Box::new(at.claim))).collect();
            (nodes, page.next, Some("publication."))
        }
        _ => {
            let filter = Filter { cursor, limit: PAGE, ..Filter::default() };
            let page = publication::list(publish, caller, filter, None).await?;
            let nodes = page.items.into_iter().map(|item| Node::Publication(Box::new(item.publication))).collect();
            (nodes, page.next, None)
        }
    };
    let mut drawing = Drawing::new(usize::MAX);
    for node in nodes {
        drawing.place(&node);
        drawing.walk(publish, caller, &node, Direction::Sources, Some(1)).await?;
    }
    let mut graph = drawing.finish(publish).await?;
    graph.next = next.map(|next| format!("{of}.{next}")).or_else(|| then.map(str::to_owned));
    Ok(graph)
}

/// What makes two nodes the same.
#[derive(PartialEq, Eq, Hash)]
enum Key {
    Known(Id),
    Raw(Digest),
    Code(Digest),
}

fn key(node: &Node) -> Option<Key> {
    match node {
        Node::Raw(file) => Some(Key::Raw(file.digest)),
        Node::Code(code) => code.digest().map(Key::Code),
        // What is hidden is never told to be the same as something else that is.
        Node::Hidden => None,
        known => soundness::node_of(known).map(|(id, _)| Key::Known(id)),
    }
}

/// A graph that grows.
struct Drawing {
    limit: usize,
    nodes: Vec<Node>,
    places: HashMap<Key, usize>,
    joined: HashSet<(usize, usize)>,
    edges: Vec<Edge>,
    truncated: bool,
}

impl Drawing {
    fn new(limit: usize) -> Self {
        let (places, joined) = (HashMap::new(), HashSet::new());
        Self { limit, nodes: Vec::new(), places, joined, edges: Vec::new(), truncated: false }
    }

    /// The place of a node, and whether it is new; `None` when there is no room for it.
    fn place(&mut self, node: &Node) -> Option<(usize, bool)> {
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

    /// Breadth first in one direction, so that what is left out is what is far away.
    async fn walk(
        &mut self,
        publish: &Publish,
        caller: &Caller,
        start: &Node,
        direction: Direction,
        depth: Option<u32>,
    ) -> AppResult<()> {
        let mut walked: HashSet<usize> = HashSet::new();
        let mut queue = VecDeque::from([(start.clone(), 0)]);
        while let Some((node, steps)) = queue.pop_front() {
            let Some((here, _)) = self.place(&node) else { continue };
            if depth.is_some_and(|depth| steps >= depth) || !walked.insert(here) {
                continue;
            }
            for (next, through) in ancestry::neighbours(publish, caller, &node, direction).await? {
                let Some((there, _)) = self.place(&next) else { continue };
                let (from, to) = match direction {
                    Direction::Sources => (here, there),
                    Direction::Consequences => (there, here),
                };
                if from != to && self.joined.insert((from, to)) {
                    self.edges.push(Edge { from, to, through, independent: false });
                }
                queue.push_back((next, steps + 1));
            }
        }
        Ok(())
    }

    /// Adds what people said: whether each node stands, and which edges hand nothing on.
    async fn finish(mut self, publish: &Publish) -> AppResult<Graph> {
        let ids: Vec<Option<Id>> = self.nodes.iter().map(|node| soundness::node_of(node).map(|(id, _)| id)).collect();
        let known: Vec<Id> = ids.iter().copied().flatten().collect();
        let mut stands = soundness::of(publish, &known).await?.into_iter();
        let places: HashMap<Id, usize> =
            ids.iter().enumerate().filter_map(|(place, id)| id.map(|id| (id, place))).collect();
        let mut independent: HashSet<(usize, usize)> = HashSet::new();
        for id in known {
            for said in publish.ports.views.independences(id).await? {
                if let (Some(&of), Some(&on)) = (places.get(&said.asserted.of), places.get(&said.asserted.on)) {
                    independent.insert((of, on));
                }
            }
        }
        for edge in &mut self.edges {
            edge.independent = independent.contains(&(edge.from, edge.to));
        }
        let nodes = self.nodes.into_iter().zip(ids).map(|(node, id)| {
            let soundness = if id.is_some() { stands.next().unwrap_or_default() } else { Soundness::Sound };
            (node, soundness)
        });
        Ok(Graph { nodes: nodes.collect(), edges: self.edges, truncated: self.truncated, next: None })
    }
}
