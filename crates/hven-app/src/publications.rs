//! Publications: claims frozen with all they rest on, as a zip that needs no Hven.
//!
//! What a publication says is gathered from the record in [`gather`]; the press makes its bytes, and a fact says that it
//! was made. Publications of elsewhere come in through [`import`].

mod beside;
mod gather;
pub mod import;

use std::collections::BTreeMap;

use hven_core::{
    ClaimId, Digest, PublicationId, RunId, Time,
    access::Role,
    licence, limits,
    name::Name,
    object::FileRef,
    project::ProjectPath,
    publication::{
        Made, PublicationRef, WithheldFile,
        description::{Person, Publication, Withheld, Words},
    },
    sentence::Sentence,
    soundness::Node,
};

use crate::{
    App, AppError, AppResult, Caller,
    access::{Meant, only_one},
    ancestry,
    claims::{self, Standpoint},
    files::Content,
    lineage, naming,
    ports::{
        claims::ClaimView,
        press::{Contents, Licences, Unlicensed},
        publications::PublicationView,
        views::{Filter, ListQuery, Page},
    },
    soundness::{self, Stands},
};

/// What somebody wants to publish.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    pub claims: Vec<String>,
    /// Which project the claims are meant in, when several have them.
    pub project: Option<ProjectPath>,
    /// The name of the only claim when nothing is said.
    pub name: Option<Name>,
    pub title: Option<String>,
    pub summary: Words,
    /// Whoever publishes, when nobody is named.
    pub authors: Vec<Person>,
    /// SPDX id of the publication as a whole.
    pub license: Option<String>,
    pub keywords: Vec<String>,
    pub unlicensed: Unlicensed,
    /// Files of code that the record names by a commit and does not hold, by run.
    pub code: BTreeMap<RunId, Vec<FileRef>>,
    pub despite_suspicion: Option<String>,
}

/// What would be inside, before anything is made.
#[derive(Clone, Debug)]
pub struct Plan {
    pub project: ProjectPath,
    pub name: Name,
    pub title: String,
    /// The version that it would be; that of `unchanged` when there is such.
    pub version: u32,
    /// The newest version says the same: nothing would be made.
    pub unchanged: Option<PublicationView>,
    pub claims: Vec<Standpoint>,
    pub licences: Licences,
    pub contents: Contents,
    pub runs: usize,
    pub datasets: usize,
    pub laws: usize,
    /// Why it would be refused, or is made only with a reason; missing bytes are in `contents`.
    pub refusals: Vec<(Node, Sentence)>,
}

/// A publication that was made now, or that was there and says the same.
#[derive(Clone, Debug)]
pub struct Published {
    pub detail: Detail,
    pub is_new: bool,
}

#[derive(Clone, Debug)]
pub struct Item {
    pub publication: PublicationView,
    pub stands: Stands,
}

#[derive(Clone, Debug)]
pub struct Detail {
    pub item: Item,
    /// Newest first.
    pub versions: Vec<PublicationView>,
    /// As they stand now; those that the caller may not see are hidden.
    pub claims: Vec<ancestry::Node>,
    /// `publication.json`, as it was made.
    pub description: Option<serde_json::Value>,
}

const LISTED_MAX: usize = 100;

/// A version as people write it.
pub fn reference(publication: &PublicationView) -> String {
    format!("{}@{}", publication.made.name, publication.made.version)
}

/// All that is known before the press is asked.
struct Draft {
    claims: Vec<ClaimView>,
    project: ProjectPath,
    name: Name,
    publication: Publication,
    evidence: Vec<RunId>,
    licences: Licences,
    state: Digest,
    /// Newest first.
    versions: Vec<PublicationView>,
}

impl Draft {
    fn unchanged(&self) -> Option<&PublicationView> {
        self.versions.first().filter(|newest| newest.made.state == self.state)
    }
}

/// What would be inside, and what speaks against it.
pub async fn plan(app: &App, caller: &Caller, wish: &Wish) -> AppResult<Plan> {
    let draft = draft(app, caller, wish).await?;
    let nodes: Vec<Node> = draft.claims.iter().map(|claim| claim.stated.claim.into()).collect();
    let mut refusals = Vec::new();
    for (node, stands) in nodes.iter().zip(soundness::of(app, &nodes).await?) {
        if !stands.is_sound() {
            refusals.push((*node, soundness::why(app, caller, *node).await?.sentence()));
        }
    }
    let mut shown = Vec::with_capacity(draft.claims.len());
    for claim in &draft.claims {
        shown.push(claims::standpoint(app, caller, claim.clone()).await?);
    }
    let unchanged = draft.unchanged().cloned();
    let contents = app.ports.press.contents(draft.publication.clone()).await?;
    let Publication { runs, datasets, laws, title, version, .. } = draft.publication;
    Ok(Plan {
        version: unchanged.as_ref().map_or(version, |there| there.made.version),
        unchanged,
        project: draft.project,
        name: draft.name,
        title,
        claims: shown,
        licences: draft.licences,
        contents,
        runs: runs.len(),
        datasets: datasets.len(),
        laws: laws.len(),
        refusals,
    })
}

