//! Finds the caller of a request by its bearer token or its session cookie.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header::AUTHORIZATION, request::Parts},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hven_app::{Admission, AppError, AppResult, Caller, home_owner};
use hven_core::ActorId;

use crate::{Server, answer::Refusal, connections::Connection, cookie::SessionCookie, strict::QueryDeclaration};

/// The caller of a request with a valid token.
#[derive(Debug)]
pub(crate) struct Authenticated(pub Caller);

impl FromRequestParts<Server> for Authenticated {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Refusal> {
        Ok(Self(admit_native(parts, server).await?.caller))
    }
}

/// Like [`Authenticated`], with the token, so that the handler can check the token again. For streams, which last longer
/// than the check at their start, and for calls that open a session.
#[derive(Debug)]
pub(crate) struct Admitted(pub Admission);

impl FromRequestParts<Server> for Admitted {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Refusal> {
        Ok(Self(admit_native(parts, server).await?))
    }
}

/// Admits the caller of an operation of the native API. Query parameters are refused here when the operation takes none.
async fn admit_native(parts: &mut Parts, server: &Server) -> Result<Admission, Refusal> {
    let token = token(&parts.headers, &server.cookie).map(str::to_owned);
    let admission = admit(parts, server, token.as_deref()).await?;
    // Its token is for doors alone.
    if matches!(admission.caller, Caller::Tracker { .. }) {
        return Err(AppError::Denied.into());
    }
    // Only after authentication: a caller without a valid token learns nothing about the operation.
    if let Some(declaration) = parts.extensions.get::<QueryDeclaration>() {
        declaration.check(&parts.uri).map_err(Refusal::of_query)?;
    }
    Ok(admission)
}

/// Authenticates the caller, and notes the result on the connection. The admission is stored in the extensions, where the
/// reader of the body finds it.
pub(crate) async fn admit(parts: &mut Parts, server: &Server, token: Option<&str>) -> Result<Admission, Refusal> {
    // Only requests of tests have no connection.
    let connection = parts.extensions.get::<Arc<Connection>>().cloned();
    // The server does not evict the connection while it checks the token.
    let _token_check = connection.as_ref().map(Connection::start_token_check);
    let admitted = match token {
        Some(token) => Admission::of(&server.app, token).await,
        None => Err(AppError::Unauthenticated),
    };
    if let Some(connection) = connection {
        match (&admitted, token) {
            (Ok(admission), Some(token)) => {
                let guest = guest(server, &admission.caller).await?;
                if let Err(too_many) = connection.note_valid_token(token, guest) {
                    connection.note_refused();
                    return Err(Refusal::TooManyConnections(too_many));
                }
            }
            (Err(AppError::Unauthenticated), _) => connection.note_refused(),
            _ => {}
        }
    }
    let admission = admitted?;
    parts.extensions.insert(admission.clone());
    Ok(admission)
}

/// The user or task whose connections are limited. Runners and the owner of the home's files have no limit.
async fn guest(server: &Server, caller: &Caller) -> AppResult<Option<ActorId>> {
    Ok(match caller {
        Caller::Runner { .. } => None,
        Caller::User { id, .. } if home_owner::own_user(&server.app).await? == Some(*id) => None,
        _ => Some(caller.actor()),
    })
}

/// The token in a request to a door: a bearer token, or the password of HTTP Basic. A cookie counts for nothing there, so that no page of
/// a browser calls a door.
pub(crate) fn door_token(headers: &HeaderMap) -> Option<String> {
    let (scheme, credentials) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let credentials = credentials.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(credentials.to_owned());
    }
    let decoded = scheme.eq_ignore_ascii_case("basic").then(|| STANDARD.decode(credentials).ok()).flatten()?;
    let (_, password) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
    Some(password.to_owned())
}

/// The bearer token of a request, or the secret in its session cookie.
pub(crate) fn token<'h>(headers: &'h HeaderMap, cookie: &SessionCookie) -> Option<&'h str> {
    if let Some(value) = headers.get(AUTHORIZATION) {
        let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
        return scheme.eq_ignore_ascii_case("bearer").then_some(token.trim());
    }
    cookie.find(headers)
}
