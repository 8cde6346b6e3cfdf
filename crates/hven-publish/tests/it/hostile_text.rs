//! Hostile text at every place of a publication that accepts text: the page and its pictures show it as text only.
//!
//! The test finds the places by itself: it replaces every string and every key of the publication as JSON in turn, so it
//! also covers fields that are added later.

use std::collections::BTreeSet;

use base64::{Engine, engine::general_purpose::STANDARD};
use hven_core::{
    publication::evidence::{AddedLater, AddedValue},
    reproduction::{Printed, PrintedComparison},
    run::{Code, Number},
    safe_text::safe_text,
};
use hven_publish::{Publication, preview};
use serde_json::Value;

use crate::sample::{Store, hostile, mira};

/// Text that would be more than text if it were not escaped: an address that runs a script, ends of attributes and elements,
/// characters that change the direction or hide the following text.
const HOSTILE: &str =
    "javascript:alert(1)//' onclick='alert(2)\"><script>alert(3)</script>]]>\u{202e}exe\u{2066}\u{200f}\u{0}\u{1b}[31m";
const HARMLESS: &str = "harmless";
/// The same for the addresses that the page links to.
const HOSTILE_ORCID: &str = "https://orcid.org/\"><script>alert(1)</script>\u{202e}";
const HARMLESS_ORCID: &str = "https://orcid.org/0000-0002-1825-0097";

/// A publication that has text at every possible place.
fn full() -> (Publication, Store) {
    let (mut publication, store) = hostile();
    let run = publication.runs.last_mut().expect("a run");
    run.added_later = vec![AddedLater {
        name: "late".to_owned(),
        value: AddedValue::Metric(Number(0.99)),
        step: 0,
        by: Some(mira()),
        at: publication.published,
    }];
    run.code = Some(Code::NotCaptured { why: "the disk was full".to_owned() });
    let reproduced = publication.runs.iter_mut().flat_map(|run| &mut run.reproductions).next().expect("one");
    let not_known = Printed::NotKnown { why: "it was not kept".to_owned() };
    reproduced.printed = Some(PrintedComparison { stdout: not_known, stderr: Printed::Nothing });
    publication.laws[0].quantities[0].unit = Some("yr".to_owned());
    publication.datasets[0].schema.columns[0].description = Some("how it is called".to_owned());
    (publication, store)
}

/// A place in a JSON document: a string, or a key of an object.
#[derive(Clone, Debug)]
enum TextPlace {
    Text(String),
    Key(String, String),
}

impl TextPlace {
    fn is_orcid(&self) -> bool {
        matches!(self, Self::Text(at) if at.ends_with("/orcid"))
    }
}

fn spots(value: &Value, at: &str, found: &mut Vec<TextPlace>) {
    match value {
        Value::String(_) => found.push(TextPlace::Text(at.to_owned())),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(number, item)| spots(item, &format!("{at}/{number}"), found));
        }
        Value::Object(fields) => {
            for (key, field) in fields {
                found.push(TextPlace::Key(at.to_owned(), key.clone()));
                let escaped = key.replace('~', "~0").replace('/', "~1");
                spots(field, &format!("{at}/{escaped}"), found);
            }
        }
        _ => {}
    }
}

/// The publication with another text at a place, if the result is still valid and contains this text.
fn with_text(document: &Value, spot: &TextPlace, text: &str) -> Option<Publication> {
    let mut document = document.clone();
    match spot {
        TextPlace::Text(at) => *document.pointer_mut(at)? = text.into(),
        TextPlace::Key(at, key) => {
            let fields = document.pointer_mut(at)?.as_object_mut()?;
            let field = fields.remove(key)?;
            fields.insert(text.to_owned(), field);
        }
    }
    let changed: Publication = serde_json::from_value(document).ok()?;
    // The key of a struct's field is not free text: a publication with another key loses the field.
    match spot {
        TextPlace::Text(_) => Some(changed),
        TextPlace::Key(at, _) => {
            let said = serde_json::to_value(&changed).ok()?;
            said.pointer(at)?.get(text).is_some().then_some(changed)
        }
    }
}

