//! The settings of `hven publish`: the flags, and the manifest where no flag is given.

use std::{collections::BTreeMap, path::PathBuf};

use hven_api::publications::Publish;
use hven_client::Failure;
use hven_core::manifest::{Placed, Publication};
use hven_steps::manifest_file;

use super::{args::PublishArgs, author::author};
use crate::context::Context;

/// The request for a publication, and the local folder for it.
#[derive(Debug)]
pub(super) struct PublishSettings {
    /// The request, without data that only the server and the repositories have.
    pub(super) wanted: Publish,
    /// The licence in the manifest here. It applies when no previous version has a licence.
    pub(super) license_here: Option<String>,
    /// Only show what the publication would contain.
    pub(super) plan: bool,
    /// The folder to write. Without one, the folder is named after the publication.
    pub(super) folder: Option<PathBuf>,
    pub(super) keep_zip: bool,
}

pub(super) fn resolve(args: &PublishArgs, context: &Context) -> anyhow::Result<PublishSettings> {
    let from_manifest = match args.claims.as_slice() {
        [only] => {
            only.strip_prefix("publication.").map(|name| manifest_file::publication(&context.cwd, name)).transpose()?
        }
        _ => None,
    };
    let flags = Publish {
        claims: args.claims.clone(),
        project: args.project.clone(),
        name: args.name.clone(),
        title: args.title.clone(),
        summary: args.summary.clone(),
        summary_zh: args.summary_zh.clone(),
        authors: args.author.clone(),
        license: args.license.clone(),
        keywords: args.keyword.clone(),
        include_unlicensed: args.include_unlicensed,
        code: BTreeMap::new(),
        despite_suspicion: args.despite_suspicion.clone(),
    };
    Ok(PublishSettings {
        wanted: match from_manifest {
            Some(publication) => with_manifest(flags, publication, context)?,
            None => flags,
        },
        license_here: manifest_file::license(&context.cwd),
        plan: args.plan,
        folder: args.output.clone(),
        keep_zip: args.zip,
    })
}

/// Adds the values of the manifest where no flag is given.
fn with_manifest(flags: Publish, publication: Publication, context: &Context) -> anyhow::Result<Publish> {
    let texts = |texts: Vec<Placed<String>>| texts.into_iter().map(|text| text.value);
    let read = |text: String| {
        author(&text).map_err(|why| Failure::new("manifest.invalid", format!("the author {text:?}: {why}")))
    };
    let authors = if flags.authors.is_empty() {
        texts(publication.authors).map(read).collect::<Result<_, _>>()?
    } else {
        flags.authors
    };
    Ok(Publish {
        claims: texts(publication.claims).collect(),
        name: flags.name.or(Some(publication.name)),
        title: flags.title.or(publication.title),
        summary: flags.summary.or(publication.summary),
        summary_zh: flags.summary_zh.or(publication.summary_zh),
        license: flags.license.or(publication.license),
        authors,
        keywords: if flags.keywords.is_empty() { texts(publication.keywords).collect() } else { flags.keywords },
        project: flags.project.or(context.settings()?.text("project")?),
        ..flags
    })
}
