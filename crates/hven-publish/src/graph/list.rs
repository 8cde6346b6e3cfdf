//! A lineage as an indented list, for a terminal.

use crate::text::put;

use std::collections::BTreeSet;

use super::{Edge, EdgeKind, Graph, LineageNode};
use crate::publication::PublishedSoundness;

/// Below this depth the list ends with "(and more)".
const DEPTH_MAX: usize = 64;

impl Graph {
    /// The sources of `start`, each level indented. A node that was listed before is only named. `None` if there is no such
    /// node.
    pub fn list(&self, start: &str) -> Option<String> {
        self.list_along(start, Direction::Sources)
    }

    /// The consequences of `start`: the nodes that rest on it, in the same form.
    pub fn list_consequences(&self, start: &str) -> Option<String> {
        self.list_along(start, Direction::Consequences)
    }

    fn list_along(&self, start: &str, direction: Direction) -> Option<String> {
        let mut lines = Lines { graph: self, direction, listed: BTreeSet::new(), text: String::new() };
        let node = self.node(start)?;
        lines.add(node, None, 0);
        Some(lines.text)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Sources,
    Consequences,
}

impl Direction {
    /// The name of an edge, seen from the node that is nearer to the start.
    const fn word(self, kind: EdgeKind) -> &'static str {
        match (self, kind) {
            (Self::Sources, kind) => kind.as_str(),
            (_, EdgeKind::Used) => "used by",
            (_, EdgeKind::MadeBy) => "made",
            (_, EdgeKind::RestsOn) => "ground of",
            (_, EdgeKind::DerivedFrom) => "made into",
            (_, EdgeKind::By) => "did",
            (_, EdgeKind::Independent) => "of no effect on",
        }
    }
}

struct Lines<'a> {
    graph: &'a Graph,
    direction: Direction,
    listed: BTreeSet<&'a str>,
    text: String,
}

impl<'a> Lines<'a> {
    fn add(&mut self, node: &'a LineageNode, edge: Option<&Edge>, depth: usize) {
        self.text.push_str(&"  ".repeat(depth));
        if let Some(edge) = edge {
            self.text.push_str(self.direction.word(edge.kind));
            self.text.push(' ');
        }
        self.text.push_str(&one_line(node));
        if let Some(through) = edge.and_then(|edge| edge.through.as_ref()) {
            put!(self.text, " as {through}");
        }
        if edge.is_some_and(|edge| edge.kind == EdgeKind::Independent) {
            self.text.push('\n');
            return;
        }
        let (graph, direction) = (self.graph, self.direction);
        let here =
            |edge: &&Edge| if direction == Direction::Sources { edge.from == node.id } else { edge.to == node.id };
        let below: Vec<&Edge> = graph.edges.iter().filter(here).collect();
        let is_new = self.listed.insert(&node.id);
        if !is_new && !below.is_empty() {
            self.text.push_str(" (as above)");
        } else if depth >= DEPTH_MAX && !below.is_empty() {
            self.text.push_str(" (and more)");
        }
        self.text.push('\n');
        if !is_new || depth >= DEPTH_MAX {
            return;
        }
        for edge in below {
            if let Some(next) = graph.node(if direction == Direction::Sources { &edge.to } else { &edge.from }) {
                self.add(next, Some(edge), depth + 1);
            }
        }
    }
}

fn one_line(node: &LineageNode) -> String {
    let label = if node.id.contains(&node.label) { String::new() } else { format!(" · {}", node.label) };
    let standing = match node.standing {
        PublishedSoundness::Sound => "",
        PublishedSoundness::Suspect => " [suspect]",
        PublishedSoundness::Retracted => " [retracted]",
    };
    format!("{}{label}{standing}", node.id)
}

#[cfg(test)]
mod tests {
    use super::super::samples::{edge, node, planets};
    use super::*;
    use crate::graph::NodeKind;

    #[test]
    fn a_lineage_is_listed_from_a_node_down() {
        insta::assert_snapshot!(planets().list("claim/kepler3").expect("it is there"), @"
        claim/kepler3 [suspect]
          rests on run/7Q2M
            used planets@1 [retracted] as data/planets.parquet
              made by run/ABCD
                used file/planets.csv
            used file/planets.csv
            by person/Mira
          said not to depend on file/planets.csv
        ");
        assert_eq!(planets().list("claim/none"), None);
    }

    #[test]
    fn consequences_are_listed_from_a_node() {
        insta::assert_snapshot!(planets().list_consequences("file/planets.csv").expect("it is there"), @"
        file/planets.csv
          used by run/ABCD
            made planets@1 [retracted]
              used by run/7Q2M as data/planets.parquet
                ground of claim/kepler3 [suspect]
          used by run/7Q2M (as above)
          of no effect on claim/kepler3 [suspect]
        ");
    }

    #[test]
    fn a_circle_ends() {
        let (a, b) =
            (node("a", NodeKind::Run, PublishedSoundness::Sound), node("b", NodeKind::Run, PublishedSoundness::Sound));
        let edges = vec![edge("a", EdgeKind::Used, "b"), edge("b", EdgeKind::Used, "a")];
        let graph = Graph { nodes: vec![a, b], edges };
        assert_eq!(graph.list("a").expect("it is there"), "a\n  used b\n    used a (as above)\n");
    }
}
