//! The previous version of a publication. Its values apply where the request has none.

use std::{collections::BTreeSet, slice};

use hven_api::publications::{Author, PublicationDetail, Publish};
use hven_client::Client;
use hven_core::publication::description::{Person, Publication};

use crate::context::Context;

/// The newest version of the publication, if there is one. Names of claims are replaced by ids: a name is looked up in
/// the project of this folder first, then in all projects.
pub(super) fn previous_version(
    wanted: &mut Publish,
    context: &Context,
    client: &Client,
) -> anyhow::Result<Option<PublicationDetail>> {
    let mut first = None;
    for claim in &mut wanted.claims {
        let project = wanted.project.as_deref();
        let found = context.in_project(project, |project| client.claim(claim.as_str(), project))?.summary;
        *claim = found.id;
        first.get_or_insert((found.project, found.name));
    }
    let mut known = BTreeSet::new();
    wanted.claims.retain(|claim| known.insert(claim.clone()));
    let Some((project, only)) = first else { return Ok(None) };
    let name = wanted.name.clone().or((wanted.claims.len() == 1).then_some(only));
    let Some(name) = name else { return Ok(None) };
    match client.publication(&name, Some(&project)) {
        Ok(newest) => Ok(Some(newest)),
        Err(error) if error.code() == "not_found" => Ok(None),
        Err(error) => Err(error.into()),
    }
}

pub(super) const LICENCE: &str = "licence";

/// Copies values of the previous version into the request where it has none. Returns which. A default title is not
/// copied and follows the claim. A default author is copied but not listed, if it is the user who publishes now.
pub(super) fn keep(wanted: &mut Publish, before: &PublicationDetail, me: Option<&str>) -> Vec<&'static str> {
    let previous = before.description.clone().and_then(|json| serde_json::from_value::<Publication>(json).ok());
    // Erased, or written by a newer version of Hven.
    let Some(previous) = previous else { return Vec::new() };
    let mut kept = Vec::new();
    if wanted.title.is_none() && !has_default_title(&previous) {
        wanted.title = Some(previous.title);
        kept.push("title");
    }
    if wanted.summary.is_none() && previous.summary.en.is_some() {
        wanted.summary = previous.summary.en;
        kept.push("summary");
    }
    if wanted.summary_zh.is_none() && previous.summary.zh.is_some() {
        wanted.summary_zh = previous.summary.zh;
        kept.push("Chinese summary");
    }
    if wanted.authors.is_empty() {
        if !is_default_author(&previous.authors, &previous.publisher, me) {
            kept.push("authors");
        }
        let author = |Person { name, orcid, affiliation }| Author { name, orcid, affiliation };
        wanted.authors = previous.authors.into_iter().map(author).collect();
    }
    if wanted.license.is_none() && previous.license.is_some() {
        wanted.license = previous.license;
        kept.push(LICENCE);
    }
    if wanted.keywords.is_empty() && !previous.keywords.is_empty() {
        wanted.keywords = previous.keywords;
        kept.push("keywords");
    }
    kept
}

/// Whether these are the default authors of a publication by `me`.
fn is_default_author(authors: &[Person], publisher: &Person, me: Option<&str>) -> bool {
    authors == slice::from_ref(publisher) && me == Some(publisher.name.as_str())
}

/// Whether this is the default title of the publication.
fn has_default_title(previous: &Publication) -> bool {
    match previous.claims.as_slice() {
        [only] => previous.title == only.statement.trim().trim_end_matches('.') || previous.title == only.name,
        several => {
            let names: Vec<&str> = several.iter().map(|claim| claim.name.as_str()).collect();
            previous.title == names.join(", ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_publishing_user_is_a_default_author() {
        let person = |name: &str| Person { name: name.to_owned(), orcid: None, affiliation: None };
        let (mira, jun) = (person("Mira"), person("Jun"));
        let check = |authors: &[Person], me: Option<&str>, expect: bool| {
            assert_eq!(is_default_author(authors, &mira, me), expect, "{authors:?} {me:?}");
        };
        check(slice::from_ref(&mira), Some("Mira"), true);
        check(slice::from_ref(&mira), Some("Jun"), false);
        check(slice::from_ref(&mira), None, false);
        check(slice::from_ref(&jun), Some("Mira"), false);
        check(&[mira.clone(), jun.clone()], Some("Mira"), false);
    }
}
