//! Checks tokens and finds their callers.

use hven_core::{AttemptId, Digest, RunnerId, Time, TokenId};

use crate::kernel::{
    callers::Caller,
    error::{AppError, AppResult},
    floor::Kernel,
};

/// The caller with this token. Every token that is not valid gives [`AppError::Unauthenticated`].
pub async fn authenticate(kernel: &Kernel, token: &str) -> AppResult<Caller> {
    Ok(identify(kernel, token).await?.caller)
}

/// The caller with a token, and how long the token is valid.
pub(crate) struct TokenOwner {
    pub(crate) caller: Caller,
    pub(crate) until: Option<Time>,
    /// The token to revoke so that this one becomes invalid: the user's token itself, or the token that opened a
    /// session.
    pub(crate) root: Option<TokenId>,
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
    if let Some(name) = kernel.keys.genuine("hvr", token) {
        let id: RunnerId = name.parse().map_err(|_| AppError::Unauthenticated)?;
        return if kernel.keys.is_gone(id) { Err(AppError::Unauthenticated) } else { derived(Caller::Runner { id }) };
    }
    let found = kernel.ports.views.token_by_digest(Digest::of(token.as_bytes())).await?;
    let found = found.ok_or(AppError::Unauthenticated)?;
    if found.revoked.is_some() || found.expires.is_some_and(|until| kernel.now() >= until) {
        return Err(AppError::Unauthenticated);
    }
    let grants = kernel.ports.views.roles(found.user).await?;
    Ok(TokenOwner {
        caller: Caller::User { id: found.user, grants },
        until: found.expires,
        root: Some(found.opened_by.unwrap_or(found.id)),
    })
}
