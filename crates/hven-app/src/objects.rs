//! Objects in and out, and the collection of those that nothing refers to.

use std::{io, sync::Arc};

use bytes::Bytes;
use futures::{StreamExt, stream};
use hven_core::{Digest, access::Role, object::Collected};

use crate::{
    Admission, App, AppError, AppResult, Caller,
    brought::Upload,
    naming,
    ports::{
        StoreError,
        objects::{Arrival, ByteStream, Garbage, Presence},
    },
};

/// Who may bring bytes: a runner, or a user with a role that lets them run something somewhere.
fn require_writer(caller: &Caller) -> AppResult<()> {
    match caller {
        Caller::Runner { .. } => Ok(()),
        _ => require_role_somewhere(caller, Role::Member),
    }
}

pub(crate) fn require_role_somewhere(caller: &Caller, role: Role) -> AppResult<()> {
    let Caller::User { grants, .. } = caller else { return Err(AppError::Denied) };
    if grants.iter().any(|grant| grant.role >= role) { Ok(()) } else { Err(AppError::Denied) }
}

/// How much of an object is there, for the caller. Of what came from others, and is not to be seen, nothing is.
pub async fn presence(app: &App, caller: &Caller, digest: Digest) -> AppResult<Presence> {
    require_writer(caller)?;
    let there = app.ports.objects.presence(digest).await?;
    let Some(user) = naming::who_sees_a_part(caller) else { return Ok(there) };
    let is_whole = matches!(there, Presence::Whole { .. });
    if is_whole && naming::hidden(app, caller, &[digest]).await?.is_empty() {
        return Ok(there);
    }
    // An upload goes on only where this user stopped it: bytes that others sent prove nothing.
    let received = app.brought.received(user, digest);
    let goes_on = received > 0 && (is_whole || there == Presence::Partial { received });
    Ok(if goes_on { Presence::Partial { received } } else { Presence::Absent })
}

/// Those of the digests that are not wholly there, and those that the caller may not name before bringing the bytes.
pub async fn missing(app: &App, caller: &Caller, digests: Vec<Digest>) -> AppResult<Vec<Digest>> {
    require_writer(caller)?;
    let hidden = naming::hidden(app, caller, &digests).await?;
    let mut missing = Vec::new();
    for digest in digests {
        let is_whole = matches!(app.ports.objects.presence(digest).await?, Presence::Whole { .. });
        if !is_whole || hidden.contains(&digest) {
            missing.push(digest);
        }
    }
    Ok(missing)
}

/// Takes an object's bytes, however long they take. Behind the last of them it is checked again who brings them: the object
/// counts only when they still may. Who sees a part of the home alone may name the object from then on.
pub async fn receive(
    app: &Arc<App>,
    admission: &Admission,
    digest: Digest,
    arrival: Arrival,
    bytes: ByteStream,
) -> AppResult<Presence> {
    require_writer(&admission.caller)?;
    let Some(user) = naming::who_sees_a_part(&admission.caller) else {
        return take_in(app, admission, digest, arrival, bytes).await;
    };
    let Some(begun) = app.brought.before(user, digest, arrival.offset) else { return Ok(Presence::Absent) };
    let upload = Upload::new(user, digest, begun, bytes);
    let received = prove(app, admission, &upload, digest, arrival).await;
    upload.end(&app.brought).await;
    if matches!(received, Ok(Presence::Whole { .. })) {
        app.brought.note(user, digest, app.now());
    }
    received
}

/// Takes an object in, and reads its bytes to their end also when they are there already.
async fn prove(
    app: &Arc<App>,
    admission: &Admission,
    upload: &Upload,
    digest: Digest,
    arrival: Arrival,
) -> AppResult<Presence> {
    let received = take_in(app, admission, digest, arrival, upload.bytes()).await?;
    if !matches!(received, Presence::Whole { .. }) {
        return Ok(received);
    }
    let failed = |source| StoreError::Io { what: format!("the object {digest}"), source };
    let sent = upload.read_rest().await.map_err(failed)?;
    require_writer_still(Arc::clone(app), admission.clone()).await?;
    if sent.is_right { Ok(Presence::Whole { size: sent.size }) } else { Err(StoreError::WrongDigest(sent.size).into()) }
}

async fn take_in(
    app: &Arc<App>,
    admission: &Admission,
    digest: Digest,
    arrival: Arrival,
    bytes: ByteStream,
) -> AppResult<Presence> {
    let check = stream::once(require_writer_still(Arc::clone(app), admission.clone()));
    let check = check.map(|checked| checked.map(|()| Bytes::new()).map_err(io::Error::other));
    let received = app.ports.objects.receive(digest, arrival, bytes.chain(check).boxed()).await;
    if received.is_err() {
        // When the check stopped it, that is what the caller is told.
        require_writer_still(Arc::clone(app), admission.clone()).await?;
    }
    Ok(received?)
}

async fn require_writer_still(app: Arc<App>, mut admission: Admission) -> AppResult<()> {
    admission.renew(&app).await?;
    require_writer(&admission.caller)
}

/// An object's bytes. Who knows a digest but not the run that names it must be a viewer of the whole home; others
/// reach files through their runs.
pub async fn open(app: &App, caller: &Caller, digest: Digest) -> AppResult<(u64, ByteStream)> {
    caller.require_user()?;
    if !naming::is_visible(app, caller, digest).await? {
        return Err(AppError::not_found("object", digest));
    }
    let opened = app.ports.objects.open(digest, 0).await?;
    let opened = opened.ok_or_else(|| AppError::not_found("object", digest))?;
    crate::datasets::note_reading(app, caller, digest).await?;
    Ok(opened)
}

/// Objects younger than this are never collected: somebody may be about to refer to them.
pub(crate) const YOUNG_US: i64 = 24 * 3600 * 1_000_000;

/// Removes the objects that nothing refers to, or says which they are.
pub async fn collect(app: &App, caller: &Caller, dry_run: bool) -> AppResult<Garbage> {
    caller.require_home(Role::Owner)?;
    let older_than = app.now().plus_micros(-YOUNG_US);
    let garbage = app.ports.objects.garbage(older_than).await?;
    if !dry_run && !garbage.digests.is_empty() {
        let collected = Collected { digests: garbage.digests.clone(), bytes: garbage.bytes, older_than };
        // Recorded first: what is missing must always have its reason in the record.
        app.record(caller.actor(), None, vec![collected.into()]).await?;
        app.ports.objects.remove(&garbage.digests).await?;
    }
    Ok(garbage)
}
