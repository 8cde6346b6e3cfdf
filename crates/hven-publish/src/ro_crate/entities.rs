//! The entities of a crate, each of them once: people, licences, Hven itself and withheld objects. And the ids of entities.

use std::collections::BTreeMap;

use hven_core::licence::{is_address, spdx_id};
use serde_json::{Map, Value, json};

use crate::{
    layout::Layout,
    manifest::FileDigests,
    names,
    publication::{Person, Publication, Withheld},
};

pub(crate) const METADATA_FILE: &str = "ro-crate-metadata.json";
/// The page that describes Hven.
pub(super) const HOMEPAGE: &str = "https://github.com/hven-science/hven";

pub(super) fn id(of: &str) -> Value {
    json!({ "@id": of })
}

/// A time to the second with a numeric offset, the one form of ISO 8601 that all validators of RO-Crate accept.
pub(super) fn moment(time: hven_core::Time) -> String {
    let text = time.to_string();
    match text.split_once('.') {
        Some((seconds, _)) => format!("{seconds}+00:00"),
        None => text,
    }
}

pub(super) fn hven_id(publication: &Publication) -> String {
    format!("{HOMEPAGE}#{}", names::url(&publication.hven_version))
}

/// The id of an entity that exists only in this crate.
pub(super) fn local(kind: &str, name: &str) -> String {
    format!("#{kind}-{}", names::url(name))
}

/// The entities of a crate, each of them once.
pub(super) struct Entities<'a> {
    pub(super) publication: &'a Publication,
    pub(super) layout: &'a Layout,
    pub(super) files: &'a BTreeMap<String, FileDigests>,
    described: BTreeMap<String, Value>,
}

impl<'a> Entities<'a> {
    pub(super) fn new(
        publication: &'a Publication,
        layout: &'a Layout,
        files: &'a BTreeMap<String, FileDigests>,
    ) -> Self {
        Self { publication, layout, files, described: BTreeMap::new() }
    }

    /// Adds an entity, if it is new, and returns a reference to it.
    pub(super) fn add(&mut self, mut entity: Value) -> Value {
        let name = entity["@id"].as_str().unwrap_or_default().to_owned();
        // RO-Crate recommends single values without brackets.
        for value in entity.as_object_mut().into_iter().flat_map(Map::values_mut) {
            if let Value::Array(items) = value
                && items.len() == 1
            {
                *value = items.remove(0);
            }
        }
        let named = id(&name);
        self.described.entry(name).or_insert(entity);
        named
    }

    /// The descriptor and the root first, as readers prefer it; then all others by id.
    pub(super) fn in_order(mut self) -> Vec<Value> {
        let first = [METADATA_FILE, "./"].map(|name| self.described.remove(name));
        first.into_iter().flatten().chain(self.described.into_values()).collect()
    }

    pub(super) fn person(&mut self, person: &Person) -> Value {
        let mut entity = Map::new();
        let name = person.orcid.clone().unwrap_or_else(|| local("person", &person.name));
        entity.insert("@id".to_owned(), json!(name));
        entity.insert("@type".to_owned(), json!("Person"));
        entity.insert("name".to_owned(), json!(person.name));
        if let Some(affiliation) = &person.affiliation {
            let organisation =
                json!({ "@id": local("organisation", affiliation), "@type": "Organization", "name": affiliation });
            entity.insert("affiliation".to_owned(), self.add(organisation));
        }
        self.add(Value::Object(entity))
    }

    /// A licence, by its page at SPDX or by the address of its text; another licence is only named.
    pub(super) fn license(&mut self, license: &str) -> Value {
        let name = match spdx_id(license) {
            Some(id) => format!("https://spdx.org/licenses/{id}"),
            None if is_address(license) => license.to_owned(),
            None => local("licence", license),
        };
        self.add(json!({ "@id": name, "@type": "CreativeWork", "name": license, "identifier": license }))
    }

    pub(super) fn hven(&mut self) {
        let hven = json!({
            "@id": hven_id(self.publication), "@type": "SoftwareApplication", "name": "Hven", "url": HOMEPAGE,
            "softwareVersion": self.publication.hven_version,
        });
        self.add(hven);
    }

    /// An object that is only named.
    pub(super) fn withheld(&mut self, digest: hven_core::Digest, path: &str) -> Value {
        let why = match self.layout.withheld.get(&digest) {
            Some(Withheld::Licence { why, .. } | Withheld::Decided { why }) => why.clone(),
            Some(Withheld::TooLarge { bytes, bytes_max }) => format!("it has {bytes} bytes, more than {bytes_max}"),
            Some(Withheld::NotKept) => "the record did not keep it".to_owned(),
            None => "it is not part of this publication".to_owned(),
        };
        self.add(json!({
            "@id": local("object", &digest.to_string()), "@type": "CreativeWork", "name": names::on_one_line(path),
            "identifier": format!("blake3:{digest}"), "description": format!("Only named by its digest: {why}."),
        }))
    }
}
