//! Who calls: from the bearer token or the browser's cookie.

use axum::{
    extract::FromRequestParts,
    http::{
        HeaderMap,
        header::{AUTHORIZATION, COOKIE},
        request::Parts,
    },
};
use hven_app::{AppError, Caller, access};

use crate::{Server, answer::Refusal};

/// Somebody with a good token.
#[derive(Debug)]
pub(crate) struct Authenticated(pub Caller);

impl FromRequestParts<Server> for Authenticated {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Refusal> {
        let token = token(&parts.headers).ok_or(AppError::Unauthenticated)?;
        Ok(Self(access::authenticate(&server.app, token).await?))
    }
}

fn token(headers: &HeaderMap) -> Option<&str> {
    if let Some(value) = headers.get(AUTHORIZATION) {
        let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
        return scheme.eq_ignore_ascii_case("bearer").then_some(token.trim());
    }
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == hven_api::COOKIE).map(|(_, token)| token)
}
