//! `[publication.NAME]`: claims that are published together, with details that are not in the record.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{Claim, Placed, reader::Reader};
use crate::{diagnostic::Diagnostic, nearest::suggestion};

/// One `[publication.NAME]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Publication {
    pub name: String,
    /// Names of claims of the manifest.
    pub claims: Vec<Placed<String>>,
    pub title: Option<String>,
    pub summary: Option<String>,
    pub summary_zh: Option<String>,
    /// Each `Name`, `Name <ORCID iD>` or `Name (affiliation) <ORCID iD>`.
    pub authors: Vec<Placed<String>>,
    pub license: Option<String>,
    pub keywords: Vec<Placed<String>>,
    /// The position of its name in the manifest.
    #[serde(skip)]
    pub span: Range<usize>,
}

pub(super) fn read(name: &str, mut table: Reader<'_, '_>) -> Publication {
    let claims = table.texts("claims");
    if claims.is_empty() && (table.is_list("claims") || !table.has("claims")) {
        let message = format!("[{}] has no `claims`", table.path());
        table.problem_with_help(table.span(), message, "name what is published: claims = [\"kepler3\"]");
    }
    let publication = Publication {
        name: name.to_owned(),
        claims,
        title: table.text_alone("title"),
        summary: table.text_alone("summary"),
        summary_zh: table.text_alone("summary_zh"),
        authors: table.texts("authors"),
        license: table.license(),
        keywords: table.texts("keywords"),
        span: table.span(),
    };
    table.finish();
    publication
}

impl Publication {
    /// Resolves the names of claims: `claim.kepler3`, or `kepler3` alone.
    pub(super) fn resolve(&mut self, claims: &[Claim], problems: &mut Vec<Diagnostic>) {
        for Placed { value, span } in &mut self.claims {
            let name =
                ["claim.", "claim/"].iter().find_map(|front| value.strip_prefix(front)).unwrap_or(value).to_owned();
            if claims.iter().any(|claim| claim.name == name) {
                *value = name;
                continue;
            }
            let what = format!("there is no claim `{name}` for publication `{}`", self.name);
            let wrong = Diagnostic::new(span.clone(), what);
            problems.push(match suggestion(&name, claims.iter().map(|claim| claim.name.as_str())) {
                Some(help) => wrong.help(help),
                None => wrong.help("a publication holds claims of this manifest, such as `claim.kepler3`"),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::manifest::Manifest;

    const CLAIM: &str = "[run.law]\ncommand = \"true\"\n[claim.kepler3]\nstatement = \"It holds.\"\nevidence = \"run.law\"\n\
                         test = \"x > 0\"\n";

    #[test]
    fn a_publication_names_claims_of_the_manifest() {
        let text = "[publication.kepler]\nclaims = [\"claim.kepler3\"]\ntitle = \"Kepler\"\nauthors = [\"Mira <0000-0002-1825-0097>\"]\n";
        let manifest = Manifest::parse(&format!("{CLAIM}{text}")).expect("a manifest");
        let publication = manifest.publication("kepler").expect("it is there");
        assert_eq!(publication.claims[0].value, "kepler3");
        assert_eq!((publication.title.as_deref(), publication.authors.len()), (Some("Kepler"), 1));
        assert!(manifest.publication("tycho").is_none());
    }

    #[test]
    fn mistakes_are_reported_with_help() {
        let check = |text: &str, expect: &str| {
            let source = format!("{CLAIM}{text}");
            let rendered = Manifest::parse(&source).expect_err("it is refused").render("hven.toml", &source);
            assert!(rendered.contains(expect), "{text}: {rendered}");
        };
        check("[publication.kepler]\n", "has no `claims`");
        check("[publication.kepler]\nclaims = [\"kepler\"]\n", "there is no claim `kepler` for publication `kepler`");
        check("[publication.kepler]\nclaims = [\"kepler3\"]\nauthor = \"Mira\"\n", "author");
    }
}
