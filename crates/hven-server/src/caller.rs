//! Who calls: from the bearer token or the browser's cookie.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{
        HeaderMap,
        header::{AUTHORIZATION, COOKIE},
        request::Parts,
    },
};
use hven_app::{Admission, AppError, Caller, access};

use crate::{
    Server,
    answer::Refusal,
    connections::{Connection, Examined},
};

/// Somebody with a good token.
#[derive(Debug)]
pub(crate) struct Authenticated(pub Caller);

impl FromRequestParts<Server> for Authenticated {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Refusal> {
        let token = token(&parts.headers).ok_or(AppError::Unauthenticated)?;
        let _examined = examine(parts);
        let caller = access::authenticate(&server.app, token).await?;
        know(parts);
        Ok(Self(caller))
    }
}

/// The same for what stays open after the answer has begun, or opens something: it has the token, to be checked again.
#[derive(Debug)]
pub(crate) struct Admitted(pub Admission);

impl FromRequestParts<Server> for Admitted {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Refusal> {
        let token = token(&parts.headers).ok_or(AppError::Unauthenticated)?;
        let _examined = examine(parts);
        let admission = Admission::of(&server.app, token).await?;
        know(parts);
        Ok(Self(admission))
    }
}

/// The connection is no stranger's any more. Requests that come without one are those of tests.
fn know(parts: &Parts) {
    if let Some(connection) = parts.extensions.get::<Arc<Connection>>() {
        connection.know();
    }
}

/// The connection stays while its token is looked at.
fn examine(parts: &Parts) -> Option<Examined> {
    parts.extensions.get::<Arc<Connection>>().map(Connection::examine)
}

/// The bearer token, or the browser's cookie.
pub(crate) fn token(headers: &HeaderMap) -> Option<&str> {
    if let Some(value) = headers.get(AUTHORIZATION) {
        let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
        return scheme.eq_ignore_ascii_case("bearer").then_some(token.trim());
    }
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == hven_api::COOKIE).map(|(_, token)| token)
}
