//! Converts a lineage to nodes and edges on the wire.

use hven_api::graph as wire;
use hven_app::{ancestry::LineageNode, graph::Graph, labelled::Labelled};

use super::{files::file, lineage};

pub(crate) fn graph(shown: &Labelled<Graph>) -> wire::Graph {
    let Labelled { of: graph, labels } = shown;
    let nodes = graph.nodes.iter().enumerate().map(|(place, (node, soundness))| {
        let wired = lineage::node(node, labels);
        wire::GraphNode { key: key(node, &wired, place), soundness: soundness.as_str().to_owned(), node: wired }
    });
    let nodes: Vec<wire::GraphNode> = nodes.collect();
    let edges = graph.edges.iter().map(|edge| wire::GraphEdge {
        from: nodes[edge.from].key.clone(),
        to: nodes[edge.to].key.clone(),
        through: edge.through.as_ref().map(file),
        independent: edge.independent,
    });
    let edges = edges.collect();
    wire::Graph {
        schema: "hven.graph/1".to_owned(),
        nodes,
        edges,
        truncated: graph.truncated,
        next: graph.next.clone(),
    }
}

/// The key of a node, which is the same on every page. A hidden node, or code that is not known, has a key with `#` that
/// is valid on its page only.
fn key(node: &LineageNode, wired: &hven_api::lineage::Node, place: usize) -> String {
    let id =
        |noun: &str, id: Option<&String>| id.map_or_else(|| format!("{noun}/#{place}"), |id| format!("{noun}/{id}"));
    match node {
        LineageNode::Run(_) => id("run", wired.run.as_ref().map(|run| &run.id)),
        LineageNode::Dataset(_) => id("data", wired.dataset.as_ref().map(|dataset| &dataset.id)),
        LineageNode::Claim(_) => id("claim", wired.claim.as_ref().map(|claim| &claim.id)),
        LineageNode::Publication(_) => id("publication", wired.publication.as_ref().map(|publication| &publication.id)),
        LineageNode::Plain(plain) => plain.node.to_string(),
        LineageNode::Raw(file) => format!("file/{}", file.digest),
        LineageNode::Code(code) => {
            code.digest().map_or_else(|| format!("code/#{place}"), |digest| format!("code/{digest}"))
        }
        LineageNode::Hidden => format!("hidden/#{place}"),
    }
}
