//! The whole lineage in memory, as numbers: what reaches what, and what is sound.
//!
//! A search through a database pays for every edge it follows; the reach of a hub has millions. So the edges are read
//! once, when somebody first asks (about 100 bytes for each node with its five edges), and from then on only what changed
//! since. Whether something is sound is worked out beforehand for all nodes, so that every list can ask for every row;
//! in a home in which nothing was retracted nothing of all this is ever read.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Mutex,
};

use hven_app::ports::soundness::{Direction, Edge, Joined, Reach, Reached, WAY_NODES_MAX, WalkLimits, Walked};
use hven_core::{
    RunId,
    soundness::{Node, Soundness},
};

use crate::{
    sql::{Connection, SqlResult},
    views::{lineage, soundness},
};

/// A node by its place among all, in the order of their numbers.
pub(crate) type Place = u32;

/// No place: what a removed edge leads to, and whence nothing was reached.
const NOWHERE: Place = Place::MAX;

/// The neighbours of every node in one direction: those that were read at once packed, later ones beside.
#[derive(Default)]
struct Neighbours {
    /// The packed neighbours of the node `p` begin at `begins[p]`.
    begins: Vec<u32>,
    packed: Vec<Place>,
    later: HashMap<Place, Vec<Place>>,
}

impl Neighbours {
    /// Packs edges, given as from and to.
    fn pack(nodes: usize, edges: impl Iterator<Item = (Place, Place)> + Clone) -> Self {
        let mut begins = vec![0_u32; nodes + 1];
        for (from, _) in edges.clone() {
            begins[from as usize + 1] += 1;
        }
        for place in 0..nodes {
            begins[place + 1] += begins[place];
        }
        let mut next = begins.clone();
        let mut packed = vec![NOWHERE; begins[nodes] as usize];
        for (from, to) in edges {
            packed[next[from as usize] as usize] = to;
            next[from as usize] += 1;
        }
        Self { begins, packed, later: HashMap::new() }
    }

    fn packed_of(&self, place: Place) -> std::ops::Range<usize> {
        match (self.begins.get(place as usize), self.begins.get(place as usize + 1)) {
            (Some(&begin), Some(&end)) => begin as usize..end as usize,
            _ => 0..0,
        }
    }

    fn of(&self, place: Place) -> impl Iterator<Item = Place> + '_ {
        let packed = self.packed[self.packed_of(place)].iter();
        let later = self.later.get(&place).map(Vec::as_slice).unwrap_or_default();
        packed.chain(later).copied().filter(|&to| to != NOWHERE)
    }

    fn add(&mut self, from: Place, to: Place) {
        self.later.entry(from).or_default().push(to);
    }

    fn remove(&mut self, from: Place, to: Place) {
        let range = self.packed_of(from);
        let later = self.later.entry(from).or_default();
        for there in self.packed[range].iter_mut().chain(later) {
            if *there == to {
                *there = NOWHERE;
            }
        }
    }
}

/// What a search found, in the order in which it did.
struct Found {
    order: Vec<Place>,
    /// Whence each node was reached.
    whence: Vec<Place>,
    /// How far away each of `order` is.
    depths: Vec<u32>,
}

#[derive(Default)]
pub(crate) struct Graph {
    /// Which building of the views it was read from.
    pub(crate) generation: u64,
    /// Up to which fact its edges and its nodes, and what was said of them, are known.
    edges_to: i64,
    said_to: i64,
    /// In rising order.
    numbers: Vec<i64>,
    nodes: Vec<Node>,
    /// Runs that Hven made to compare others with: they build nothing on what they read.
    compared: HashSet<Place>,
    sources: Neighbours,
    consequences: Neighbours,
    /// Edges along which nothing is handed on: from, to.
    independent: HashSet<(Place, Place)>,
    pub(crate) soundness: Vec<Soundness>,
}

impl Graph {
    pub(crate) fn read(sql: &mut Connection, generation: u64) -> SqlResult<Self> {
        let mut graph = Self { generation, ..Self::default() };
        graph.read_nodes(sql)?;
        let mut edges: Vec<(Place, Place)> = Vec::new();
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

    /// The graph of a record that nobody changes.
    pub(crate) fn whole(sql: &mut Connection) -> SqlResult<Self> {
        Self::read(sql, 0)
    }

    /// All nodes in the order in which they came, and whether they stand.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = (Node, Soundness)> + '_ {
        self.nodes.iter().copied().zip(self.soundness.iter().copied())
    }

