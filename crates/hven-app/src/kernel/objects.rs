//! Uploads and downloads objects, and collects objects that nothing refers to.

use std::{io, sync::Arc};

use bytes::Bytes;
use futures::{StreamExt, stream};
use hven_core::{
    Digest,
    access::{Grant, Role},
    object::Collected,
};

use crate::{
    kernel::{
        admission::Admission,
        callers::Caller,
        error::{AppError, AppResult},
        floor::Kernel,
        object_rights,
        uploads::{Upload, YOUNG_US},
    },
    ports::{
        error::StoreError,
        objects::{Arrival, ByteStream, Garbage, Presence},
    },
};

/// Requires the right to upload bytes: runners have it, and users with a role that allows them to run something in some
/// project.
fn require_writer(caller: &Caller) -> AppResult<()> {
    match caller {
        Caller::Runner { .. } => Ok(()),
        Caller::Tracker { grants, .. } => require_any(grants, Role::Member),
        _ => require_role_somewhere(caller, Role::Member),
    }
}

pub(crate) fn require_role_somewhere(caller: &Caller, role: Role) -> AppResult<()> {
    let Caller::User { grants, .. } = caller else { return Err(AppError::Denied) };
    require_any(grants, role)
}

fn require_any(grants: &[Grant], role: Role) -> AppResult<()> {
    if grants.iter().any(|grant| grant.role >= role) { Ok(()) } else { Err(AppError::Denied) }
}

/// How much of an object the store has, as the caller may know it. Bytes that other users uploaded and that the caller
/// may not see count as absent.
pub async fn presence(kernel: &Kernel, caller: &Caller, digest: Digest) -> AppResult<Presence> {
    require_writer(caller)?;
    let there = kernel.ports.objects.presence(digest).await?;
    let Some(user) = object_rights::partial_viewer(caller) else { return Ok(there) };
    let is_whole = matches!(there, Presence::Whole { .. });
    if is_whole && object_rights::unnameable_objects(kernel, caller, &[digest]).await?.is_empty() {
        return Ok(there);
    }
    // An upload resumes only where this user stopped it: bytes that others sent prove nothing.
    let received = kernel.uploaded_objects.received(user, digest);
    let goes_on = received > 0 && (is_whole || there == Presence::Partial { received });
    Ok(if goes_on { Presence::Partial { received } } else { Presence::Absent })
}

/// The digests that are not complete in the store, and those that the caller may name only after uploading the bytes.
pub async fn missing(kernel: &Kernel, caller: &Caller, digests: Vec<Digest>) -> AppResult<Vec<Digest>> {
    require_writer(caller)?;
    let hidden = object_rights::unnameable_objects(kernel, caller, &digests).await?;
    let mut missing = Vec::new();
    for digest in digests {
        let is_whole = matches!(kernel.ports.objects.presence(digest).await?, Presence::Whole { .. });
        if !is_whole || hidden.contains(&digest) {
            missing.push(digest);
        }
    }
    Ok(missing)
}

/// Receives the bytes of an object, at any speed. After the last byte, the caller's rights are checked again. The
/// object counts only if the caller still has them. A user who sees only a part of the home may name the object from
/// then on.
pub async fn receive(
    kernel: &Arc<Kernel>,
    admission: &Admission,
    digest: Digest,
    arrival: Arrival,
    bytes: ByteStream,
) -> AppResult<Presence> {
    require_writer(&admission.caller)?;
    let Some(user) = object_rights::partial_viewer(&admission.caller) else {
        return store_object(kernel, admission, digest, arrival, bytes).await;
    };
    let Some(partial) = kernel.uploaded_objects.before(user, digest, arrival.offset) else {
        return Ok(Presence::Absent);
    };
    let upload = Upload::new(user, digest, partial, bytes);
    let received = prove(kernel, admission, &upload, digest, arrival).await;
    upload.end(&kernel.uploaded_objects).await;
    if matches!(received, Ok(Presence::Whole { .. })) {
        kernel.uploaded_objects.note(user, digest, kernel.now());
    }
    received
}

