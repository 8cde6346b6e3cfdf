//! The whole lineage in memory, as numbers: which node reaches which, and which nodes are sound.
//!
//! A search in the database pays for every edge that it follows, and a hub reaches millions of nodes. So the edges are read once,
//! at the first question (about 100 bytes per node with its five edges), and later only the changes. The soundness of all nodes is
//! computed in advance, so that every list can ask for every row. In a home without retractions nothing of this is read.
use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Mutex,
};

use hven_app::ports::soundness::{
    Direction, Joined, LineageEdge, Reach, ReachedNode, WAY_NODES_MAX, WalkLimits, WalkResult,
};
use hven_core::{
    RunId,
    soundness::{NodeId, Soundness},
};

use crate::{
    sql::{Connection, SqlResult},
    views::{lineage, soundness},
};

/// A node by its index in the order of node numbers.
pub(crate) type NodeIndex = u32;

/// No node: the target of a removed edge, or the origin of the start of a search.
const NO_NODE: NodeIndex = NodeIndex::MAX;

/// The neighbours of every node in one direction: packed for the edges of the first reading, separate for later ones.
#[derive(Default)]
struct Neighbours {
    /// The packed neighbours of the node `p` start at `begins[p]`.
    begins: Vec<u32>,
    packed: Vec<NodeIndex>,
    later: HashMap<NodeIndex, Vec<NodeIndex>>,
}

impl Neighbours {
    /// Packs edges, given as (from, to).
    fn pack(nodes: usize, edges: impl Iterator<Item = (NodeIndex, NodeIndex)> + Clone) -> Self {
        let mut begins = vec![0_u32; nodes + 1];
        for (from, _) in edges.clone() {
            begins[from as usize + 1] += 1;
        }
        for place in 0..nodes {
            begins[place + 1] += begins[place];
        }
        let mut next = begins.clone();
        let mut packed = vec![NO_NODE; begins[nodes] as usize];
        for (from, to) in edges {
            packed[next[from as usize] as usize] = to;
            next[from as usize] += 1;
        }
        Self { begins, packed, later: HashMap::new() }
    }

    fn packed_of(&self, place: NodeIndex) -> std::ops::Range<usize> {
        match (self.begins.get(place as usize), self.begins.get(place as usize + 1)) {
            (Some(&begin), Some(&end)) => begin as usize..end as usize,
            _ => 0..0,
        }
    }

    fn of(&self, place: NodeIndex) -> impl Iterator<Item = NodeIndex> + '_ {
        let packed = self.packed[self.packed_of(place)].iter();
        let later = self.later.get(&place).map(Vec::as_slice).unwrap_or_default();
        packed.chain(later).copied().filter(|&to| to != NO_NODE)
    }

    fn add(&mut self, from: NodeIndex, to: NodeIndex) {
        self.later.entry(from).or_default().push(to);
    }

    fn remove(&mut self, from: NodeIndex, to: NodeIndex) {
        let range = self.packed_of(from);
        let later = self.later.entry(from).or_default();
        for entry in self.packed[range].iter_mut().chain(later) {
            if *entry == to {
                *entry = NO_NODE;
            }
        }
    }
}

/// The result of a search, in the order of discovery.
struct Found {
    order: Vec<NodeIndex>,
    /// The node from which each node was reached.
    predecessors: Vec<NodeIndex>,
    /// The distance of each node in `order`.
    depths: Vec<u32>,
}

#[derive(Default)]
pub(crate) struct Graph {
    /// The generation of the views from which it was read.
    pub(crate) generation: u64,
    /// The last fact whose edges and nodes are included.
    edges_to: i64,
    /// The last fact whose retractions and independences are included.
    said_to: i64,
    /// In ascending order.
    numbers: Vec<i64>,
    nodes: Vec<NodeId>,
    /// Runs that Hven made only to compare others with; nothing rests on the files that they read.
    compared: HashSet<NodeIndex>,
    sources: Neighbours,
    consequences: Neighbours,
    /// Edges that transmit no suspicion: (from, to).
    independent: HashSet<(NodeIndex, NodeIndex)>,
    pub(crate) soundness: Vec<Soundness>,
}

