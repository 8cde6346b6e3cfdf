//! The whole metadata document: its root, and all entities that the root contains and mentions.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::entities::{Entities, METADATA_FILE, hven_id, id, moment};
use crate::{citation, layout::Layout, manifest::FileDigests, publication::Publication};

const PROFILE: &str = "https://w3id.org/ro/wfrun/process/0.5";
const CRATE: &str = "https://w3id.org/ro/crate/1.1";
const TERMS: &str = "https://w3id.org/ro/terms/workflow-run/context";

/// The metadata of a publication. The digests of all other files except the manifest are already known.
pub(crate) fn metadata(publication: &Publication, layout: &Layout, files: &BTreeMap<String, FileDigests>) -> Value {
    let mut graph = Entities::new(publication, layout, files);
    graph.add(json!({
        "@id": METADATA_FILE, "@type": "CreativeWork", "about": id("./"), "conformsTo": id(CRATE),
        "sdPublisher": id(&hven_id(publication)),
    }));
    graph.hven();
    graph.add(json!({ "@id": PROFILE, "@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5" }));
    let parts = graph.parts();
    let mut mentions = graph.runs();
    mentions.extend(graph.claims());
    let authors: Vec<Value> = citation::authors(publication).into_iter().map(|author| graph.person(author)).collect();
    let publisher = graph.person(&publication.publisher);
    let mut root = json!({
        "@id": "./",
        "@type": "Dataset",
        "name": publication.title,
        "description": non_empty(publication.summary.plain(), &publication.title),
        "identifier": publication.identifier,
        "version": publication.version.to_string(),
        "datePublished": moment(publication.published),
        "conformsTo": id(PROFILE),
        "author": authors,
        "publisher": publisher,
        "hasPart": parts,
        "mentions": mentions,
    });
    root["license"] = match &publication.license {
        Some(license) => graph.license(license),
        None => json!("All rights reserved: no licence was stated"),
    };
    if !publication.keywords.is_empty() {
        root["keywords"] = json!(publication.keywords);
    }
    if let Some(older) = &publication.supersedes {
        root["isBasedOn"] = json!(older);
    }
    graph.add(root);
    json!({ "@context": [format!("{CRATE}/context"), TERMS], "@graph": graph.in_order() })
}

fn non_empty<'a>(text: &'a str, otherwise: &'a str) -> &'a str {
    if text.trim().is_empty() { otherwise } else { text }
}
