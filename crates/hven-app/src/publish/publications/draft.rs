//! The draft of a publication, before the press makes it.

use hven_core::{
    Digest, PublicationId, RunId, Time,
    access::Role,
    licence, limits,
    name::Name,
    project::ProjectPath,
    publication::description::{Publication, Withheld},
};

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        find::claim,
        object_rights,
        random::random,
    },
    ports::{
        claims::ClaimView,
        press::{Licences, Unlicensed},
        publications::PublicationView,
    },
    publish::{
        floor::Publish,
        publications::{gather, key_files, left_out, request::PublishRequest},
    },
};

const LISTED_MAX: usize = 100;

/// Everything that is known before the press makes the publication.
pub(super) struct PublicationDraft {
    pub(super) claims: Vec<ClaimView>,
    pub(super) project: ProjectPath,
    pub(super) name: Name,
    pub(super) publication: Publication,
    pub(super) evidence: Vec<RunId>,
    pub(super) licences: Licences,
    pub(super) state: Digest,
    /// Newest first.
    pub(super) versions: Vec<PublicationView>,
}

impl PublicationDraft {
    pub(super) fn unchanged(&self) -> Option<&PublicationView> {
        self.versions.first().filter(|newest| newest.made.state == self.state)
    }
}

pub(super) async fn draft(publish: &Publish, caller: &Caller, request: &PublishRequest) -> AppResult<PublicationDraft> {
    caller.require_user()?;
    check(request)?;
    let mut found: Vec<ClaimView> = Vec::with_capacity(request.claims.len());
    for name in &request.claims {
        let claim = claim::find(publish, caller, name, request.project.as_ref(), Role::Member).await?;
        if !found.iter().any(|known| known.stated.claim == claim.stated.claim) {
            found.push(claim);
        }
    }
    let Some(first) = found.first() else {
        return Err(AppError::invalid("the claims", "are missing: name one, such as claim/kepler3"));
    };
    let project = first.stated.project.clone();
    let name = match (&request.name, found.as_slice()) {
        (Some(name), _) => name.clone(),
        (None, [only]) => only.stated.name.clone(),
        (None, _) => {
            return Err(AppError::invalid("the name of the publication", "is missing: it holds several claims"));
        }
    };
    let versions = publish.ports.views.publication_versions(&project, &name).await?;
    let gathered = gather::gather(publish, caller, &found, request).await?;
    let newest = versions.first();
    let identifier = match newest {
        Some(newest) => newest.made.identifier.clone(),
        None => new_identifier(publish.now()),
    };
    let mut publication = Publication {
        identifier,
        version: newest.map_or(1, |newest| newest.made.version + 1),
        supersedes: newest.map(|newest| format!("{}, version {}", newest.made.identifier, newest.made.version)),
        published: publish.now(),
        ..gathered.publication
    };
    let of_keys = key_files::hide_keys(publish, &mut publication).await?;
    let licences = publish.ports.press.licences(&publication, request.unlicensed);
    publication.withheld.clone_from(&licences.withheld);
    publication.withheld.extend(of_keys);
    for run in &publication.runs {
        for digest in object_rights::known_by_digest_only(publish, run.id).await? {
            publication.withheld.entry(digest).or_insert(Withheld::NotKept);
        }
    }
    if matches!(request.unlicensed, Unlicensed::Refer) {
        for (digest, why) in left_out::unneeded_code(publish, &publication).await? {
            publication.withheld.entry(digest).or_insert(why);
        }
    }
    let state = state_of(&publication)?;
    Ok(PublicationDraft {
        claims: found,
        project,
        name,
        publication,
        evidence: gathered.evidence,
        licences,
        state,
        versions,
    })
}

/// A new UUID in the form of a URN.
fn new_identifier(now: Time) -> String {
    let id = PublicationId::mint(now, random()).to_string();
    format!("urn:uuid:{}-{}-{}-{}-{}", &id[..8], &id[8..12], &id[12..16], &id[16..20], &id[20..])
}

/// The digest of the content, without version and time.
fn state_of(publication: &Publication) -> AppResult<Digest> {
    let mut said = Publication {
        identifier: String::new(),
        version: 0,
        supersedes: None,
        published: Time::from_micros(0),
        hven_version: String::new(),
        ..publication.clone()
    };
    for overridden in said.notices.iter_mut().filter_map(|notice| notice.overridden.as_mut()) {
        overridden.at = Time::from_micros(0);
    }
    let bytes = serde_json::to_vec(&said).map_err(|wrong| AppError::invalid("what it says", wrong.to_string()))?;
    Ok(Digest::of(&bytes))
}

fn check(request: &PublishRequest) -> AppResult<()> {
    if request.claims.len() > LISTED_MAX || request.authors.len() > LISTED_MAX || request.keywords.len() > LISTED_MAX {
        return Err(AppError::invalid("the claims, authors or keywords", "are more than 100"));
    }
    let texts = [&request.title, &request.summary.en, &request.summary.zh, &request.license];
    let people = request.authors.iter().flat_map(|author| [Some(&author.name), author.affiliation.as_ref()]).flatten();
    for text in texts.into_iter().flatten().chain(&request.keywords).chain(people) {
        limits::lines("a text of the publication", text, limits::TEXT_BYTES_MAX)?;
    }
    request.license.as_deref().map(licence::form).transpose()?;
    for author in &request.authors {
        if author.name.trim().is_empty() {
            return Err(AppError::invalid("an author", "has no name"));
        }
        if let Some(orcid) = &author.orcid
            && !is_orcid(orcid)
        {
            let why = "is refused: it is https://orcid.org/ and 16 digits that end with their check digit";
            return Err(AppError::invalid(format!("the ORCID iD {orcid}"), why));
        }
    }
    Ok(())
}

/// Whether the text is an ORCID iD as a URL, according to its check digit (ISO 7064 11-2).
fn is_orcid(text: &str) -> bool {
    let Some(digits) = text.strip_prefix("https://orcid.org/") else { return false };
    let groups: Vec<&str> = digits.split('-').collect();
    if groups.len() != 4 || groups.iter().any(|group| group.len() != 4) {
        return false;
    }
    let digits: Vec<char> = groups.concat().chars().collect();
    let Some((check, body)) = digits.split_last() else { return false };
    let mut total = 0;
    for digit in body {
        let Some(value) = digit.to_digit(10) else { return false };
        total = (total + value) * 2 % 11;
    }
    let expected = (12 - total % 11) % 11;
    check.to_digit(10).or((*check == 'X').then_some(10)) == Some(expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orcids_end_with_their_check_digit() {
        let check = |text: &str, expect: bool| assert_eq!(is_orcid(text), expect, "{text}");
        check("https://orcid.org/0000-0002-1825-0097", true);
        check("https://orcid.org/0000-0002-1694-233X", true);
        check("https://orcid.org/0000-0002-1825-0096", false);
        check("https://orcid.org/0000-0002-1825-009", false);
        check("https://orcid.org/0000-0002-1825-009X", false);
        check("0000-0002-1825-0097", false);
        check("javascript:alert(1)", false);
        check("https://orcid.org/", false);
    }

    #[test]
    fn identifiers_are_uuids() {
        let id = new_identifier(Time::from_micros(1_767_225_600_000_000));
        assert_eq!((id.len(), &id[..9]), (45, "urn:uuid:"));
        assert_eq!(id.matches('-').count(), 4);
    }
}
