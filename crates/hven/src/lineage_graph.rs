//! Renders a lineage as a list, a drawing or PROV. The nodes and edges come from the server.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fs,
    path::{Path, PathBuf},
};

use hven_api::{
    graph::{Graph as Wire, GraphEdge, GraphNode},
    runs::Actor,
};
use hven_client::{Client, Failure, GraphQuery};
use hven_core::safe_text::safe_json;
use hven_publish::{
    graph::{Edge, EdgeKind, Graph, LineageNode, NodeKind},
    publication::PublishedSoundness,
};
use hven_terminal::{formats, printable};

use crate::context::Context;

/// The whole lineage that the caller may see.
pub fn whole_lineage(client: &Client) -> anyhow::Result<Wire> {
    let mut whole =
        Wire { schema: "hven.graph/1".to_owned(), nodes: Vec::new(), edges: Vec::new(), truncated: false, next: None };
    let (mut seen, mut joined) = (HashSet::new(), HashSet::new());
    let mut cursor: Option<String> = None;
    for number in 0_u64.. {
        let page = client.graph(&GraphQuery { cursor: cursor.as_deref(), ..GraphQuery::default() })?;
        let key = |key: String| if key.contains('#') { format!("{key}.{number}") } else { key };
        for node in page.nodes {
            let node = GraphNode { key: key(node.key), ..node };
            if seen.insert(node.key.clone()) {
                whole.nodes.push(node);
            }
        }
        for edge in page.edges {
            let edge = GraphEdge { from: key(edge.from), to: key(edge.to), ..edge };
            if joined.insert((edge.from.clone(), edge.to.clone())) {
                whole.edges.push(edge);
            }
        }
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    Ok(whole)
}

/// Writes the provenance of everything that the caller may see to a file. Returns its size in bytes.
pub fn write_prov_of_home(context: &Context, file: &Path) -> anyhow::Result<u64> {
    let text = prov(&whole_lineage(&context.client_of_existing()?)?)?;
    write(file, &text)?;
    Ok(text.len() as u64)
}

pub fn prov(wire: &Wire) -> anyhow::Result<String> {
    Ok(safe_json(&serde_json::to_string_pretty(&to_drawing(wire, true).prov())?).into_owned() + "\n")
}

pub fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    let partial = PathBuf::from(format!("{}.partial", file.display()));
    let written = fs::write(&partial, text).and_then(|()| fs::rename(&partial, file));
    written.map_err(|error| {
        // An incomplete file is removed.
        let _ = fs::remove_file(&partial);
        Failure::unwritable(file, &error).into()
    })
}

pub fn list(wire: &Wire, down: bool, both: bool) -> String {
    let graph = to_drawing(wire, false);
    let Some(start) = graph.nodes.first().map(|node| node.id.clone()) else { return String::new() };
    let sources = graph.list(&start).unwrap_or_default();
    let consequences = graph.list_consequences(&start).unwrap_or_default();
    let text = match (down, both) {
        (true, false) => consequences,
        (false, false) => sources,
        (_, true) => format!("{sources}\n{consequences}"),
    };
    // Names and paths are text from users: control characters are escaped, so that lines end only where the list ends
    // them.
    text.lines().map(|line| printable(line) + "\n").collect()
}

/// Converts the lineage of the API to the graph that is drawn. `people`: also add the person of each node.
pub fn to_drawing(wire: &Wire, people: bool) -> Graph {
    let mut graph = Graph::default();
    let mut names: HashMap<&str, (String, NodeKind)> = HashMap::new();
    let mut taken: HashSet<String> = HashSet::new();
    let mut persons: BTreeMap<String, String> = BTreeMap::new();
    for node in &wire.nodes {
        let DrawnNode { mut id, kind, label, attributes, by } = DrawnNode::of(node);
        // Two projects may use the same name.
        if !taken.insert(id.clone()) {
            id = format!("{id} ({})", attributes.get("project").unwrap_or(&node.key));
            taken.insert(id.clone());
        }
        let standing = match node.soundness.as_str() {
            "retracted" => PublishedSoundness::Retracted,
            "suspect" => PublishedSoundness::Suspect,
            _ => PublishedSoundness::Sound,
        };
        if let Some((person, name)) = by.filter(|_| people).and_then(person) {
            graph.edges.push(edge(&id, &person, EdgeKind::By, None));
            persons.insert(person, name);
        }
        names.insert(&node.key, (id.clone(), kind));
        graph.nodes.push(LineageNode { id, kind, label, standing, attributes });
    }
    for wire_edge in &wire.edges {
        let (Some((from, is)), Some((to, on))) = (names.get(wire_edge.from.as_str()), names.get(wire_edge.to.as_str()))
        else {
            continue;
        };
        let through = wire_edge.through.as_ref().map(|file| file.path.clone());
        let kind = if wire_edge.independent { EdgeKind::Independent } else { kind_of(*is, *on) };
        graph.edges.push(edge(from, to, kind, through));
    }
    graph.nodes.extend(persons.into_iter().map(|(id, label)| LineageNode {
        id,
        kind: NodeKind::Person,
        label,
        standing: PublishedSoundness::Sound,
        attributes: BTreeMap::new(),
    }));
    graph
}