/// Every tag of a document with the names of its attributes, sorted because the order of lists may change, and all linked
/// addresses.
fn structure(document: &str) -> (Vec<String>, Vec<String>) {
    let (mut tags, mut links) = (Vec::new(), Vec::new());
    let mut rest = document;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let mut tag = String::new();
        loop {
            let end = rest.find(['"', '>']).expect("a tag ends");
            tag.push_str(&rest[..end]);
            let ends = rest.as_bytes()[end] == b'>';
            rest = &rest[end + 1..];
            if ends {
                break;
            }
            let end = rest.find('"').expect("a value ends");
            if ["href=", "src="].iter().any(|name| tag.ends_with(name)) {
                links.push(rest[..end].to_owned());
            }
            rest = &rest[end + 1..];
        }
        tags.push(tag);
    }
    tags.sort_unstable();
    (tags, links)
}

/// The page without its own style and script, and the pictures in it that Hven drew.
fn parts(page: &str) -> Vec<String> {
    let mut bare = page.to_owned();
    for name in ["style", "script"] {
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        assert_eq!((page.matches(&open).count(), page.matches(&close).count()), (1, 1), "only the page's own {name}");
        let (from, to) = (bare.find(&open).expect("one"), bare.find(&close).expect("one"));
        bare.replace_range(from..to, "");
    }
    let drawn = page.split("src=\"data:image/svg+xml;base64,").skip(1);
    let drawn = drawn.map(|rest| STANDARD.decode(rest.split('"').next().expect("an end")).expect("base64"));
    let drawn: Vec<String> = drawn.map(|bytes| String::from_utf8(bytes).expect("text")).collect();
    [bare].into_iter().chain(drawn).collect()
}

#[test]
fn hostile_text_at_every_place_stays_text() {
    let (publication, store) = full();
    let document = serde_json::to_value(&publication).expect("JSON");
    let mut found = Vec::new();
    spots(&document, "", &mut found);
    let mut tried = BTreeSet::new();
    for spot in &found {
        for (text, alike) in [(HOSTILE, HARMLESS), (HOSTILE_ORCID, HARMLESS_ORCID)] {
            if text == HOSTILE_ORCID && !spot.is_orcid() {
                continue;
            }
            let (Some(changed), Some(harmless)) = (with_text(&document, spot, text), with_text(&document, spot, alike))
            else {
                continue;
            };
            let Ok(page) = preview(&harmless, &store) else { continue };
            let expect: Vec<_> = parts(&page).iter().map(|part| structure(part).0).collect();
            let page = preview(&changed, &store).unwrap_or_else(|wrong| panic!("{spot:?} {text:?}: {wrong}"));
            let parts = parts(&page);
            let told: Vec<_> = parts.iter().map(|part| structure(part)).collect();
            let tags: Vec<_> = told.iter().map(|(tags, _)| tags.clone()).collect();
            assert!(tags == expect, "{spot:?} {text:?} changes what the page is made of");
            for link in told.iter().flat_map(|(_, links)| links) {
                let own = ["https://orcid.org/", "data:image/", "data:,"].iter().any(|own| link.starts_with(own));
                assert!(own || !link.contains(':'), "{spot:?} {text:?} leads to {link}");
            }
            for part in &parts {
                assert_eq!(safe_text(part), part.as_str(), "{spot:?} {text:?} hides or turns what stands there");
            }
            tried.insert(match spot {
                TextPlace::Text(at) => at.clone(),
                TextPlace::Key(at, key) => format!("{at}/{key} (key)"),
            });
        }
    }
    for place in [
        "/title",
        "/authors/0/name",
        "/authors/0/orcid",
        "/authors/0/affiliation",
        "/summary/en",
        "/license",
        "/identifier",
        "/notices/0/because",
        "/claims/0/statement",
        "/claims/0/name",
        "/datasets/0/name",
        "/datasets/0/description",
        "/datasets/0/attribution",
        "/datasets/0/schema/columns/0/name",
        "/datasets/0/schema/columns/0/description",
        "/datasets/0/parts/0/name",
        "/datasets/0/content/path",
        "/laws/0/display",
        "/laws/0/because",
        "/laws/0/plots/0/description",
        "/laws/0/plots/0/x/title",
        "/laws/0/plots/0/series/0/name",
        "/laws/0/quantities/0/name",
        "/laws/0/quantities/0/unit",
        "/runs/0/handle",
        "/runs/2/name",
        "/runs/2/outputs/0/path",
        "/runs/2/secrets/0",
        "/runs/2/metrics/infinite (key)",
        "/runs/2/environment/X",
        "/runs/2/environment/X (key)",
        "/runs/2/software/packages/numpy",
        "/runs/2/software/packages/numpy (key)",
        "/runs/2/added_later/0/name",
    ] {
        assert!(tried.contains(place), "{place} was not tried: {tried:#?}");
    }
}
