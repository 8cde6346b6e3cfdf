//! The version before: what it said counts where nothing else is said now.

use std::{collections::BTreeSet, slice};

use hven_api::publications::{Author, PublicationDetail, Publish};
use hven_client::Client;
use hven_core::publication::description::{Person, Publication};

use crate::context::Context;

/// The newest version of what is published, when there is one. From here on the claims are named by their ids: each is that
/// of this folder's project, or else of the one that has it.
pub(super) fn version_before(
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

/// Lets stand what the version before said, where nothing is said now. Answers what that is. A title that nobody had chosen
/// is not counted, and follows the claim; nor is an author whom nobody had chosen, when it is the user who publishes now.
pub(super) fn keep(wanted: &mut Publish, before: &PublicationDetail, me: Option<&str>) -> Vec<&'static str> {
    let said = before.description.clone().and_then(|said| serde_json::from_value::<Publication>(said).ok());
    // Erased, or written by a newer Hven.
    let Some(said) = said else { return Vec::new() };
    let mut kept = Vec::new();
    if wanted.title.is_none() && !has_default_title(&said) {
        wanted.title = Some(said.title);
        kept.push("title");
    }
    if wanted.summary.is_none() && said.summary.en.is_some() {
        wanted.summary = said.summary.en;
        kept.push("summary");
    }
    if wanted.summary_zh.is_none() && said.summary.zh.is_some() {
        wanted.summary_zh = said.summary.zh;
        kept.push("Chinese summary");
    }
    if wanted.authors.is_empty() {
        if !is_default_author(&said.authors, &said.publisher, me) {
            kept.push("authors");
        }
        let author = |Person { name, orcid, affiliation }| Author { name, orcid, affiliation };
        wanted.authors = said.authors.into_iter().map(author).collect();
    }
    if wanted.license.is_none() && said.license.is_some() {
        wanted.license = said.license;
        kept.push(LICENCE);
    }
    if wanted.keywords.is_empty() && !said.keywords.is_empty() {
        wanted.keywords = said.keywords;
        kept.push("keywords");
    }
    kept
}

/// Whether these are the authors that a publication has when `me` publishes it and names none.
fn is_default_author(authors: &[Person], publisher: &Person, me: Option<&str>) -> bool {
    authors == slice::from_ref(publisher) && me == Some(publisher.name.as_str())
}

/// Whether the title is the one that a publication is given when nobody says another.
fn has_default_title(said: &Publication) -> bool {
    match said.claims.as_slice() {
        [only] => said.title == only.statement.trim().trim_end_matches('.') || said.title == only.name,
        several => {
            let names: Vec<&str> = several.iter().map(|claim| claim.name.as_str()).collect();
            said.title == names.join(", ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_author_goes_without_saying_only_for_who_would_be_it_anyway() {
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
