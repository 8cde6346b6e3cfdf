//! Browser sessions: a one-time link opens a session, logging out ends it.
//!
//! A session is a token that is recorded with a digest, like the tokens of programs. So it can be listed and revoked,
//! and it survives a restart of the server. It ends with the token that opened it.

use std::collections::HashSet;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hven_core::{
    Digest, Time, TokenId,
    access::{SessionEnded, SessionOpened},
};

use crate::kernel::{
    admission::Admission,
    error::{AppError, AppResult},
    floor::Kernel,
    random::random,
};

/// How long a login link is valid, and (below) how long its session is valid.
const LINK_LIFE_US: i64 = 10 * 60 * 1_000_000;

const SESSION_LIFE_US: i64 = 30 * 24 * 3600 * 1_000_000;

/// The largest number of open links: for one user, and (below) for all users.
const LINKS_OF_USER_MAX: usize = 20;

const LINKS_MAX: usize = 1000;

/// A one-time code that opens a browser session for the caller, and the time at which it expires.
pub fn new_link(kernel: &Kernel, admission: Admission) -> AppResult<(String, Time)> {
    let user = admission.caller.require_user()?;
    let now = kernel.now();
    let code = URL_SAFE_NO_PAD.encode(random::<24>());
    let until = now.plus_micros(LINK_LIFE_US);
    let mut links = kernel.login_links.open();
    links.retain(|_, (_, until)| *until > now);
    let own = links.iter().filter(|(_, (by, _))| by.caller.require_user().is_ok_and(|of| of == user));
    let own: Vec<(Time, String)> = own.map(|(code, (_, until))| (*until, code.clone())).collect();
    // The oldest link is replaced, so that one user cannot use up the links of all users.
    if own.len() >= LINKS_OF_USER_MAX
        && let Some((_, oldest)) = own.iter().min()
    {
        links.remove(oldest);
    }
    if links.len() >= LINKS_MAX {
        return Err(AppError::Busy("a thousand login links are open".to_owned()));
    }
    links.insert(code.clone(), (admission, until));
    Ok((code, until))
}

/// The links that are valid now, by the digests of their codes. A code is a secret.
pub fn open_links(kernel: &Kernel) -> HashSet<Digest> {
    let now = kernel.now();
    let links = kernel.login_links.open();
    links.iter().filter(|(_, (_, until))| *until > now).map(|(code, _)| Digest::of(code.as_bytes())).collect()
}

/// Exchanges a one-time code for the session token of the browser and its lifetime in seconds.
pub async fn open(kernel: &Kernel, code: &str) -> AppResult<(String, i64)> {
    let now = kernel.now();
    let link = kernel.login_links.open().remove(code);
    let (mut admission, until) = link.ok_or(AppError::Unauthenticated)?;
    if now >= until {
        return Err(AppError::Unauthenticated);
    }
    // The token that made the link may have been revoked since. The lock prevents a session for a user who is being
    // removed.
    let _turn = kernel.members_turn.lock().await;
    admission.renew(kernel).await?;
    let user = admission.caller.require_user()?;
    let opened_by = admission.root().ok_or(AppError::Denied)?;
    let secret = format!("hvs_{}", URL_SAFE_NO_PAD.encode(random::<32>()));
    let longest = now.plus_micros(SESSION_LIFE_US);
    let opened = SessionOpened {
        session: TokenId::mint(now, random()),
        user,
        opened_by,
        digest: Digest::of(secret.as_bytes()),
        expires: admission.until().map_or(longest, |until| until.min(longest)),
    };
    let seconds = (opened.expires.micros() - now.micros()) / 1_000_000;
    kernel.record(user.into(), None, vec![opened.into()]).await?;
    Ok((secret, seconds))
}

/// Ends the session when a browser logs out. An unknown token is no error, because then the browser has no session.
pub async fn end(kernel: &Kernel, token: &str) -> AppResult<()> {
    let found = kernel.ports.views.token_by_digest(Digest::of(token.as_bytes())).await?;
    // A program's token in a cookie is not a session. It is revoked by name.
    let Some(session) = found.filter(|found| found.opened_by.is_some() && found.revoked.is_none()) else {
        return Ok(());
    };
    kernel.record(session.user.into(), None, vec![SessionEnded { session: session.id }.into()]).await?;
    Ok(())
}
