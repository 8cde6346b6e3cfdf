//! Checks tokens and finds their callers.

use hven_core::{
    AttemptId, Digest, RunnerId, UserId,
    access::{Grant, Role, Scope},
};

use crate::{
    kernel::{
        callers::{Caller, TokenOwner},
        error::{AppError, AppResult},
        floor::Kernel,
    },
    ports::run::RunName,
};

/// The caller with this token. Every token that is not valid gives [`AppError::Unauthenticated`].
pub async fn authenticate(kernel: &Kernel, token: &str) -> AppResult<Caller> {
    Ok(identify(kernel, token).await?.caller)
}

pub(crate) async fn identify(kernel: &Kernel, token: &str) -> AppResult<TokenOwner> {
    let derived = |caller| Ok(TokenOwner { caller, until: None, root: None });
    if let Some(name) = kernel.keys.genuine("hva", token) {
        let id: AttemptId = name.parse().map_err(|_| AppError::Unauthenticated)?;
        return if kernel.attempts.is_live(id) {
            derived(Caller::Attempt { id })
        } else {
            Err(AppError::Unauthenticated)
        };
    }
    if let Some(name) = kernel.keys.genuine("hvt", token) {
        let id: AttemptId = name.parse().map_err(|_| AppError::Unauthenticated)?;
        if !kernel.attempts.is_live(id) {
            return Err(AppError::Unauthenticated);
        }
        let digest = Digest::of(token.as_bytes());
        let version = match kernel.known_tokens.get(&digest) {
            Ok(known) => return Ok(known),
            Err(version) => version,
        };
        let owner = TokenOwner { caller: tracker(kernel, id).await?, until: None, root: None };
        kernel.known_tokens.put(digest, version, &owner);
        return Ok(owner);
    }
    if let Some(name) = kernel.keys.genuine("hvr", token) {
        let id: RunnerId = name.parse().map_err(|_| AppError::Unauthenticated)?;
        return if kernel.keys.is_gone(id) { Err(AppError::Unauthenticated) } else { derived(Caller::Runner { id }) };
    }
    let digest = Digest::of(token.as_bytes());
    let owner = match kernel.known_tokens.get(&digest) {
        Ok(known) => known,
        Err(version) => {
            let owner = user(kernel, digest).await?;
            kernel.known_tokens.put(digest, version, &owner);
            owner
        }
    };
    if owner.until.is_some_and(|until| kernel.now() >= until) {
        return Err(AppError::Unauthenticated);
    }
    Ok(owner)
}

/// The user with a recorded token that was not revoked.
async fn user(kernel: &Kernel, digest: Digest) -> AppResult<TokenOwner> {
    let found = kernel.ports.views.token_by_digest(digest).await?;
    let found = found.filter(|token| token.revoked.is_none()).ok_or(AppError::Unauthenticated)?;
    let grants = kernel.ports.views.roles(found.user).await?;
    Ok(TokenOwner {
        caller: Caller::User { id: found.user, grants },
        until: found.expires,
        root: Some(found.opened_by.unwrap_or(found.id)),
    })
}

/// The caller with the tracker's token of a live attempt: it may do in the project of its run what the submitter may, up to what
/// a member may.
async fn tracker(kernel: &Kernel, attempt: AttemptId) -> AppResult<Caller> {
    let run = kernel.ports.views.runs_named(&RunName::Id(attempt.run)).await?.pop();
    let run = run.ok_or(AppError::Unauthenticated)?;
    let submitter = UserId::from_u128(run.submitted_by.as_u128());
    let roles = kernel.ports.views.roles(submitter).await?;
    let role = roles.iter().filter(|grant| grant.scope.covers(&run.project)).map(|grant| grant.role).max();
    let role = role.ok_or(AppError::Unauthenticated)?.min(Role::Member);
    let grant = Grant { scope: Scope::Project(run.project), role, may_run_as_server: false };
    Ok(Caller::Tracker { attempt, submitter, grants: vec![grant] })
}
