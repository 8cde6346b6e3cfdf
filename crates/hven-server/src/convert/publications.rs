//! Converts publications between the wire and the domain.

use hven_api::publications as wire;
use hven_app::{
    AppResult,
    labelled::{Labelled, Labels},
    ports::{
        press::{ContentFile, Unlicensed},
        publications::PublicationView,
    },
    publications::{
        PublicationDetail, PublicationPlan, PublishRequest, PublishResult, import::ImportResult, withheld_in_words,
    },
};
use hven_core::publication::description::{Person, Words};

use super::{
    claims,
    files::file_in,
    lineage, origins, parsed,
    publication_rows::{item, summary},
    run_name, sentence, text,
};

pub(crate) fn publish_request(new: wire::Publish) -> AppResult<PublishRequest> {
    let mut code = std::collections::BTreeMap::new();
    for (run, files) in new.code {
        code.insert(parsed(&run)?, files.into_iter().map(file_in).collect::<AppResult<_>>()?);
    }
    let author =
        |author: wire::Author| Person { name: author.name, orcid: author.orcid, affiliation: author.affiliation };
    Ok(PublishRequest {
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

/// All details of one version. `server_url` is the address of the pages.
pub(crate) fn detail(detail: &PublicationDetail, labels: &Labels, server_url: &str) -> wire::PublicationDetail {
    let made = &detail.item.publication.made;
    wire::PublicationDetail {
        schema: "hven.publication_page/1".to_owned(),
        summary: item(&detail.item, labels),
        claims: detail.claims.iter().map(|claim| lineage::node(claim, labels)).collect(),
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
        url: format!("{server_url}/publications/{}", made.publication),
    }
}

fn version(view: &PublicationView) -> wire::PublicationVersion {
    wire::PublicationVersion {
        id: view.made.publication.to_string(),
        version: view.made.version,
        title: view.made.title.clone(),
        published: text(view.time),
    }
}

pub(crate) fn published(shown: &Labelled<PublishResult>, server_url: &str) -> wire::Published {
    let Labelled { of: published, labels } = shown;
    wire::Published {
        schema: "hven.published/1".to_owned(),
        is_new: published.is_new,
        publication: detail(&published.detail, labels, server_url),
    }
}

pub(crate) fn plan(shown: Labelled<PublicationPlan>) -> wire::PublicationPlan {
    let Labelled { of: plan, labels } = shown;
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
    wire::PublicationPlan {
        schema: "hven.publication_plan/1".to_owned(),
        project: plan.project.to_string(),
        name: plan.name.to_string(),
        title: plan.title,
        version: plan.version,
        unchanged: plan.unchanged.as_ref().map(|there| summary(there, &labels)),
        claims: plan.claims.iter().map(|claim| claims::standpoint(claim, &labels)).collect(),
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
    }
}

fn file(file: ContentFile) -> wire::PlannedFile {
    wire::PlannedFile { path: file.path, digest: file.digest.to_string(), size: file.size, needed_by: file.needed_by }
}

pub(crate) fn imported(shown: &Labelled<ImportResult>) -> wire::CrateImported {
    let Labelled { of: imported, labels } = shown;
    wire::CrateImported {
        schema: "hven.crate_imported/1".to_owned(),
        is_new: imported.is_new,
        origin: origins::origin_of(&imported.import, None, labels),
        runs: imported.runs.iter().map(run_name).collect(),
        datasets: imported.datasets.clone(),
        claims: imported.claims.clone(),
    }
}
