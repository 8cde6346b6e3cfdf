//! Access tokens of users.

use std::collections::HashMap;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hven_core::{
    Digest, TokenId, UserId,
    access::{Role, TokenIssued, TokenRevoked},
    limits,
};

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        floor::Kernel,
        random::random,
    },
    ports::people::TokenView,
};

const DAY_US: i64 = 24 * 3600 * 1_000_000;

/// The tokens of a user: the caller's own, or, for an owner of the home, those of any user.
pub async fn list(kernel: &Kernel, caller: &Caller, user: Option<UserId>) -> AppResult<Vec<TokenView>> {
    let user = token_user(kernel, caller, user).await?;
    Ok(kernel.ports.views.tokens(user).await?)
}

/// The tokens of all users, for owners of the home.
pub async fn list_all(kernel: &Kernel, caller: &Caller) -> AppResult<Vec<TokenView>> {
    caller.require_home(Role::Owner)?;
    let users = kernel.ports.views.users().await?;
    let places: HashMap<UserId, usize> = users.iter().enumerate().map(|(place, user)| (user.id, place)).collect();
    let mut tokens = kernel.ports.views.all_tokens().await?;
    tokens.retain(|token| places.contains_key(&token.user));
    // The sort is stable: the tokens of each user stay in the order in which they were issued.
    tokens.sort_by_key(|token| places.get(&token.user).copied());
    Ok(tokens)
}

/// The user whose tokens to use: the caller when no user is given.
async fn token_user(kernel: &Kernel, caller: &Caller, user: Option<UserId>) -> AppResult<UserId> {
    let own = caller.require_user()?;
    let user = user.unwrap_or(own);
    if user != own {
        caller.require_home(Role::Owner)?;
        if kernel.ports.views.user(user).await?.is_none() {
            return Err(AppError::not_found("user", user));
        }
    }
    Ok(user)
}

/// Issues a token and returns its secret, which is shown only once.
pub async fn issue(
    kernel: &Kernel,
    caller: &Caller,
    name: String,
    user: Option<UserId>,
    days: Option<u32>,
) -> AppResult<(TokenView, String)> {
    // The lock prevents a new token for a user who is being removed.
    let _turn = kernel.members_turn.lock().await;
    let caller = &caller.with_current_roles(kernel.ports.views.as_ref()).await?;
    let user = token_user(kernel, caller, user).await?;
    limits::line("the token's name", &name, limits::NAME_BYTES_MAX)?;
    if let Some(days) = days.filter(|days| !(1..=limits::TOKEN_DAYS_MAX).contains(days)) {
        let why =
            format!("are {days}; a token lives 1 to {} days, or for ever when nothing is said", limits::TOKEN_DAYS_MAX);
        return Err(AppError::invalid("the days", why));
    }
    let now = kernel.now();
    let secret = new_secret(random());
    let issued = TokenIssued {
        token: TokenId::mint(now, random()),
        user,
        name,
        digest: Digest::of(secret.as_bytes()),
        expires: days.map(|days| now.plus_micros(i64::from(days) * DAY_US)),
    };
    let view = TokenView {
        id: issued.token,
        user,
        name: issued.name.clone(),
        issued: now,
        expires: issued.expires,
        revoked: None,
        opened_by: None,
    };
    kernel.record(caller.actor(), None, vec![issued.into()]).await?;
    Ok((view, secret))
}

/// The text of a user's token from 256 random bits.
pub(crate) fn new_secret(random: [u8; 32]) -> String {
    format!("hvu_{}", URL_SAFE_NO_PAD.encode(random))
}

/// Revokes a token: the caller's own, or, for an owner of the home, that of any user.
pub async fn revoke(kernel: &Kernel, caller: &Caller, token: TokenId, key: Option<String>) -> AppResult<()> {
    let own = caller.require_user()?;
    let views = match caller.home_role() {
        Some(Role::Owner) => list_all(kernel, caller).await?,
        _ => kernel.ports.views.tokens(own).await?,
    };
    let view = views.into_iter().find(|view| view.id == token);
    let view = view.ok_or_else(|| AppError::not_found("token", token))?;
    if view.revoked.is_none() {
        kernel.record(caller.actor(), key, vec![TokenRevoked { token }.into()]).await?;
    }
    Ok(())
}
