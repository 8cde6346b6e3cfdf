//! Publications, inwards and outwards.

use hven_api::publications as wire;
use hven_app::{
    App, AppResult,
    facts::Teller,
    ports::{
        press::{ContentFile, Unlicensed},
        publications::{ImportView, PublicationView},
    },
    publications::{
        Detail, Item, Plan, Published, Wish,
        import::{self, Brought},
        reference, withheld_in_words,
    },
};
use hven_core::{
    publication::description::{Person, Words},
    soundness::Node,
};

use super::{actor, claims, file_in, parsed, sentence, text};
use crate::Server;

pub(crate) fn wish(new: wire::Publish) -> AppResult<Wish> {
    let mut code = std::collections::BTreeMap::new();
    for (run, files) in new.code {
        code.insert(parsed(&run)?, files.into_iter().map(file_in).collect::<AppResult<_>>()?);
    }
    let author =
        |author: wire::Author| Person { name: author.name, orcid: author.orcid, affiliation: author.affiliation };
    Ok(Wish {
        claims: new.claims,
        project: new.project.as_deref().map(parsed).transpose()?,
        name: new.name.as_deref().map(parsed).transpose()?,
        title: new.title,
        summary: Words { en: new.summary, zh: new.summary_zh },
        authors: new.authors.into_iter().map(author).collect(),
        license: new.license,
        keywords: new.keywords,
        unlicensed: if new.include_unlicensed { Unlicensed::Include } else { Unlicensed::Refer },
        code,
        despite_suspicion: new.despite_suspicion,
    })
}

/// A version whose soundness is looked up.
pub(crate) async fn summary(
    app: &App,
    teller: &mut Teller,
    view: &PublicationView,
) -> AppResult<wire::PublicationSummary> {
    let soundness = hven_app::soundness::of_one(app, view.made.publication).await?;
    let by = actor(teller.actor(app, view.by).await?);
    Ok(of(view, soundness.as_str(), by))
}

pub(crate) async fn item(app: &App, teller: &mut Teller, item: &Item) -> AppResult<wire::PublicationSummary> {
    let by = actor(teller.actor(app, item.publication.by).await?);
    let summary = of(&item.publication, item.stands.soundness.as_str(), by);
    Ok(wire::PublicationSummary { suspicion: item.stands.said.clone().map(sentence), ..summary })
}

fn of(view: &PublicationView, soundness: &str, published_by: hven_api::runs::Actor) -> wire::PublicationSummary {
    let made = &view.made;
    wire::PublicationSummary {
        id: made.publication.to_string(),
        project: made.project.to_string(),
        name: made.name.to_string(),
        version: made.version,
        reference: reference(view),
        newest: view.newest,
        supersedes: made.supersedes.map(|older| older.to_string()),
        identifier: made.identifier.clone(),
        title: made.title.clone(),
        soundness: soundness.to_owned(),
        suspicion: None,
        fingerprint: made.fingerprint.to_string(),
        archive: hven_api::runs::FileRef {
            path: made.zip_name(),
            digest: made.archive.to_string(),
            size: made.archive_bytes,
            kind: "file".to_owned(),
        },
        files: made.files,
        bytes: made.bytes,
        published: text(view.time),
        published_by,
    }
}

pub(crate) async fn detail(server: &Server, detail: &Detail) -> AppResult<wire::PublicationDetail> {
    let app = &server.app;
    let mut teller = Teller::default();
    let mut shown = Vec::with_capacity(detail.claims.len());
    for claim in &detail.claims {
        shown.push(claims::node(app, &mut teller, claim).await?);
    }
    let made = &detail.item.publication.made;
    Ok(wire::PublicationDetail {
        schema: "hven.publication_page/1".to_owned(),
        summary: item(app, &mut teller, &detail.item).await?,
        claims: shown,
        versions: detail.versions.iter().map(version).collect(),
        withheld: made
            .withheld
            .iter()
            .map(|file| wire::WithheldFile {
                path: file.path.clone(),
                digest: file.digest.to_string(),
                because: file.because.clone(),
            })
            .collect(),
        description: detail.description.clone(),
        url: format!("{}/publications/{}", server.options.url, made.publication),
    })
}

