//! Finds the caller of a request by its bearer token or its session cookie.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header::AUTHORIZATION, request::Parts},
};
use hven_app::{Admission, AppError, AppResult, Caller, home_owner};
use hven_core::ActorId;

use crate::{Server, answer::Refusal, connections::Connection, cookie::SessionCookie, strict::QueryDeclaration};

/// The caller of a request with a valid token.
#[derive(Debug)]
pub(crate) struct Authenticated(pub Caller);

impl FromRequestParts<Server> for Authenticated {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Refusal> {
        Ok(Self(admit(parts, server).await?.caller))
    }
}

/// Like [`Authenticated`], with the token, so that the handler can check the token again. For streams, which last longer
/// than the check at their start, and for calls that open a session.
#[derive(Debug)]
pub(crate) struct Admitted(pub Admission);

impl FromRequestParts<Server> for Admitted {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Refusal> {
        Ok(Self(admit(parts, server).await?))
    }
}

/// Authenticates the caller, and notes the result on the connection. The admission is stored in the extensions, where the
/// reader of the body finds it. Query parameters are refused here when the operation takes none.
async fn admit(parts: &mut Parts, server: &Server) -> Result<Admission, Refusal> {
    // Only requests of tests have no connection.
    let connection = parts.extensions.get::<Arc<Connection>>().cloned();
    // The server does not evict the connection while it checks the token.
    let _token_check = connection.as_ref().map(Connection::start_token_check);
    let token = token(&parts.headers, &server.cookie);
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
    // Only after authentication: a caller without a valid token learns nothing about the operation.
    if let Some(declaration) = parts.extensions.get::<QueryDeclaration>() {
        declaration.check(&parts.uri).map_err(Refusal::of_query)?;
    }
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

/// The bearer token of a request, or the secret in its session cookie.
pub(crate) fn token<'h>(headers: &'h HeaderMap, cookie: &SessionCookie) -> Option<&'h str> {
    if let Some(value) = headers.get(AUTHORIZATION) {
        let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
        return scheme.eq_ignore_ascii_case("bearer").then_some(token.trim());
    }
    cookie.find(headers)
}