/// Stores bytes whose digest the sender does not know. A caller without the right is refused before any byte is read.
pub async fn store<E: From<AppError>>(
    kernel: &Arc<Kernel>,
    admission: &Admission,
    read: impl Future<Output = Result<(Digest, Bytes), E>>,
) -> Result<(Digest, Presence), E> {
    require_writer(&admission.caller)?;
    let (digest, bytes) = read.await?;
    let arrival = Arrival { offset: 0, last: true, size: Some(bytes.len() as u64) };
    let bytes = stream::once(async { Ok(bytes) }).boxed();
    Ok((digest, receive(kernel, admission, digest, arrival, bytes).await?))
}

/// Receives bytes whose digest the sender does not know, at any length and speed. The caller's rights are checked again after the
/// last byte, as in [`receive`].
pub async fn receive_unnamed(
    kernel: &Arc<Kernel>,
    admission: &Admission,
    bytes: ByteStream,
) -> AppResult<(Digest, u64)> {
    require_writer(&admission.caller)?;
    let check = stream::once(require_writer_still(Arc::clone(kernel), admission.clone()));
    let check = check.map(|checked| checked.map(|()| Bytes::new()).map_err(io::Error::other));
    let received = kernel.ports.objects.receive_unnamed(bytes.chain(check).boxed()).await;
    if received.is_err() {
        // When the check of rights stopped the upload, the caller gets that error.
        require_writer_still(Arc::clone(kernel), admission.clone()).await?;
    }
    let (digest, size) = received?;
    if let Some(user) = object_rights::partial_viewer(&admission.caller) {
        kernel.uploaded_objects.note(user, digest, kernel.now());
    }
    Ok((digest, size))
}

/// Stores an object. Reads its bytes to their end, also when the store has them already.
async fn prove(
    kernel: &Arc<Kernel>,
    admission: &Admission,
    upload: &Upload,
    digest: Digest,
    arrival: Arrival,
) -> AppResult<Presence> {
    let received = store_object(kernel, admission, digest, arrival, upload.bytes()).await?;
    if !matches!(received, Presence::Whole { .. }) {
        return Ok(received);
    }
    let failed = |source| StoreError::Io { what: format!("the object {digest}"), source };
    let sent = upload.read_rest().await.map_err(failed)?;
    require_writer_still(Arc::clone(kernel), admission.clone()).await?;
    if sent.is_right { Ok(Presence::Whole { size: sent.size }) } else { Err(StoreError::WrongDigest(sent.size).into()) }
}

async fn store_object(
    kernel: &Arc<Kernel>,
    admission: &Admission,
    digest: Digest,
    arrival: Arrival,
    bytes: ByteStream,
) -> AppResult<Presence> {
    let check = stream::once(require_writer_still(Arc::clone(kernel), admission.clone()));
    let check = check.map(|checked| checked.map(|()| Bytes::new()).map_err(io::Error::other));
    let received = kernel.ports.objects.receive(digest, arrival, bytes.chain(check).boxed()).await;
    if received.is_err() {
        // When the check of rights stopped the upload, the caller gets that error.
        require_writer_still(Arc::clone(kernel), admission.clone()).await?;
    }
    Ok(received?)
}

async fn require_writer_still(kernel: Arc<Kernel>, mut admission: Admission) -> AppResult<()> {
    admission.renew(&kernel).await?;
    require_writer(&admission.caller)
}

/// Removes the objects that nothing refers to; returns those that are gone, with the bytes of the removed files. A dry run
/// only lists them.
pub async fn collect(kernel: &Kernel, caller: &Caller, dry_run: bool) -> AppResult<Garbage> {
    caller.require_home(Role::Owner)?;
    let older_than = kernel.now().plus_micros(-YOUNG_US);
    let garbage = kernel.ports.objects.garbage(older_than).await?;
    if !dry_run && !garbage.digests.is_empty() {
        let collected = Collected { digests: garbage.digests.clone(), bytes: garbage.bytes, older_than };
        // The fact is recorded first, so that every missing object has its reason in the record.
        kernel.record(caller.actor(), None, vec![collected.into()]).await?;
        return Ok(kernel.ports.objects.remove(&garbage.digests).await?);
    }
    Ok(garbage)
}