fn version(view: &PublicationView) -> wire::PublicationVersion {
    wire::PublicationVersion {
        id: view.made.publication.to_string(),
        version: view.made.version,
        title: view.made.title.clone(),
        published: text(view.time),
    }
}

pub(crate) async fn published(server: &Server, published: &Published) -> AppResult<wire::Published> {
    Ok(wire::Published {
        schema: "hven.published/1".to_owned(),
        is_new: published.is_new,
        publication: detail(server, &published.detail).await?,
    })
}

pub(crate) async fn plan(app: &App, plan: Plan) -> AppResult<wire::PublicationPlan> {
    let mut teller = Teller::default();
    let mut shown = Vec::with_capacity(plan.claims.len());
    for claim in &plan.claims {
        shown.push(claims::standpoint(app, &mut teller, claim).await?);
    }
    let licence = |found: hven_app::ports::press::Licence| wire::LicenceFinding {
        dataset: found.dataset,
        license: found.license,
        redistribute: found.redistribute.to_owned(),
        derivatives: found.derivatives.to_owned(),
        commercial: found.commercial.to_owned(),
        attribution: found.attribution,
        share_alike: found.share_alike,
        included: found.included,
        because: found.because,
    };
    Ok(wire::PublicationPlan {
        schema: "hven.publication_plan/1".to_owned(),
        project: plan.project.to_string(),
        name: plan.name.to_string(),
        title: plan.title,
        version: plan.version,
        unchanged: match &plan.unchanged {
            Some(there) => Some(summary(app, &mut teller, there).await?),
            None => None,
        },
        claims: shown,
        runs: plan.runs as u64,
        datasets: plan.datasets as u64,
        laws: plan.laws as u64,
        bytes: plan.contents.files.iter().map(|file| file.size).sum(),
        files: plan.contents.files.into_iter().map(file).collect(),
        withheld: plan
            .contents
            .withheld
            .into_iter()
            .map(|(path, digest, why)| wire::WithheldFile {
                path,
                digest: digest.to_string(),
                because: withheld_in_words(&why),
            })
            .collect(),
        missing: plan.contents.missing.into_iter().map(file).collect(),
        licences: plan.licences.datasets.into_iter().map(licence).collect(),
        warnings: plan.licences.warnings,
        refusals: plan
            .refusals
            .into_iter()
            .map(|(node, said)| wire::Refusal { node: node.to_string(), said: sentence(said) })
            .collect(),
    })
}

fn file(file: ContentFile) -> wire::PlannedFile {
    wire::PlannedFile { path: file.path, digest: file.digest.to_string(), size: file.size, needed_by: file.needed_by }
}

pub(crate) async fn brought(app: &App, brought: &Brought) -> AppResult<wire::CrateImported> {
    Ok(wire::CrateImported {
        schema: "hven.crate_imported/1".to_owned(),
        is_new: brought.is_new,
        origin: origin_of(app, &brought.import, None).await?,
        runs: brought.runs.iter().map(super::run_name).collect(),
        datasets: brought.datasets.clone(),
        claims: brought.claims.clone(),
    })
}

/// The publication with which a node was brought in.
pub(crate) async fn origin(app: &App, node: impl Into<Node>) -> AppResult<Option<wire::Origin>> {
    match import::origin(app, node.into()).await? {
        Some((view, name)) => Ok(Some(origin_of(app, &view, name).await?)),
        None => Ok(None),
    }
}

async fn origin_of(app: &App, view: &ImportView, name: Option<String>) -> AppResult<wire::Origin> {
    let imported = &view.imported;
    Ok(wire::Origin {
        identifier: imported.identifier.clone(),
        version: imported.version,
        title: imported.title.clone(),
        publisher: imported.publisher.clone(),
        fingerprint: imported.fingerprint.to_string(),
        name,
        imported: text(view.time),
        imported_by: actor(Teller::default().actor(app, view.by).await?),
    })
}
