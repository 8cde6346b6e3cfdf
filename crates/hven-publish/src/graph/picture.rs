//! A lineage as a small SVG picture: columns by distance, arrows from a dependent node to its source.
//!
//! It is for neighbourhoods, not for whole records: nodes above [`NODES_MAX`] are counted, not drawn.

use std::collections::BTreeMap;

use maud::{Markup, PreEscaped, html};

use super::{Edge, Graph, LineageNode, NodeKind};
use crate::{publication::PublishedSoundness, text::document};

/// At most the first so many nodes of the graph are drawn.
const NODES_MAX: usize = 60;

const BOX_WIDTH: usize = 168;
const BOX_HEIGHT: usize = 38;
const COLUMN_WIDTH: usize = 216;
const ROW_HEIGHT: usize = 54;
const MARGIN: usize = 12;
/// The longest label that fits into a box at its font size.
const LABEL_CHARS_MAX: usize = 25;

const STYLE: &str = "svg{background:#fff}text{font:12px sans-serif;fill:#222}.kind{font-size:9px;fill:#555}\
rect{fill:#fff;stroke:#667}.claim rect,.law rect{stroke:#8a6a14;stroke-width:1.5}.suspect rect{stroke:#b35900;stroke-dasharray:5 3;stroke-width:2}\
.retracted rect{stroke:#b00020;stroke-dasharray:2 2;stroke-width:2}path{fill:none;stroke:#778}\
@media(prefers-color-scheme:dark){svg{background:#14161b}text{fill:#eee}.kind{fill:#bbb}rect{fill:#1b1e24;stroke:#99a}path{stroke:#99a}}";

impl Graph {
    /// The picture. It leaves people out, since all nodes are connected with people.
    pub fn picture(&self) -> String {
        let all: Vec<&LineageNode> = self.nodes.iter().filter(|node| node.kind != NodeKind::Person).collect();
        let drawn = &all[..all.len().min(NODES_MAX)];
        let places = places(self, drawn);
        let columns = places.values().map(|(column, _)| column + 1).max().unwrap_or(0);
        let rows = places.values().map(|(_, row)| row + 1).max().unwrap_or(0);
        let left_over = all.len() - drawn.len();
        let width = 2 * MARGIN + columns.saturating_sub(1) * COLUMN_WIDTH + BOX_WIDTH;
        let height = 2 * MARGIN + rows * ROW_HEIGHT + if left_over > 0 { 20 } else { 0 };
        document(&html! {
            svg xmlns="http://www.w3.org/2000/svg" viewBox={ "0 0 " (width) " " (height) } width=(width) height=(height) role="img" {
                title { "Lineage" }
                style { (PreEscaped(STYLE)) }
                defs {
                    marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto" {
                        path d="M0 0L8 4L0 8" {}
                    }
                }
                @for edge in self.resting() { (arrow(edge, &places)) }
                @for node in drawn {
                    @if let Some(place) = places.get(node.id.as_str()) { (boxed(node, *place)) }
                }
                @if left_over > 0 {
                    text x=(MARGIN) y=(height - MARGIN) { "and " (left_over) " more" }
                }
            }
        })
    }
}

/// The upper left corner of the box at a column and row.
fn corner((column, row): (usize, usize)) -> (usize, usize) {
    (MARGIN + column * COLUMN_WIDTH, MARGIN + row * ROW_HEIGHT)
}

/// An arrow from a node to its source, if both are drawn.
fn arrow(edge: &Edge, places: &BTreeMap<&str, (usize, usize)>) -> Markup {
    let (Some(from), Some(to)) = (places.get(edge.from.as_str()), places.get(edge.to.as_str())) else {
        return Markup::default();
    };
    let ((x, y), (to_x, to_y)) = (corner(*from), corner(*to));
    let (x, y, to_y) = (x + BOX_WIDTH, y + BOX_HEIGHT / 2, to_y + BOX_HEIGHT / 2);
    let bend = (COLUMN_WIDTH - BOX_WIDTH) / 2;
    let way = format!("M{x} {y}C{} {y} {} {to_y} {to_x} {to_y}", x + bend, to_x.saturating_sub(bend));
    html! { path marker-end="url(#arrow)" d=(way) {} }
}