    /// All edges: which node rests on which, and whether that was asserted to hand nothing on.
    pub(crate) fn edges(&self) -> impl Iterator<Item = (Node, Node, bool)> + '_ {
        (0..self.nodes.len() as Place).flat_map(move |of| {
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
                self.compared.insert(self.nodes.len() as Place);
            }
            self.numbers.push(row.int(0)?);
            self.nodes.push(lineage::node(row, 1, 2)?);
            self.soundness.push(Soundness::Sound);
            Ok(())
        })
    }

    pub(crate) fn place(&self, number: i64) -> Option<Place> {
        self.numbers.binary_search(&number).ok().map(|place| place as Place)
    }

    pub(crate) fn place_of(&self, node: Node, sql: &mut Connection) -> SqlResult<Option<Place>> {
        Ok(lineage::number_of(sql, node)?.and_then(|number| self.place(number)))
    }

    /// The places of these nodes, in their order.
    pub(crate) fn places_of(&self, nodes: &[Node], sql: &mut Connection) -> SqlResult<Vec<Option<Place>>> {
        let numbers = lineage::numbers_of(sql, nodes)?;
        let place = |node: &Node| numbers.get(node).and_then(|number| self.place(*number));
        Ok(nodes.iter().map(place).collect())
    }

    /// Takes in what changed since it was read.
    pub(crate) fn catch_up(&mut self, sql: &mut Connection) -> SqlResult<()> {
        self.read_nodes(sql)?;
        let changed = "SELECT target, source, seq, gone FROM lineage_edges WHERE seq > ?1 ORDER BY seq, target, source";
        let mut changes = Vec::new();
        sql.each(changed, &[self.edges_to.into()], &mut |row| {
            changes.push((row.int(0)?, row.int(1)?, row.int(2)?, row.int(3)? == 1));
            Ok(())
        })?;
        let mut anew = false;
        let mut suspects = Vec::new();
        for (target, source, seq, gone) in changes {
            self.edges_to = seq;
            let (Some(target), Some(source)) = (self.place(target), self.place(source)) else { continue };
            let is_there = self.sources.of(target).any(|there| there == source);
            if gone && is_there {
                self.sources.remove(target, source);
                self.consequences.remove(source, target);
                anew |= !self.soundness[target as usize].is_sound();
            } else if !gone && !is_there {
                self.sources.add(target, source);
                self.consequences.add(source, target);
                if !self.soundness[source as usize].is_sound() && !self.independent.contains(&(source, target)) {
                    suspects.push(target);
                }
            }
        }
        if soundness::last_seq(sql)? != self.said_to {
            self.read_said(sql)?;
        } else if anew {
            let retracted = self.with(Soundness::Retracted);
            self.judge(&retracted);
        } else {
            self.spread(suspects);
        }
        Ok(())
    }

    fn with(&self, wanted: Soundness) -> Vec<Place> {
        let all = self.soundness.iter().enumerate();
        all.filter(|(_, soundness)| **soundness == wanted).map(|(place, _)| place as Place).collect()
    }

    /// Reads what people said, and works out anew what is sound.
    fn read_said(&mut self, sql: &mut Connection) -> SqlResult<()> {
        self.said_to = soundness::last_seq(sql)?;
        let place = |id: [u8; 16], sql: &mut Connection| -> SqlResult<Option<Place>> {
            self.place_of(Node::Run(RunId::from_bytes(id)), sql)
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

    fn judge(&mut self, retracted: &[Place]) {
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

    /// Makes these suspect, and all that rests on them.
    fn spread(&mut self, mut suspects: Vec<Place>) {
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

    fn is_cut(&self, direction: Direction, at: Place, next: Place) -> bool {
        let edge = match direction {
            Direction::Sources => (next, at),
            Direction::Consequences => (at, next),
        };
        !self.independent.is_empty() && self.independent.contains(&edge)
    }

    /// Breadth first, so each is found along a shortest way.
    fn search(&self, start: Place, direction: Direction) -> Found {
        let neighbours = match direction {
            Direction::Sources => &self.sources,
            Direction::Consequences => &self.consequences,
        };
        let mut found = Found { order: Vec::new(), whence: vec![NOWHERE; self.nodes.len()], depths: Vec::new() };
        found.whence[start as usize] = start;
        let (mut at, mut depth) = (start, 0);
        let mut next = 0;
        loop {
            for to in neighbours.of(at) {
                if found.whence[to as usize] == NOWHERE && !self.is_cut(direction, at, to) {
                    found.whence[to as usize] = at;
                    found.order.push(to);
                    found.depths.push(depth + 1);
                }
            }
            let Some(&place) = found.order.get(next) else { return found };
            (at, depth) = (place, found.depths[next]);
            next += 1;
        }
    }

    pub(crate) fn reach(&self, start: Place, direction: Direction, from: usize, limit: usize) -> Reach {
        let found = self.search(start, direction);
        let is_told = |place: Place| direction == Direction::Sources || !self.compared.contains(&place);
        let all = found.order.iter().copied().zip(found.depths.iter().copied());
        let told: Vec<(Place, u32)> = all.filter(|(place, _)| is_told(*place)).collect();
        let mut reach = Reach { total: told.len(), ..Reach::default() };
        for &(place, _) in &told {
            *match self.nodes[place as usize] {
                Node::Run(_) => &mut reach.runs,
                Node::Dataset(_) => &mut reach.datasets,
                Node::Claim(_) => &mut reach.claims,
                Node::Publication(_) => &mut reach.publications,
            } += 1;
        }
        reach.items = told
            .into_iter()
            .skip(from)
            .take(limit)
            .map(|(place, depth)| {
                let mut way = Vec::new();
                let mut before = found.whence[place as usize];
                while before != start && way.len() < WAY_NODES_MAX {
                    way.push(self.nodes[before as usize]);
                    before = found.whence[before as usize];
                }
                way.reverse();
                Reached { node: self.nodes[place as usize], depth, way, soundness: self.soundness[place as usize] }
            })
            .collect();
        reach
    }

    /// Breadth first, each node once. Independences are told of and stop it nowhere.
    pub(crate) fn walk(&self, from: &[Place], direction: Direction, limits: WalkLimits) -> Walked {
        let neighbours = match direction {
            Direction::Sources => &self.sources,
            Direction::Consequences => &self.consequences,
        };
        let mut depths: HashMap<Place, u32> = from.iter().map(|&place| (place, 0)).collect();
        let mut queue: VecDeque<Place> = from.iter().copied().collect();
        let mut walked = Walked::default();
        while let Some(at) = queue.pop_front() {
            let depth = depths.get(&at).copied().unwrap_or_default();
            if limits.depth_max.is_some_and(|max| depth >= max) {
                continue;
            }
            let is_told = |place: &Place| direction == Direction::Sources || !self.compared.contains(place);
            let mut near: Vec<Place> = neighbours.of(at).filter(is_told).collect();
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
                walked.edges.push(Edge { of: self.nodes[of as usize], on: self.nodes[on as usize], is_independent });
            }
        }
        walked
    }

    /// From the node up to the nearest that is retracted.
    pub(crate) fn cause(&self, start: Place) -> Vec<Node> {
        let mut whence = HashMap::from([(start, start)]);
        let mut queue = VecDeque::from([start]);
        while let Some(at) = queue.pop_front() {
            match self.soundness[at as usize] {
                Soundness::Sound => continue,
                Soundness::Suspect => {}
                Soundness::Retracted => {
                    let mut way = vec![at];
                    while let Some(&before) = way.last().and_then(|last| whence.get(last))
                        && way.last() != Some(&before)
                    {
                        way.push(before);
                    }
                    return way.into_iter().rev().map(|place| self.nodes[place as usize]).collect();
                }
            }
            for source in self.sources.of(at) {
                if !self.is_cut(Direction::Sources, at, source) && !whence.contains_key(&source) {
                    whence.insert(source, at);
                    queue.push_back(source);
                }
            }
        }
        Vec::new()
    }

    pub(crate) fn joined(&self, of: Place, on: Place) -> Joined {
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

/// The graph of a home, from when somebody first asked for it.
#[derive(Default)]
pub(crate) struct Graphs(pub(crate) Mutex<Option<Graph>>);