/// Makes a publication, or the next version of it. When the newest version says the same, nothing is made.
pub async fn publish(app: &App, caller: &Caller, key: Option<String>, wish: Wish) -> AppResult<Published> {
    let _alone = app.publishing_turn.lock().await;
    let draft = draft(app, caller, &wish).await?;
    let nodes: Vec<Node> = draft.claims.iter().map(|claim| claim.stated.claim.into()).collect();
    let unsound = soundness::require(app, caller, &nodes, wish.despite_suspicion.as_deref()).await?;
    if let Some(there) = draft.unchanged() {
        let detail = told(app, caller, there.clone()).await?;
        return Ok(Published { detail, is_new: false });
    }
    let made = press(app, draft).await?;
    let publication = made.publication;
    let mut facts = vec![made.into()];
    facts.extend(soundness::overridden(&unsound, publication.into(), wish.despite_suspicion.as_deref()));
    app.record(caller.actor(), key, facts).await?;
    let view = app.ports.views.publication(publication).await?;
    let view = view.ok_or_else(|| AppError::not_found("publication", publication))?;
    Ok(Published { detail: told(app, caller, view).await?, is_new: true })
}

/// Has the bytes made.
async fn press(app: &App, draft: Draft) -> AppResult<Made> {
    let newest = draft.versions.first().map(|newest| newest.made.publication);
    let publication = draft.publication;
    let pressed = app.ports.press.press(publication.clone()).await?;
    Ok(Made {
        publication: PublicationId::mint(app.now(), crate::random()),
        project: draft.project,
        name: draft.name,
        version: publication.version,
        supersedes: newest,
        identifier: publication.identifier,
        title: publication.title,
        claims: draft.claims.iter().map(|claim| claim.stated.claim).collect(),
        evidence: draft.evidence,
        state: draft.state,
        fingerprint: pressed.fingerprint,
        archive: pressed.archive,
        archive_bytes: pressed.archive_bytes,
        page: pressed.page,
        description: pressed.description,
        files: pressed.files,
        bytes: pressed.bytes,
        withheld: pressed
            .withheld
            .into_iter()
            .map(|(path, digest, why)| WithheldFile { path, digest, because: withheld_in_words(&why) })
            .collect(),
    })
}

/// Why bytes are only named by their digest.
pub fn withheld_in_words(why: &Withheld) -> String {
    match why {
        Withheld::Licence { why, .. } | Withheld::Decided { why } => why.clone(),
        Withheld::TooLarge { bytes, bytes_max } => format!("it has {bytes} bytes, more than {bytes_max}"),
        Withheld::NotKept => "the record never kept it".to_owned(),
    }
}

async fn draft(app: &App, caller: &Caller, wish: &Wish) -> AppResult<Draft> {
    caller.require_user()?;
    check(wish)?;
    let mut found: Vec<ClaimView> = Vec::with_capacity(wish.claims.len());
    for name in &wish.claims {
        let claim = claims::find(app, caller, name, wish.project.as_ref(), Role::Member).await?;
        if !found.iter().any(|known| known.stated.claim == claim.stated.claim) {
            found.push(claim);
        }
    }
    let Some(first) = found.first() else {
        return Err(AppError::invalid("the claims", "are missing: name one, such as claim/kepler3"));
    };
    let project = first.stated.project.clone();
    let name = match (&wish.name, found.as_slice()) {
        (Some(name), _) => name.clone(),
        (None, [only]) => only.stated.name.clone(),
        (None, _) => {
            return Err(AppError::invalid("the name of the publication", "is missing: it holds several claims"));
        }
    };
    let versions = app.ports.views.publication_versions(&project, &name).await?;
    let gathered = gather::gather(app, caller, &found, wish).await?;
    let newest = versions.first();
    let identifier = match newest {
        Some(newest) => newest.made.identifier.clone(),
        None => new_identifier(app.now()),
    };
    let mut publication = Publication {
        identifier,
        version: newest.map_or(1, |newest| newest.made.version + 1),
        supersedes: newest.map(|newest| format!("{}, version {}", newest.made.identifier, newest.made.version)),
        published: app.now(),
        ..gathered.publication
    };
    let of_keys = beside::hide_keys(app, &mut publication).await?;
    let licences = app.ports.press.licences(&publication, wish.unlicensed);
    publication.withheld.clone_from(&licences.withheld);
    publication.withheld.extend(of_keys);
    for run in &publication.runs {
        for digest in naming::by_digest_alone(app, run.id).await? {
            publication.withheld.entry(digest).or_insert(Withheld::NotKept);
        }
    }
    if matches!(wish.unlicensed, Unlicensed::Refer) {
        for (digest, why) in beside::beside(app, &publication).await? {
            publication.withheld.entry(digest).or_insert(why);
        }
    }
    let state = state_of(&publication)?;
    Ok(Draft { claims: found, project, name, publication, evidence: gathered.evidence, licences, state, versions })
}