fn edge(from: &str, to: &str, kind: EdgeKind, through: Option<String>) -> Edge {
    Edge { from: from.to_owned(), to: to.to_owned(), kind, through }
}

fn kind_of(from: NodeKind, on: NodeKind) -> EdgeKind {
    match (from, on) {
        (NodeKind::Run, _) => EdgeKind::Used,
        (NodeKind::Dataset | NodeKind::File | NodeKind::Law, NodeKind::Run) => EdgeKind::MadeBy,
        (NodeKind::Claim | NodeKind::Publication, _) => EdgeKind::RestsOn,
        _ => EdgeKind::DerivedFrom,
    }
}

fn person(actor: &Actor) -> Option<(String, String)> {
    let name = actor.name.clone()?;
    (actor.kind == "user").then(|| (format!("person/{name}"), name))
}

/// How many digits of a digest identify a file in the drawing.
const DIGITS: usize = 16;
/// The same for code, with its prefix.
const CODE_CHARS: usize = "code/".len() + DIGITS;

/// A node with its label for people.
struct DrawnNode<'a> {
    id: String,
    kind: NodeKind,
    label: String,
    attributes: BTreeMap<String, String>,
    by: Option<&'a Actor>,
}

impl<'a> DrawnNode<'a> {
    fn of(node: &'a GraphNode) -> Self {
        let mut attributes: BTreeMap<String, String> = BTreeMap::new();
        let mut add = |name: &str, value: Option<String>| {
            attributes.extend(value.map(|value| (name.to_owned(), value)));
        };
        let wire = &node.node;
        let text = wire.said.text.clone();
        let (id, kind, label, by) = if let Some(run) = &wire.run {
            add("project", Some(run.project.clone()));
            add("work", Some(run.command.clone()));
            add("state", Some(run.state.clone()));
            add("started", run.started.clone());
            add("ended", run.ended.clone());
            let label = format!("{} ({})", run.handle, run.name.as_ref().unwrap_or(&run.command));
            (format!("run/{}", run.handle), NodeKind::Run, label, Some(&run.submitted_by))
        } else if let Some(dataset) = &wire.dataset {
            add("project", Some(dataset.project.clone()));
            add("rows", Some(dataset.rows.to_string()));
            add("added", Some(dataset.added.clone()));
            add("license", dataset.license.clone());
            let label = format!("{}, {}", dataset.reference, formats::counted(dataset.rows, "row", "rows"));
            (dataset.reference.clone(), NodeKind::Dataset, label, Some(&dataset.added_by))
        } else if let Some(claim) = &wire.claim {
            add("project", Some(claim.project.clone()));
            add("statement", Some(claim.statement.clone()));
            add("test", Some(claim.test.clone()));
            add("verdict", claim.verdict.clone());
            (format!("claim/{}", claim.name), NodeKind::Claim, text, Some(&claim.stated_by))
        } else if let Some(publication) = &wire.publication {
            add("project", Some(publication.project.clone()));
            add("identifier", Some(publication.identifier.clone()));
            add("fingerprint", Some(publication.fingerprint.clone()));
            add("published", Some(publication.published.clone()));
            let (id, label) = (format!("publication/{}", publication.reference), publication.title.clone());
            (id, NodeKind::Publication, label, Some(&publication.published_by))
        } else if let Some(file) = &wire.file {
            add("digest", Some(file.digest.clone()));
            add("size", Some(file.size.to_string()));
            let digits = file.digest.get(..DIGITS).unwrap_or(&file.digest);
            (format!("file/{digits}"), NodeKind::File, file.path.clone(), None)
        } else {
            let kind = if wire.kind == "code" { NodeKind::Code } else { NodeKind::Hidden };
            let id = node.key.char_indices().nth(CODE_CHARS).map_or(node.key.as_str(), |(end, _)| &node.key[..end]);
            (if kind == NodeKind::Code { id } else { &node.key }.to_owned(), kind, text, None)
        };
        Self { id, kind, label, attributes, by }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(key: &str, path: &str) -> GraphNode {
        let wire = serde_json::json!({
            "key": key, "soundness": "sound", "kind": "file", "run": null, "dataset": null, "claim": null,
            "publication": null, "file": { "path": path, "digest": key, "size": 1 }, "text": path,
        });
        serde_json::from_value(wire).expect("a node")
    }

    #[test]
    fn edges_connect_known_nodes_and_each_node_has_a_name_of_its_own() {
        let nodes = vec![file("aaaaaaaaaaaaaaaaaaaa", "x\ty.csv"), file("aaaaaaaaaaaaaaaabbbb", "z.csv")];
        let wire_edge = |from: &str, to: &str| GraphEdge {
            from: from.to_owned(),
            to: to.to_owned(),
            through: None,
            independent: false,
        };
        let edges = vec![wire_edge(&nodes[0].key, &nodes[1].key), wire_edge(&nodes[0].key, "gone")];
        let wire = Wire { schema: String::new(), nodes, edges, truncated: false, next: None };
        let graph = to_drawing(&wire, true);
        assert_eq!(graph.edges.len(), 1);
        assert_ne!(graph.nodes[0].id, graph.nodes[1].id);
        assert_eq!(graph.edges[0].kind, EdgeKind::DerivedFrom);
        assert!(!list(&wire, false, false).contains('\t'));
    }
}
