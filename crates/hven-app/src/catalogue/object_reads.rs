//! Hands objects out to people, and records what they read of what datasets hold out.

use hven_core::{
    Digest, Fact,
    catalogue::{HoldOutRead, Reader},
};

use crate::{
    catalogue::floor::Catalogue,
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        object_rights,
    },
    ports::objects::ByteStream,
};

/// Records that a person is given what a dataset holds out, by whichever door. What runs read is recorded when they are
/// submitted.
pub(crate) async fn note_reading(catalogue: &Catalogue, caller: &Caller, digest: Digest) -> AppResult<()> {
    let Caller::User { id, .. } = caller else { return Ok(()) };
    let found = catalogue.ports.views.catalogued(&[digest]).await?;
    let reads = found.into_iter().filter(|one| one.held_out);
    let facts: Vec<Fact> =
        reads.map(|one| HoldOutRead { dataset: one.dataset, part: one.part, by: Reader::User(*id) }.into()).collect();
    if !facts.is_empty() {
        catalogue.record(caller.actor(), None, facts).await?;
    }
    Ok(())
}

/// An object's bytes. Who knows a digest but not the run that names it must be a viewer of the whole home; others
/// reach files through their runs.
pub async fn open(catalogue: &Catalogue, caller: &Caller, digest: Digest) -> AppResult<(u64, ByteStream)> {
    caller.require_user()?;
    if !object_rights::is_visible(catalogue, caller, digest).await? {
        return Err(AppError::not_found("object", digest));
    }
    let opened = catalogue.ports.objects.open(digest, 0).await?;
    let opened = opened.ok_or_else(|| AppError::not_found("object", digest))?;
    note_reading(catalogue, caller, digest).await?;
    Ok(opened)
}
