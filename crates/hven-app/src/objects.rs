//! Objects in and out, and the collection of those that nothing refers to.

use hven_core::{Digest, access::Role, object::Collected};

use crate::{
    App, AppError, AppResult, Caller,
    ports::objects::{Arrival, ByteStream, Garbage, Presence},
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

pub async fn presence(app: &App, caller: &Caller, digest: Digest) -> AppResult<Presence> {
    require_writer(caller)?;
    Ok(app.ports.objects.presence(digest).await?)
}

/// Those of the digests that are not wholly there.
pub async fn missing(app: &App, caller: &Caller, digests: Vec<Digest>) -> AppResult<Vec<Digest>> {
    require_writer(caller)?;
    let mut missing = Vec::new();
    for digest in digests {
        if !matches!(app.ports.objects.presence(digest).await?, Presence::Whole { .. }) {
            missing.push(digest);
        }
    }
    Ok(missing)
}

pub async fn receive(
    app: &App,
    caller: &Caller,
    digest: Digest,
    arrival: Arrival,
    bytes: ByteStream,
) -> AppResult<Presence> {
    require_writer(caller)?;
    Ok(app.ports.objects.receive(digest, arrival, bytes).await?)
}

/// An object's bytes. Who knows a digest but not the run that names it must be a viewer of the whole home; others
/// reach files through their runs.
pub async fn open(app: &App, caller: &Caller, digest: Digest) -> AppResult<(u64, ByteStream)> {
    if !is_visible(app, caller, digest).await? {
        return Err(AppError::not_found("object", digest));
    }
    let opened = app.ports.objects.open(digest, 0).await?;
    let opened = opened.ok_or_else(|| AppError::not_found("object", digest))?;
    crate::datasets::note_reading(app, caller, digest).await?;
    Ok(opened)
}

async fn is_visible(app: &App, caller: &Caller, digest: Digest) -> AppResult<bool> {
    const USES_MAX: usize = 100;
    caller.require_user()?;
    if caller.home_role() >= Some(Role::Viewer) {
        return Ok(true);
    }
    let makers = app.ports.views.makers(digest, USES_MAX).await?;
    let users = app.ports.views.users_of(digest, USES_MAX).await?;
    Ok(makers.iter().chain(&users).any(|found| caller.may(Role::Viewer, &found.project)))
}

/// Objects younger than this are never collected: somebody may be about to refer to them.
const YOUNG_US: i64 = 24 * 3600 * 1_000_000;

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
