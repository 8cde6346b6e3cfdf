//! Makes publications, lists them, and returns their files.

use hven_core::{
    ClaimId, Digest, PublicationId,
    access::Role,
    name::Name,
    object::FileRef,
    project::ProjectPath,
    publication::{
        PublicationMade, WithheldFile,
        description::{Publication, Withheld},
    },
    sentence::Sentence,
    soundness::NodeId,
};

use crate::{
    catalogue::files::FileContent,
    kernel::{
        ancestry,
        callers::Caller,
        documents,
        error::{AppError, AppResult},
        explained_soundness::explain_each,
        find::{claim, publication::find},
        labelled::{Labelled, NeededLabels, NeedsLabels, label},
        lineage::nodes::load_nodes,
        random::random,
        soundness::{self, ExplainedSoundness},
    },
    knowledge::claims::{self, CurrentClaim},
    ports::{
        page::{ListFilter, ListQuery, Page},
        press::{Contents, Licences},
        publications::PublicationView,
    },
    publish::{
        floor::Publish,
        publications::{
            draft::{PublicationDraft, draft},
            request::PublishRequest,
        },
    },
};

/// The content that a publication would have, before anything is made.
#[derive(Clone, Debug)]
pub struct PublicationPlan {
    pub project: ProjectPath,
    pub name: Name,
    pub title: String,
    /// The version that it would get, or the version of `unchanged`.
    pub version: u32,
    /// The newest version, if it has the same content. Then nothing would be made.
    pub unchanged: Option<PublicationView>,
    pub claims: Vec<CurrentClaim>,
    pub licences: Licences,
    pub contents: Contents,
    pub runs: usize,
    pub datasets: usize,
    pub laws: usize,
    /// The reasons for a refusal, some of which can be overridden with a reason. Missing bytes are in `contents`.
    pub refusals: Vec<(NodeId, Sentence)>,
}

/// A new publication, or an existing one with the same content.
#[derive(Clone, Debug)]
pub struct PublishResult {
    pub detail: PublicationDetail,
    pub is_new: bool,
}

#[derive(Clone, Debug)]
pub struct PublicationItem {
    pub publication: PublicationView,
    pub stands: ExplainedSoundness,
}

impl NeedsLabels for PublicationItem {
    fn add_to(&self, wanted: &mut NeededLabels) {
        wanted.actor(self.publication.by);
    }
}

#[derive(Clone, Debug)]
pub struct PublicationDetail {
    pub item: PublicationItem,
    /// Newest first.
    pub versions: Vec<PublicationView>,
    /// The claims in their present state. Claims that the caller may not see are hidden.
    pub claims: Vec<ancestry::LineageNode>,
    /// The original `publication.json`.
    pub description: Option<serde_json::Value>,
}

impl NeedsLabels for PublicationDetail {
    fn add_to(&self, wanted: &mut NeededLabels) {
        self.item.add_to(wanted);
        self.claims.add_to(wanted);
    }
}

impl NeedsLabels for PublishResult {
    fn add_to(&self, wanted: &mut NeededLabels) {
        self.detail.add_to(wanted);
    }
}

impl NeedsLabels for PublicationPlan {
    fn add_to(&self, wanted: &mut NeededLabels) {
        self.unchanged.add_to(wanted);
        self.claims.add_to(wanted);
    }
}

/// The content that a publication would have, and the reasons against it.
pub async fn plan(
    publish: &Publish,
    caller: &Caller,
    request: &PublishRequest,
) -> AppResult<Labelled<PublicationPlan>> {
    label(publish, planned(publish, caller, request).await?).await
}