/// A node with its kind and its name.
fn boxed(node: &LineageNode, place: (usize, usize)) -> Markup {
    let (x, y) = corner(place);
    let kind = node.kind.as_str();
    let (class, words) = match node.standing {
        PublishedSoundness::Sound => (kind.to_owned(), kind.to_owned()),
        PublishedSoundness::Suspect => (format!("{kind} suspect"), format!("{kind} · suspect")),
        PublishedSoundness::Retracted => (format!("{kind} retracted"), format!("{kind} · retracted")),
    };
    html! {
        g class=(class) {
            title { (node.label) }
            rect x=(x) y=(y) width=(BOX_WIDTH) height=(BOX_HEIGHT) rx="5" {}
            text class="kind" x=(x + 8) y=(y + 13) { (words) }
            text x=(x + 8) y=(y + 29) { (cut(&node.label)) }
        }
    }
}

fn cut(label: &str) -> String {
    if label.chars().count() <= LABEL_CHARS_MAX {
        return label.to_owned();
    }
    label.chars().take(LABEL_CHARS_MAX - 1).chain(['…']).collect()
}

/// The column and row of each node. The column is the longest path from a node without dependents; the order of rows follows
/// the rows of the dependents.
fn places<'a>(graph: &'a Graph, drawn: &[&'a LineageNode]) -> BTreeMap<&'a str, (usize, usize)> {
    let mut column: BTreeMap<&str, usize> = drawn.iter().map(|node| (node.id.as_str(), 0)).collect();
    let edges: Vec<(&str, &str)> = graph
        .resting()
        .map(|edge| (edge.from.as_str(), edge.to.as_str()))
        .filter(|(from, to)| column.contains_key(from) && column.contains_key(to))
        .collect();
    // As many rounds as nodes find the longest path; a circle stops there.
    for _ in 0..drawn.len() {
        let mut changed = false;
        for (from, to) in &edges {
            let next = (column[from] + 1).min(drawn.len());
            if column[to] < next {
                column.insert(to, next);
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    // Empty columns, which a circle causes, are removed.
    let mut used: Vec<usize> = column.values().copied().collect();
    used.sort_unstable();
    used.dedup();
    let mut rows: BTreeMap<&str, usize> = BTreeMap::new();
    let mut places = BTreeMap::new();
    for (at, wanted) in used.iter().enumerate() {
        let mut here: Vec<&str> =
            drawn.iter().map(|node| node.id.as_str()).filter(|id| column[id] == *wanted).collect();
        here.sort_by_key(|id| {
            edges.iter().filter(|(_, to)| to == id).filter_map(|(from, _)| rows.get(from)).min().copied()
        });
        for (row, id) in here.into_iter().enumerate() {
            rows.insert(id, row);
            places.insert(id, (at, row));
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::super::samples::{edge, node, planets};
    use super::*;
    use crate::graph::EdgeKind;

    #[test]
    fn columns_follow_the_longest_path() {
        let graph = planets();
        let drawn: Vec<&LineageNode> = graph.nodes.iter().filter(|node| node.kind != NodeKind::Person).collect();
        let places = places(&graph, &drawn);
        let expect = [
            ("claim/kepler3", (0, 0)),
            ("file/planets.csv", (4, 0)),
            ("planets@1", (2, 0)),
            ("run/7Q2M", (1, 0)),
            ("run/ABCD", (3, 0)),
        ];
        assert_eq!(places.into_iter().collect::<Vec<_>>(), expect);
    }

    #[test]
    fn circles_and_large_graphs_are_drawn() {
        let mut nodes: Vec<LineageNode> =
            (0..100).map(|at| node(&format!("n{at}"), NodeKind::Run, PublishedSoundness::Sound)).collect();
        nodes[0].label = "</text><script>".to_owned();
        let edges =
            (0..100).map(|at| edge(&format!("n{at}"), EdgeKind::Used, &format!("n{}", (at + 1) % 50))).collect();
        let svg = Graph { nodes, edges }.picture();
        assert!(svg.contains("and 40 more") && svg.contains("&lt;/text&gt;&lt;script&gt;"), "{svg}");
        assert_eq!(svg.matches("<g class=").count(), NODES_MAX);
        assert!(Graph::default().picture().ends_with("</svg>\n"));
    }
}
