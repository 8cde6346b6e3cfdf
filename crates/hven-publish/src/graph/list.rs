//! A lineage as an indented list, for a terminal.

use crate::text::put;

use std::collections::BTreeSet;

use super::{Edge, EdgeKind, Graph, Node};
use crate::publication::Standing;

/// Lists deeper than this say that there is more.
const DEPTH_MAX: usize = 64;

impl Graph {
    /// What `start` rests on, each level indented; what was listed before is only named. `None` when there is no such node.
    pub fn list(&self, start: &str) -> Option<String> {
        self.list_along(start, Way::Sources)
    }

    /// The same the other way round: what rests on `start`.
    pub fn list_consequences(&self, start: &str) -> Option<String> {
        self.list_along(start, Way::Consequences)
    }

    fn list_along(&self, start: &str, way: Way) -> Option<String> {
        let mut lines = Lines { graph: self, way, listed: BTreeSet::new(), text: String::new() };
        let node = self.node(start)?;
        lines.add(node, None, 0);
        Some(lines.text)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Sources,
    Consequences,
}

impl Way {
    /// How the edge is called by who stands nearer to the start.
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
    way: Way,
    listed: BTreeSet<&'a str>,
    text: String,
}

impl<'a> Lines<'a> {
    fn add(&mut self, node: &'a Node, edge: Option<&Edge>, depth: usize) {
        self.text.push_str(&"  ".repeat(depth));
        if let Some(edge) = edge {
            self.text.push_str(self.way.word(edge.kind));
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
        let (graph, way) = (self.graph, self.way);
        let here = |edge: &&Edge| if way == Way::Sources { edge.from == node.id } else { edge.to == node.id };
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
            if let Some(next) = graph.node(if way == Way::Sources { &edge.to } else { &edge.from }) {
                self.add(next, Some(edge), depth + 1);
            }
        }
    }
}

fn one_line(node: &Node) -> String {
    let label = if node.id.contains(&node.label) { String::new() } else { format!(" · {}", node.label) };
    let standing = match node.standing {
        Standing::Sound => "",
        Standing::Suspect => " [suspect]",
        Standing::Retracted => " [retracted]",
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
    fn and_the_other_way_round() {
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
        let (a, b) = (node("a", NodeKind::Run, Standing::Sound), node("b", NodeKind::Run, Standing::Sound));
        let edges = vec![edge("a", EdgeKind::Used, "b"), edge("b", EdgeKind::Used, "a")];
        let graph = Graph { nodes: vec![a, b], edges };
        assert_eq!(graph.list("a").expect("it is there"), "a\n  used b\n    used a (as above)\n");
    }
}