impl Graph {
    pub(crate) fn read(sql: &mut Connection, generation: u64) -> SqlResult<Self> {
        let mut graph = Self { generation, ..Self::default() };
        graph.read_nodes(sql)?;
        let mut edges: Vec<(NodeIndex, NodeIndex)> = Vec::new();
        let all = "SELECT target, source, seq, gone FROM lineage_edges";
        sql.each(all, &[], &mut |row| {
            graph.edges_to = graph.edges_to.max(row.int(2)?);
            if row.int(3)? == 0
                && let (Some(target), Some(source)) = (graph.place(row.int(0)?), graph.place(row.int(1)?))
            {
                edges.push((source, target));
            }
            Ok(())
        })?;
        graph.consequences = Neighbours::pack(graph.nodes.len(), edges.iter().copied());
        graph.sources = Neighbours::pack(graph.nodes.len(), edges.iter().map(|&(from, to)| (to, from)));
        graph.read_said(sql)?;
        Ok(graph)
    }

    /// The graph of a record that does not change.
    pub(crate) fn whole(sql: &mut Connection) -> SqlResult<Self> {
        Self::read(sql, 0)
    }

    /// All nodes in order of insertion, with their soundness.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = (NodeId, Soundness)> + '_ {
        self.nodes.iter().copied().zip(self.soundness.iter().copied())
    }

    /// All edges: which node rests on which, and whether the edge was declared independent.
    pub(crate) fn edges(&self) -> impl Iterator<Item = (NodeId, NodeId, bool)> + '_ {
        (0..self.nodes.len() as NodeIndex).flat_map(move |of| {
            self.sources.of(of).map(move |on| {
                let (of_node, on_node) = (self.nodes[of as usize], self.nodes[on as usize]);
                (of_node, on_node, self.independent.contains(&(on, of)))
            })
        })
    }

    fn read_nodes(&mut self, sql: &mut Connection) -> SqlResult<()> {
        let last = self.numbers.last().copied().unwrap_or(0);
        let find = "SELECT number, id, noun, compared FROM lineage_nodes WHERE number > ?1 ORDER BY number";
        sql.each(find, &[last.into()], &mut |row| {
            if row.int(3)? == 1 {
                self.compared.insert(self.nodes.len() as NodeIndex);
            }
            self.numbers.push(row.int(0)?);
            self.nodes.push(lineage::node(row, 1, 2)?);
            self.soundness.push(Soundness::Sound);
            Ok(())
        })
    }

    pub(crate) fn place(&self, number: i64) -> Option<NodeIndex> {
        self.numbers.binary_search(&number).ok().map(|place| place as NodeIndex)
    }

    pub(crate) fn place_of(&self, node: NodeId, sql: &mut Connection) -> SqlResult<Option<NodeIndex>> {
        Ok(lineage::number_of(sql, node)?.and_then(|number| self.place(number)))
    }

    /// The indices of these nodes, in their order.
    pub(crate) fn places_of(&self, nodes: &[NodeId], sql: &mut Connection) -> SqlResult<Vec<Option<NodeIndex>>> {
        let numbers = lineage::numbers_of(sql, nodes)?;
        let place = |node: &NodeId| numbers.get(node).and_then(|number| self.place(*number));
        Ok(nodes.iter().map(place).collect())
    }

    /// Adds the changes since the last reading.
    pub(crate) fn catch_up(&mut self, sql: &mut Connection) -> SqlResult<()> {
        self.read_nodes(sql)?;
        let changed = "SELECT target, source, seq, gone FROM lineage_edges WHERE seq > ?1 ORDER BY seq, target, source";
        let mut changes = Vec::new();
        sql.each(changed, &[self.edges_to.into()], &mut |row| {
            changes.push((row.int(0)?, row.int(1)?, row.int(2)?, row.int(3)? == 1));
            Ok(())
        })?;
        let mut is_changed = false;
        let mut suspects = Vec::new();
        for (target, source, seq, gone) in changes {
            self.edges_to = seq;
            let (Some(target), Some(source)) = (self.place(target), self.place(source)) else { continue };
            let is_known = self.sources.of(target).any(|entry| entry == source);
            if gone && is_known {
                self.sources.remove(target, source);
                self.consequences.remove(source, target);
                is_changed |= !self.soundness[target as usize].is_sound();
            } else if !gone && !is_known {
                self.sources.add(target, source);
                self.consequences.add(source, target);
                if !self.soundness[source as usize].is_sound() && !self.independent.contains(&(source, target)) {
                    suspects.push(target);
                }
            }
        }
        if soundness::last_seq(sql)? != self.said_to {
            self.read_said(sql)?;
        } else if is_changed {
            let retracted = self.with(Soundness::Retracted);
            self.judge(&retracted);
        } else {
            self.spread(suspects);
        }
        Ok(())
    }

    fn with(&self, wanted: Soundness) -> Vec<NodeIndex> {
        let all = self.soundness.iter().enumerate();
        all.filter(|(_, soundness)| **soundness == wanted).map(|(place, _)| place as NodeIndex).collect()
    }

    /// Reads retractions and independences, and computes the soundness again.
    fn read_said(&mut self, sql: &mut Connection) -> SqlResult<()> {
        self.said_to = soundness::last_seq(sql)?;
        let place = |id: [u8; 16], sql: &mut Connection| -> SqlResult<Option<NodeIndex>> {
            self.place_of(NodeId::Run(RunId::from_bytes(id)), sql)
        };
        let mut retracted = Vec::new();
        for id in soundness::retracted(sql)? {
            retracted.extend(place(id, sql)?);
        }
        let mut independent = HashSet::new();
        for (node, source) in soundness::independent(sql)? {
            if let (Some(to), Some(from)) = (place(node, sql)?, place(source, sql)?) {
                independent.insert((from, to));
            }
        }
        self.independent = independent;
        self.judge(&retracted);
        Ok(())
    }

    fn judge(&mut self, retracted: &[NodeIndex]) {
        self.soundness.fill(Soundness::Sound);
        for &place in retracted {
            self.soundness[place as usize] = Soundness::Retracted;
        }
        let mut suspects = Vec::new();
        for &from in retracted {
            suspects.extend(self.consequences.of(from).filter(|&to| !self.independent.contains(&(from, to))));
        }
        self.spread(suspects);
    }

    /// Marks these nodes and everything that rests on them as suspect.
    fn spread(&mut self, mut suspects: Vec<NodeIndex>) {
        while let Some(place) = suspects.pop() {
            if !self.soundness[place as usize].is_sound() {
                continue;
            }
            self.soundness[place as usize] = Soundness::Suspect;
            let next = self
                .consequences
                .of(place)
                .filter(|&to| self.soundness[to as usize].is_sound() && !self.independent.contains(&(place, to)));
            suspects.extend(next);
        }
    }

    fn is_cut(&self, direction: Direction, at: NodeIndex, next: NodeIndex) -> bool {
        let edge = match direction {
            Direction::Sources => (next, at),
            Direction::Consequences => (at, next),
        };
        !self.independent.is_empty() && self.independent.contains(&edge)
    }

    /// Breadth-first search, so each node is found along a shortest path.
    fn search(&self, start: NodeIndex, direction: Direction) -> Found {
        let neighbours = match direction {
            Direction::Sources => &self.sources,
            Direction::Consequences => &self.consequences,
        };
        let mut found = Found { order: Vec::new(), predecessors: vec![NO_NODE; self.nodes.len()], depths: Vec::new() };
        found.predecessors[start as usize] = start;
        let (mut at, mut depth) = (start, 0);
        let mut next = 0;
        loop {
            for to in neighbours.of(at) {
                if found.predecessors[to as usize] == NO_NODE && !self.is_cut(direction, at, to) {
                    found.predecessors[to as usize] = at;
                    found.order.push(to);
                    found.depths.push(depth + 1);
                }
            }
            let Some(&place) = found.order.get(next) else { return found };
            (at, depth) = (place, found.depths[next]);
            next += 1;
        }
    }

    pub(crate) fn reach(&self, start: NodeIndex, direction: Direction, from: usize, limit: usize) -> Reach {
        let found = self.search(start, direction);
        let is_listed = |place: NodeIndex| direction == Direction::Sources || !self.compared.contains(&place);
        let all = found.order.iter().copied().zip(found.depths.iter().copied());
        let listed: Vec<(NodeIndex, u32)> = all.filter(|(place, _)| is_listed(*place)).collect();
        let mut reach = Reach { total: listed.len(), ..Reach::default() };
        for &(place, _) in &listed {
            #[allow(unreachable_patterns, reason = "there may be no plain nodes")]
            let count = match self.nodes[place as usize] {
                NodeId::Run(_) => &mut reach.runs,
                NodeId::Dataset(_) => &mut reach.datasets,
                NodeId::Claim(_) => &mut reach.claims,
                NodeId::Publication(_) => &mut reach.publications,
                _ => continue,
            };
            *count += 1;
        }
        reach.items = listed
            .into_iter()
            .skip(from)
            .take(limit)
            .map(|(place, depth)| {
                let mut way = Vec::new();
                let mut before = found.predecessors[place as usize];
                while before != start && way.len() < WAY_NODES_MAX {
                    way.push(self.nodes[before as usize]);
                    before = found.predecessors[before as usize];
                }
                way.reverse();
                ReachedNode { node: self.nodes[place as usize], depth, way, soundness: self.soundness[place as usize] }
            })
            .collect();
        reach
    }

    /// Breadth-first walk, each node once. Independent edges are reported but followed.
    pub(crate) fn walk(&self, from: &[NodeIndex], direction: Direction, limits: WalkLimits) -> WalkResult {
        let neighbours = match direction {
            Direction::Sources => &self.sources,
            Direction::Consequences => &self.consequences,
        };
        let mut depths: HashMap<NodeIndex, u32> = from.iter().map(|&place| (place, 0)).collect();
        let mut queue: VecDeque<NodeIndex> = from.iter().copied().collect();
        let mut walked = WalkResult::default();
        while let Some(at) = queue.pop_front() {
            let depth = depths.get(&at).copied().unwrap_or_default();
            if limits.depth_max.is_some_and(|max| depth >= max) {
                continue;
            }
            let is_listed = |place: &NodeIndex| direction == Direction::Sources || !self.compared.contains(place);
            let mut near: Vec<NodeIndex> = neighbours.of(at).filter(is_listed).collect();
            near.sort_unstable();
            for to in near {
                if !depths.contains_key(&to) {
                    if depths.len() >= limits.nodes_max {
                        walked.is_truncated = true;
                        continue;
                    }
                    depths.insert(to, depth + 1);
                    queue.push_back(to);
                }
                let (of, on) = match direction {
                    Direction::Sources => (at, to),
                    Direction::Consequences => (to, at),
                };
                let is_independent = self.independent.contains(&(on, of));
                walked.edges.push(LineageEdge {
                    of: self.nodes[of as usize],
                    on: self.nodes[on as usize],
                    is_independent,
                });
            }
        }
        walked
    }

    /// The path from the node up to the nearest retracted node.
    pub(crate) fn cause(&self, start: NodeIndex) -> Vec<NodeId> {
        let mut predecessors = HashMap::from([(start, start)]);
        let mut queue = VecDeque::from([start]);
        while let Some(at) = queue.pop_front() {
            match self.soundness[at as usize] {
                Soundness::Sound => continue,
                Soundness::Suspect => {}
                Soundness::Retracted => {
                    let mut way = vec![at];
                    while let Some(&before) = way.last().and_then(|last| predecessors.get(last))
                        && way.last() != Some(&before)
                    {
                        way.push(before);
                    }
                    return way.into_iter().rev().map(|place| self.nodes[place as usize]).collect();
                }
            }
            for source in self.sources.of(at) {
                if !self.is_cut(Direction::Sources, at, source) && !predecessors.contains_key(&source) {
                    predecessors.insert(source, at);
                    queue.push_back(source);
                }
            }
        }
        Vec::new()
    }

    pub(crate) fn joined(&self, of: NodeIndex, on: NodeIndex) -> Joined {
        if self.sources.of(of).any(|source| source == on) {
            return Joined::Directly;
        }
        let mut seen = HashSet::from([of]);
        let mut queue = vec![of];
        while let Some(at) = queue.pop() {
            for source in self.sources.of(at) {
                if source == on {
                    return Joined::Indirectly;
                }
                if seen.insert(source) {
                    queue.push(source);
                }
            }
        }
        Joined::Not
    }
}

/// The graph of a home, from the first question on.
#[derive(Default)]
pub(crate) struct Graphs(pub(crate) Mutex<Option<Graph>>);
