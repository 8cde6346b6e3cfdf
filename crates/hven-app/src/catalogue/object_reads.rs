//! Returns objects to people, and records when they read held-out data.

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

/// Records that a person reads held-out data, through any interface. Reads by runs are recorded at their submission.
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

/// The bytes of an object. A caller who knows only the digest must be a viewer of the whole home. Other callers read
/// files through their runs.
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