async fn planned(publish: &Publish, caller: &Caller, request: &PublishRequest) -> AppResult<PublicationPlan> {
    let draft = draft(publish, caller, request).await?;
    let nodes: Vec<NodeId> = draft.claims.iter().map(|claim| claim.stated.claim.into()).collect();
    let stands = explain_each(publish, caller, &nodes).await?;
    let refusals = nodes.into_iter().zip(stands).filter_map(|(node, stands)| Some((node, stands.said?))).collect();
    let mut shown = Vec::with_capacity(draft.claims.len());
    for claim in &draft.claims {
        shown.push(claims::current_claim(publish, caller, claim.clone()).await?);
    }
    let unchanged = draft.unchanged().cloned();
    let contents = publish.ports.press.contents(draft.publication.clone()).await?;
    let Publication { runs, datasets, laws, title, version, .. } = draft.publication;
    Ok(PublicationPlan {
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

/// Makes a publication, or its next version. If the newest version has the same content, nothing is made.
pub async fn publish(
    publish: &Publish,
    caller: &Caller,
    key: Option<String>,
    request: PublishRequest,
) -> AppResult<Labelled<PublishResult>> {
    label(publish, published(publish, caller, key, request).await?).await
}

async fn published(
    publish: &Publish,
    caller: &Caller,
    key: Option<String>,
    request: PublishRequest,
) -> AppResult<PublishResult> {
    let _alone = publish.publishing_turn.lock().await;
    let draft = draft(publish, caller, &request).await?;
    let nodes: Vec<NodeId> = draft.claims.iter().map(|claim| claim.stated.claim.into()).collect();
    let unsound = soundness::require(publish, caller, &nodes, request.despite_suspicion.as_deref()).await?;
    if let Some(there) = draft.unchanged() {
        let detail = detail_of(publish, caller, there.clone()).await?;
        return Ok(PublishResult { detail, is_new: false });
    }
    let made = press(publish, draft).await?;
    let publication = made.publication;
    let mut facts = vec![made.into()];
    facts.extend(soundness::override_facts(&unsound, publication.into(), request.despite_suspicion.as_deref()));
    publish.record(caller.actor(), key, facts).await?;
    let view = publish.ports.views.publication(publication).await?;
    let view = view.ok_or_else(|| AppError::not_found("publication", publication))?;
    Ok(PublishResult { detail: detail_of(publish, caller, view).await?, is_new: true })
}

/// Makes the bytes of the publication.
async fn press(publish: &Publish, draft: PublicationDraft) -> AppResult<PublicationMade> {
    let newest = draft.versions.first().map(|newest| newest.made.publication);
    let publication = draft.publication;
    let pressed = publish.ports.press.press(publication.clone()).await?;
    Ok(PublicationMade {
        publication: PublicationId::mint(publish.now(), random()),
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

/// The reason why bytes are only named by their digest.
pub fn withheld_in_words(why: &Withheld) -> String {
    match why {
        Withheld::Licence { why, .. } | Withheld::Decided { why } => why.clone(),
        Withheld::TooLarge { bytes, bytes_max } => format!("it has {bytes} bytes, more than {bytes_max}"),
        Withheld::NotKept => "the record never kept it".to_owned(),
    }
}

/// All versions that the caller may see, or those that include the claim with this name, newest first.
pub async fn list(
    publish: &Publish,
    caller: &Caller,
    filter: ListFilter,
    claim: Option<&str>,
) -> AppResult<Page<PublicationItem>> {
    caller.require_user()?;
    let claim: Option<ClaimId> = match claim {
        Some(name) => {
            Some(claim::find(publish, caller, name, filter.project.as_ref(), Role::Viewer).await?.stated.claim)
        }
        None => None,
    };
    let query = ListQuery { scopes: caller.scopes(), filter };
    let page = publish.ports.views.publications(&query, claim).await?;
    let nodes: Vec<NodeId> = page.items.iter().map(|publication| publication.made.publication.into()).collect();
    let stands = explain_each(publish, caller, &nodes).await?;
    let items = page.items.into_iter().zip(stands).map(|(publication, stands)| PublicationItem { publication, stands });
    Ok(Page { items: items.collect(), next: page.next })
}

/// The same with all labels of a list.
pub async fn rows(
    publish: &Publish,
    caller: &Caller,
    filter: ListFilter,
    claim: Option<&str>,
) -> AppResult<Labelled<Page<PublicationItem>>> {
    label(publish, list(publish, caller, filter, claim).await?).await
}

/// Everything about one version.
pub async fn detail(
    publish: &Publish,
    caller: &Caller,
    name: &str,
    project: Option<&ProjectPath>,
) -> AppResult<Labelled<PublicationDetail>> {
    let publication = find(publish, caller, name, project, Role::Viewer).await?;
    label(publish, detail_of(publish, caller, publication).await?).await
}

async fn detail_of(publish: &Publish, caller: &Caller, publication: PublicationView) -> AppResult<PublicationDetail> {
    let made = &publication.made;
    let versions = publish.ports.views.publication_versions(&made.project, &made.name).await?;
    let held: Vec<NodeId> = made.claims.iter().map(|claim| NodeId::from(*claim)).collect();
    let shown = load_nodes(publish, caller, &held).await?;
    let description = documents::document(publish, made.description).await?;
    let stands = soundness::explain(publish, caller, made.publication.into()).await?;
    Ok(PublicationDetail { item: PublicationItem { publication, stands }, versions, claims: shown, description })
}

/// The zip of a publication.
pub async fn archive(
    publish: &Publish,
    caller: &Caller,
    name: &str,
    project: Option<&ProjectPath>,
) -> AppResult<FileContent> {
    let publication = find(publish, caller, name, project, Role::Viewer).await?;
    content(publish, publication.made.zip_name(), publication.made.archive).await
}

/// `index.html` with its pictures inside.
pub async fn page(
    publish: &Publish,
    caller: &Caller,
    name: &str,
    project: Option<&ProjectPath>,
) -> AppResult<FileContent> {
    let publication = find(publish, caller, name, project, Role::Viewer).await?;
    content(publish, "index.html".to_owned(), publication.made.page).await
}

async fn content(publish: &Publish, path: String, digest: Digest) -> AppResult<FileContent> {
    let opened = publish.ports.objects.open(digest, 0).await?;
    let (size, bytes) = opened.ok_or_else(|| AppError::not_found("object", digest))?;
    Ok(FileContent { file: FileRef { path, digest, size, kind: Default::default() }, size, bytes })
}
