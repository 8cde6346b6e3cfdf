//! How to cite a publication: `CITATION.cff` (Citation File Format 1.2.0) and `datacite.json` (DataCite metadata 4.5 in the
//! JSON of its REST API).

use hven_core::licence::{is_address, spdx_id};
use serde_json::{Value, json};

use crate::publication::{Person, Publication};

/// Splits a name into given names and family name, at the last blank. A name without blanks, such as a Chinese one, is
/// whole.
fn parts(name: &str) -> (Option<&str>, &str) {
    match name.trim().rsplit_once(' ') {
        Some((given, family)) => (Some(given.trim()), family),
        None => (None, name.trim()),
    }
}

pub(crate) fn year(publication: &Publication) -> String {
    publication.published.to_string().chars().take(4).collect()
}

fn date(publication: &Publication) -> String {
    publication.published.to_string().chars().take(10).collect()
}

/// JSON strings are YAML strings as well.
fn yaml(text: &str) -> String {
    hven_core::safe_text::safe_json(&Value::from(text).to_string()).into_owned()
}

pub(crate) fn cff(publication: &Publication) -> String {
    let mut lines = vec![
        "cff-version: 1.2.0".to_owned(),
        "message: \"If you use these results, please cite them as below.\"".to_owned(),
        "type: dataset".to_owned(),
        format!("title: {}", yaml(&publication.title)),
        format!("version: {}", yaml(&publication.version.to_string())),
        format!("date-released: {}", date(publication)),
    ];
    let summary = publication.summary.plain();
    if !summary.is_empty() {
        lines.push(format!("abstract: {}", yaml(summary)));
    }
    // CFF allows only SPDX identifiers as `license`.
    if let Some(license) = &publication.license {
        match spdx_id(license) {
            Some(id) => lines.push(format!("license: {}", yaml(id))),
            None if is_address(license) => lines.push(format!("license-url: {}", yaml(license))),
            None => {}
        }
    }
    lines.push("authors:".to_owned());
    for author in authors(publication) {
        let (given, family) = parts(&author.name);
        match given {
            Some(given) => {
                lines.push(format!("  - given-names: {}", yaml(given)));
                lines.push(format!("    family-names: {}", yaml(family)));
            }
            None => lines.push(format!("  - name: {}", yaml(family))),
        }
        if let Some(orcid) = &author.orcid {
            lines.push(format!("    orcid: {}", yaml(orcid)));
        }
        if let Some(affiliation) = &author.affiliation {
            lines.push(format!("    affiliation: {}", yaml(affiliation)));
        }
    }
    if !publication.keywords.is_empty() {
        lines.push("keywords:".to_owned());
        lines.extend(publication.keywords.iter().map(|word| format!("  - {}", yaml(word))));
    }
    lines.push("identifiers:".to_owned());
    let (kind, value) = doi(publication).map_or(("other", publication.identifier.as_str()), |doi| ("doi", doi));
    lines.push(format!("  - type: {kind}"));
    lines.push(format!("    value: {}", yaml(value)));
    lines.join("\n") + "\n"
}

/// The authors; a publication without authors names its publisher.
pub(crate) fn authors(publication: &Publication) -> Vec<&Person> {
    if publication.authors.is_empty() { vec![&publication.publisher] } else { publication.authors.iter().collect() }
}

/// The DOI, if the identifier is one.
fn doi(publication: &Publication) -> Option<&str> {
    let text = publication.identifier.as_str();
    let bare = ["https://doi.org/", "http://doi.org/", "doi:"].iter().find_map(|lead| text.strip_prefix(lead));
    let bare = bare.unwrap_or(text);
    (bare.starts_with("10.") && bare.contains('/')).then_some(bare)
}

pub(crate) fn datacite(publication: &Publication) -> Value {
    let creators: Vec<Value> = authors(publication)
        .into_iter()
        .map(|author| {
            let (given, family) = parts(&author.name);
            let mut creator = match given {
                Some(given) => {
                    json!({ "name": format!("{family}, {given}"), "nameType": "Personal", "givenName": given, "familyName": family })
                }
                None => json!({ "name": family, "nameType": "Personal" }),
            };
            creator["affiliation"] = author.affiliation.iter().map(|name| json!({ "name": name })).collect();
            creator["nameIdentifiers"] = author
                .orcid
                .iter()
                .map(|orcid| json!({ "nameIdentifier": orcid, "nameIdentifierScheme": "ORCID", "schemeUri": "https://orcid.org" }))
                .collect();
            creator
        })
        .collect();
    let mut document = json!({
        "types": { "resourceTypeGeneral": "Collection", "resourceType": "Claims with their evidence", "schemaOrg": "Collection" },
        "creators": creators,
        "titles": [{ "title": publication.title }],
        "publisher": { "name": publication.publisher.name },
        "publicationYear": year(publication).parse::<u32>().unwrap_or_default(),
        "dates": [{ "date": date(publication), "dateType": "Issued" }],
        "subjects": publication.keywords.iter().map(|word| json!({ "subject": word })).collect::<Vec<_>>(),
        "descriptions": [],
        "version": publication.version.to_string(),
        "formats": ["application/zip"],
        "schemaVersion": "http://datacite.org/schema/kernel-4",
    });
    let described = [(&publication.summary.en, "en"), (&publication.summary.zh, "zh")];
    document["descriptions"] = described
        .into_iter()
        .filter_map(|(text, lang)| {
            text.as_ref().map(|text| json!({ "description": text, "descriptionType": "Abstract", "lang": lang }))
        })
        .collect();
    if let Some(license) = &publication.license {
        document["rightsList"] = json!([rights(license)]);
    }
    match doi(publication) {
        Some(doi) => document["doi"] = json!(doi),
        None => {
            document["alternateIdentifiers"] =
                json!([{ "alternateIdentifier": publication.identifier, "alternateIdentifierType": "Hven" }]);
        }
    }
    if let Some(older) = &publication.supersedes {
        let kind = if older.starts_with("10.") { "DOI" } else { "URN" };
        document["relatedIdentifiers"] = json!([{
            "relatedIdentifier": older, "relatedIdentifierType": kind, "relationType": "IsNewVersionOf",
        }]);
    }
    document
}

/// A licence in the form of DataCite: by SPDX id, by the address of its text, or by its name alone.
fn rights(license: &str) -> Value {
    match spdx_id(license) {
        Some(id) => json!({
            "rights": license, "rightsUri": format!("https://spdx.org/licenses/{id}"), "rightsIdentifier": id,
            "rightsIdentifierScheme": "SPDX", "schemeUri": "https://spdx.org/licenses/",
        }),
        None if is_address(license) => json!({ "rights": license, "rightsUri": license }),
        None => json!({ "rights": license }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_spdx_ids_get_the_scheme_of_spdx() {
        assert_eq!(rights("cc-by-4.0")["rightsUri"], "https://spdx.org/licenses/CC-BY-4.0");
        assert_eq!(rights("https://example.org/terms")["rightsUri"], "https://example.org/terms");
        for own in ["LicenseRef-Institute", "MIT OR Apache-2.0", "LICENSE.txt"] {
            assert_eq!(rights(own), json!({ "rights": own }));
        }
    }
}