/// A new UUID in the form of a URN.
fn new_identifier(now: Time) -> String {
    let id = PublicationId::mint(now, crate::random()).to_string();
    format!("urn:uuid:{}-{}-{}-{}-{}", &id[..8], &id[8..12], &id[12..16], &id[16..20], &id[20..])
}

/// The digest of what it says, apart from which version it is and when it is made.
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

fn check(wish: &Wish) -> AppResult<()> {
    if wish.claims.len() > LISTED_MAX || wish.authors.len() > LISTED_MAX || wish.keywords.len() > LISTED_MAX {
        return Err(AppError::invalid("the claims, authors or keywords", "are more than 100"));
    }
    let texts = [&wish.title, &wish.summary.en, &wish.summary.zh, &wish.license];
    let people = wish.authors.iter().flat_map(|author| [Some(&author.name), author.affiliation.as_ref()]).flatten();
    for text in texts.into_iter().flatten().chain(&wish.keywords).chain(people) {
        limits::lines("a text of the publication", text, limits::TEXT_BYTES_MAX)?;
    }
    wish.license.as_deref().map(licence::said).transpose()?;
    for author in &wish.authors {
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

/// Whether it is an ORCID iD as a URL, by its check digit (ISO 7064 11-2).
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

/// All versions, or those that hold the claim of this name, newest first.
pub async fn list(app: &App, caller: &Caller, filter: Filter, claim: Option<&str>) -> AppResult<Page<Item>> {
    caller.require_user()?;
    let claim: Option<ClaimId> = match claim {
        Some(name) => Some(claims::find(app, caller, name, filter.project.as_ref(), Role::Viewer).await?.stated.claim),
        None => None,
    };
    let query = ListQuery { scopes: caller.scopes(), filter };
    let page = app.ports.views.publications(&query, claim).await?;
    let mut items = Vec::with_capacity(page.items.len());
    for publication in page.items {
        let stands = soundness::stands(app, caller, publication.made.publication.into()).await?;
        items.push(Item { publication, stands });
    }
    Ok(Page { items, next: page.next })
}

pub async fn detail(app: &App, caller: &Caller, name: &str, project: Option<&ProjectPath>) -> AppResult<Detail> {
    let publication = find(app, caller, name, project, Role::Viewer).await?;
    told(app, caller, publication).await
}

async fn told(app: &App, caller: &Caller, publication: PublicationView) -> AppResult<Detail> {
    let made = &publication.made;
    let versions = app.ports.views.publication_versions(&made.project, &made.name).await?;
    let held: Vec<Node> = made.claims.iter().map(|claim| Node::from(*claim)).collect();
    let shown = lineage::look(app, caller, &held).await?;
    let description = crate::datasets::document(app, made.description).await?;
    let stands = soundness::stands(app, caller, made.publication.into()).await?;
    Ok(Detail { item: Item { publication, stands }, versions, claims: shown, description })
}

/// The zip.
pub async fn archive(app: &App, caller: &Caller, name: &str, project: Option<&ProjectPath>) -> AppResult<Content> {
    let publication = find(app, caller, name, project, Role::Viewer).await?;
    content(app, publication.made.zip_name(), publication.made.archive).await
}

/// `index.html` with its pictures inside.
pub async fn page(app: &App, caller: &Caller, name: &str, project: Option<&ProjectPath>) -> AppResult<Content> {
    let publication = find(app, caller, name, project, Role::Viewer).await?;
    content(app, "index.html".to_owned(), publication.made.page).await
}

async fn content(app: &App, path: String, digest: Digest) -> AppResult<Content> {
    let opened = app.ports.objects.open(digest, 0).await?;
    let (size, bytes) = opened.ok_or_else(|| AppError::not_found("object", digest))?;
    Ok(Content { file: FileRef { path, digest, size, kind: Default::default() }, size, bytes })
}

/// The publication of that name (`kepler3`, `kepler3@2`) or id, if the caller has the role in its project.
/// `publication/kepler3` is read too.
pub async fn find(
    app: &App,
    caller: &Caller,
    text: &str,
    project: Option<&ProjectPath>,
    role: Role,
) -> AppResult<PublicationView> {
    caller.require_user()?;
    let text = text.strip_prefix("publication/").unwrap_or(text);
    let found: Vec<PublicationView> = match text.parse::<PublicationId>() {
        Ok(id) => app.ports.views.publication(id).await?.into_iter().collect(),
        Err(_) => {
            let name: PublicationRef = text.parse().map_err(|_| AppError::not_found("publication", text))?;
            app.ports.views.publications_named(&name.name, name.version).await?
        }
    };
    only_one(caller, &Meant { noun: "publication", text, project, role }, found, |found| {
        let at = &found.made.project;
        (at.clone(), format!("{} in {at}", reference(found)))
    })
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
