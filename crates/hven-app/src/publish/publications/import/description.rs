//! Reads the description of an imported publication.

use std::collections::BTreeMap;

use hven_core::{
    Digest, limits,
    publication::description::{FORMAT, Publication},
};
use serde::Deserialize;

use crate::{
    kernel::error::{AppError, AppResult},
    ports::objects::Presence,
    publish::{floor::Publish, publications::import::request::ImportRequest},
};

const DOCUMENT_BYTES_MAX: usize = 256 << 20;

const DESCRIPTION_FILE: &str = "publication.json";

/// The largest number of runs, datasets or claims.
const NODES_MAX: usize = 10_000;

/// The largest number of values that were added after the ends of its runs. Each becomes a fact.
const ADDITIONS_MAX: usize = 100_000;

/// The description of the publication, if the manifest names it.
pub(super) async fn description(publish: &Publish, request: &ImportRequest) -> AppResult<Publication> {
    #[derive(Deserialize)]
    struct Manifest {
        files: BTreeMap<String, File>,
    }
    #[derive(Deserialize)]
    struct File {
        blake3: Digest,
    }
    let manifest: Manifest = read(publish, request.fingerprint, "the manifest of the publication").await?;
    if manifest.files.get(DESCRIPTION_FILE).map(|file| file.blake3) != Some(request.description) {
        return Err(AppError::invalid("the description of the publication", "is not the one that its manifest names"));
    }
    let said: Publication = read(publish, request.description, "the description of the publication").await?;
    if said.format != FORMAT {
        return Err(AppError::invalid(
            "the publication",
            format!("is of the form {:?}, and not {FORMAT:?}", said.format),
        ));
    }
    if said.runs.len() + said.datasets.len() + said.claims.len() > NODES_MAX {
        return Err(AppError::invalid("the publication", "holds more than 10,000 runs, datasets and claims"));
    }
    let added_later: usize = said.runs.iter().map(|run| run.added_later.len()).sum();
    limits::count("the values that the publication says were added later", added_later, ADDITIONS_MAX)?;
    limits::time("the time of the publication", said.published)?;
    Ok(said)
}

async fn read<T: for<'de> Deserialize<'de>>(publish: &Publish, digest: Digest, what: &str) -> AppResult<T> {
    let whole = match publish.ports.objects.presence(digest).await? {
        Presence::Whole { size } if size <= DOCUMENT_BYTES_MAX as u64 => true,
        Presence::Whole { .. } => return Err(AppError::invalid(what, "has more than 256 MiB")),
        _ => false,
    };
    let bytes = if whole { publish.ports.objects.head(digest, DOCUMENT_BYTES_MAX).await? } else { None };
    let bytes = bytes.ok_or_else(|| AppError::not_found("object", digest))?;
    if Digest::of(&bytes) != digest {
        return Err(AppError::invalid(what, "is damaged: it has another digest"));
    }
    serde_json::from_slice(&bytes).map_err(|wrong| AppError::invalid(what, format!("cannot be read: {wrong}")))
}
