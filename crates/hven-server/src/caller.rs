//! Who calls: from the bearer token or the browser's cookie.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header::AUTHORIZATION, request::Parts},
};
use hven_app::{Admission, AppError, AppResult, Caller, home_owner};
use hven_core::ActorId;

use crate::{Server, answer::Refusal, connections::Connection, cookie::SessionCookie, strict::Declares};

/// Somebody with a good token.
#[derive(Debug)]
pub(crate) struct Authenticated(pub Caller);

impl FromRequestParts<Server> for Authenticated {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Refusal> {
        Ok(Self(admit(parts, server).await?.caller))
    }
}

/// The same for what goes on after the answer has begun, or opens something: it has the token, to be checked again.
#[derive(Debug)]
pub(crate) struct Admitted(pub Admission);

impl FromRequestParts<Server> for Admitted {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Refusal> {
        Ok(Self(admit(parts, server).await?))
    }
}

/// Finds out who calls, and tells the connection. A body that is read later finds the admission among the extensions. A query is
/// refused here where the operation takes none.
async fn admit(parts: &mut Parts, server: &Server) -> Result<Admission, Refusal> {
    // Requests without a connection are those of tests.
    let connection = parts.extensions.get::<Arc<Connection>>().cloned();
    // The connection stays while its token is looked at.
    let _examined = connection.as_ref().map(Connection::examine);
    let token = token(&parts.headers, &server.cookie);
    let admitted = match token {
        Some(token) => Admission::of(&server.app, token).await,
        None => Err(AppError::Unauthenticated),
    };
    if let Some(connection) = connection {
        match (&admitted, token) {
            (Ok(admission), Some(token)) => {
                let guest = guest(server, &admission.caller).await?;
                if let Err(crowded) = connection.know(token, guest) {
                    connection.note_refused();
                    return Err(Refusal::Crowded(crowded));
                }
            }
            (Err(AppError::Unauthenticated), _) => connection.note_refused(),
            _ => {}
        }
    }
    let admission = admitted?;
    // Not before: whoever has no good token learns nothing of the operation.
    if let Some(declares) = parts.extensions.get::<Declares>() {
        declares.check(&parts.uri).map_err(Refusal::of_query)?;
    }
    parts.extensions.insert(admission.clone());
    Ok(admission)
}

/// Whose connections are bounded: all but those of the runners, and of the user to whom the home's files belong.
async fn guest(server: &Server, caller: &Caller) -> AppResult<Option<ActorId>> {
    Ok(match caller {
        Caller::Runner { .. } => None,
        Caller::User { id, .. } if home_owner::own_user(&server.app).await? == Some(*id) => None,
        _ => Some(caller.actor()),
    })
}

/// The bearer token, or what the browser's cookie holds.
pub(crate) fn token<'h>(headers: &'h HeaderMap, cookie: &SessionCookie) -> Option<&'h str> {
    if let Some(value) = headers.get(AUTHORIZATION) {
        let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
        return scheme.eq_ignore_ascii_case("bearer").then_some(token.trim());
    }
    cookie.find(headers)
}
