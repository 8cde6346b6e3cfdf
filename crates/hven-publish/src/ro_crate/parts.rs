//! The parts of the crate: its files, and the datasets that they belong to.

use serde_json::{Value, json};

use super::entities::{Entities, METADATA_FILE, id, local, moment};
use crate::{evidence::Dataset, names};

/// Media types by extension.
const MEDIA_TYPES: &[(&str, &str)] = &[
    ("cff", "application/yaml"),
    ("css", "text/css"),
    ("csv", "text/csv"),
    ("diff", "text/x-diff"),
    ("html", "text/html"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("json", "application/json"),
    ("md", "text/markdown"),
    ("onnx", "application/octet-stream"),
    ("parquet", "application/vnd.apache.parquet"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("py", "text/x-python"),
    ("r", "text/x-r"),
    ("sh", "application/x-sh"),
    ("svg", "image/svg+xml"),
    ("toml", "application/toml"),
    ("tsv", "text/tab-separated-values"),
    ("txt", "text/plain"),
];

fn media_type(path: &str) -> &'static str {
    let ending = path.rsplit('/').next().unwrap_or(path).rsplit_once('.').map(|(_, ending)| ending.to_lowercase());
    let known = ending.and_then(|ending| MEDIA_TYPES.iter().find(|(known, _)| *known == ending));
    known.map_or("application/octet-stream", |(_, media_type)| media_type)
}

impl Entities<'_> {
    /// Adds all files and the folders of datasets; returns references for the root's `hasPart`.
    pub(super) fn parts(&mut self) -> Vec<Value> {
        let publication = self.publication;
        let mut parts: Vec<Value> = publication.datasets.iter().map(|dataset| self.dataset(dataset)).collect();
        let files: Vec<(String, Value)> = self
            .files
            .iter()
            .filter(|(path, _)| path.as_str() != METADATA_FILE)
            .map(|(path, digests)| {
                let name = path.rsplit('/').next().unwrap_or(path);
                let mut file = json!({
                    "@id": names::url(path), "@type": "File", "name": name, "encodingFormat": media_type(path),
                    "contentSize": digests.size.to_string(), "sha256": digests.sha256,
                    "identifier": format!("blake3:{}", digests.blake3),
                });
                if let Some(description) = file_description(path) {
                    file["description"] = json!(description);
                }
                if let Some(own) = self.layout.renamed.get(path) {
                    file["alternateName"] = json!(names::on_one_line(own));
                }
                (path.clone(), file)
            })
            .collect();
        for (path, mut file) in files {
            let dataset = publication.datasets.iter().find(|dataset| path.starts_with(&folder(dataset)));
            if let Some(license) = dataset.and_then(|dataset| dataset.license.as_ref()) {
                file["license"] = self.license(license);
            }
            parts.push(self.add(file));
        }
        parts
    }

    fn dataset(&mut self, dataset: &Dataset) -> Value {
        let folder = folder(dataset);
        let inside: Vec<Value> =
            self.files.keys().filter(|path| path.starts_with(&folder)).map(|path| id(&names::url(path))).collect();
        let variables: Vec<Value> = dataset
            .schema
            .columns
            .iter()
            .map(|column| {
                let mut variable = json!({
                    "@id": local("column", &format!("{}.{}", dataset.reference(), column.name)),
                    "@type": "PropertyValue", "name": column.name, "additionalType": column.column_type.to_string(),
                });
                if let Some(unit) = &column.unit {
                    variable["unitText"] = json!(unit.to_string());
                }
                if let Some(description) = &column.description {
                    variable["description"] = json!(description);
                }
                self.add(variable)
            })
            .collect();
        // A dataset without included files has no folder that could be its id.
        let is_here = !inside.is_empty();
        let name = if is_here { names::url(&folder) } else { local("dataset", &dataset.reference()) };
        // RO-Crate 1.1 has no property for the attribution.
        let named = dataset.attribution.as_ref().map(|makers| format!("\nAttribution: {makers}")).unwrap_or_default();
        let usual = format!("{} rows, {} columns", dataset.rows, dataset.schema.columns.len());
        let mut entity = json!({
            "@id": name,
            "@type": if is_here { "Dataset" } else { "CreativeWork" },
            "name": dataset.reference(),
            "version": dataset.version.to_string(),
            "description": format!("{}{named}", dataset.description.as_ref().unwrap_or(&usual)),
            "identifier": format!("blake3:{}", dataset.content.digest),
            "dateCreated": moment(dataset.added),
            "variableMeasured": variables,
        });
        if is_here {
            entity["hasPart"] = json!(inside);
        }
        if let Some(license) = &dataset.license {
            entity["license"] = self.license(license);
        }
        if let Some(person) = &dataset.added_by {
            entity["author"] = self.person(person);
        }
        self.add(entity)
    }
}

/// The folder of a dataset's files, as in the layout.
fn folder(dataset: &Dataset) -> String {
    format!("data/{}/", names::portable_name(&dataset.reference()))
}

/// The purpose of the files that every publication has.
fn file_description(path: &str) -> Option<&'static str> {
    Some(match path {
        "README.md" => "What is here, and how to run and to check it again",
        "check.py" => "Evaluates the laws over their rows, with Python alone",
        "index.html" => "The publication as a page that opens from disk",
        "publication.json" => "The whole publication as Hven reads it",
        "prov.json" => "The lineage in PROV-JSON",
        "CITATION.cff" => "How to cite it",
        "datacite.json" => "Metadata for a repository that gives DOIs",
        "lineage.svg" => "The lineage as a picture",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn media_types_are_by_ending() {
        for (path, expect) in [
            ("a/B.CSV", "text/csv"),
            ("x.parquet", "application/vnd.apache.parquet"),
            ("a.csv/b", "application/octet-stream"),
        ] {
            assert_eq!(super::media_type(path), expect);
        }
    }
}
