//! A lineage as PROV-JSON: the W3C member submission of 24 April 2013 (<https://www.w3.org/submissions/prov-json/>).
//!
//! Runs are activities, people are agents, all other nodes are entities. A declared independence is left out: PROV has no
//! word for it.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::{EdgeKind, Graph, NodeKind};
use crate::publication::PublishedSoundness;

/// Prefixes of names, and their namespaces.
const NODES: (&str, &str) = ("hven", "urn:hven:node:");
const TERMS: (&str, &str) = ("term", "urn:hven:term:");

impl Graph {
    /// A document for any reader of PROV-JSON.
    pub fn prov(&self) -> Value {
        let (mut entities, mut activities, mut agents) = (Map::new(), Map::new(), Map::new());
        for node in &self.nodes {
            let mut attributes = Map::new();
            attributes.insert("prov:label".to_owned(), json!(node.label));
            attributes.insert("prov:type".to_owned(), json!(format!("{}:{}", TERMS.0, node.kind.as_str())));
            if node.standing != PublishedSoundness::Sound {
                attributes.insert(format!("{}:standing", TERMS.0), json!(node.standing));
            }
            let is_run = node.kind == NodeKind::Run;
            for (name, value) in &node.attributes {
                let name = match name.as_str() {
                    "started" if is_run => "prov:startTime".to_owned(),
                    "ended" if is_run => "prov:endTime".to_owned(),
                    name => format!("{}:{name}", TERMS.0),
                };
                attributes.insert(name, json!(value));
            }
            let kind = match node.kind {
                NodeKind::Run => &mut activities,
                NodeKind::Person => {
                    attributes
                        .insert("prov:type".to_owned(), json!({ "$": "prov:Person", "type": "prov:QUALIFIED_NAME" }));
                    &mut agents
                }
                _ => &mut entities,
            };
            kind.insert(name(&node.id), Value::Object(attributes));
        }
        let mut document = Map::new();
        document.insert("prefix".to_owned(), json!({ NODES.0: NODES.1, TERMS.0: TERMS.1 }));
        for (key, nodes) in [("entity", entities), ("activity", activities), ("agent", agents)] {
            if !nodes.is_empty() {
                document.insert(key.to_owned(), Value::Object(nodes));
            }
        }
        let kinds: HashMap<&str, NodeKind> = self.nodes.iter().map(|node| (node.id.as_str(), node.kind)).collect();
        for (number, edge) in self.edges.iter().enumerate() {
            let ends = (kinds.get(edge.from.as_str()), kinds.get(edge.to.as_str()));
            let (Some(&from), Some(&to)) = ends else { continue };
            let Some((relation, one, other)) = relation(edge.kind, from, to) else { continue };
            let mut ends_of_edge = json!({ one: name(&edge.from), other: name(&edge.to) });
            if let (Some(through), Value::Object(fields)) = (&edge.through, &mut ends_of_edge) {
                fields.insert(format!("{}:path", TERMS.0), json!(through));
            }
            let relations = document.entry(relation).or_insert_with(|| json!({}));
            if let Value::Object(relations) = relations {
                relations.insert(format!("_:edge{number}"), ends_of_edge);
            }
        }
        Value::Object(document)
    }
}

/// The relation of PROV for an edge, and the names of its two ends.
fn relation(edge: EdgeKind, from: NodeKind, to: NodeKind) -> Option<(&'static str, &'static str, &'static str)> {
    use NodeKind::{Person, Run};
    Some(match (edge, from, to) {
        (EdgeKind::Independent, ..) | (_, Person, _) => return None,
        (_, Run, Person) => ("wasAssociatedWith", "prov:activity", "prov:agent"),
        (_, _, Person) => ("wasAttributedTo", "prov:entity", "prov:agent"),
        (EdgeKind::By, ..) => return None,
        (_, Run, Run) => ("wasInformedBy", "prov:informed", "prov:informant"),
        (_, Run, _) => ("used", "prov:activity", "prov:entity"),
        (EdgeKind::MadeBy, _, Run) => ("wasGeneratedBy", "prov:entity", "prov:activity"),
        (_, _, Run) => ("wasInfluencedBy", "prov:influencee", "prov:influencer"),
        _ => ("wasDerivedFrom", "prov:generatedEntity", "prov:usedEntity"),
    })
}

/// A qualified name; special characters are percent-encoded.
fn name(id: &str) -> String {
    format!("{}:{}", NODES.0, crate::names::url(id))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_lineage_in_prov() {
        let document = super::super::samples::planets().prov();
        insta::assert_snapshot!(serde_json::to_string_pretty(&document).expect("it is JSON"), @r#"
        {
          "activity": {
            "hven:run/7Q2M": {
              "prov:label": "run/7Q2M",
              "prov:type": "term:run"
            },
            "hven:run/ABCD": {
              "prov:label": "run/ABCD",
              "prov:type": "term:run"
            }
          },
          "agent": {
            "hven:person/Mira": {
              "prov:label": "person/Mira",
              "prov:type": {
                "$": "prov:Person",
                "type": "prov:QUALIFIED_NAME"
              }
            }
          },
          "entity": {
            "hven:claim/kepler3": {
              "prov:label": "claim/kepler3",
              "prov:type": "term:claim",
              "term:standing": "suspect",
              "term:statement": "Periods \"squared\" <are> proportional"
            },
            "hven:file/planets.csv": {
              "prov:label": "file/planets.csv",
              "prov:type": "term:file"
            },
            "hven:planets@1": {
              "prov:label": "planets@1",
              "prov:type": "term:dataset",
              "term:standing": "retracted"
            }
          },
          "prefix": {
            "hven": "urn:hven:node:",
            "term": "urn:hven:term:"
          },
          "used": {
            "_:edge1": {
              "prov:activity": "hven:run/7Q2M",
              "prov:entity": "hven:planets@1",
              "term:path": "data/planets.parquet"
            },
            "_:edge3": {
              "prov:activity": "hven:run/ABCD",
              "prov:entity": "hven:file/planets.csv"
            },
            "_:edge4": {
              "prov:activity": "hven:run/7Q2M",
              "prov:entity": "hven:file/planets.csv"
            }
          },
          "wasAssociatedWith": {
            "_:edge5": {
              "prov:activity": "hven:run/7Q2M",
              "prov:agent": "hven:person/Mira"
            }
          },
          "wasGeneratedBy": {
            "_:edge2": {
              "prov:activity": "hven:run/ABCD",
              "prov:entity": "hven:planets@1"
            }
          },
          "wasInfluencedBy": {
            "_:edge0": {
              "prov:influencee": "hven:claim/kepler3",
              "prov:influencer": "hven:run/7Q2M"
            }
          }
        }
        "#);
    }
}
