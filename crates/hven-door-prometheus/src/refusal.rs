//! Refusals in words that Prometheus shows next to the target.

use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use hven_door::Refused;

pub(crate) fn refuse(refused: &Refused) -> Response {
    let Refused { status, message, .. } = refused;
    let kind = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    (*status, kind, format!("{message}: set `authorization: credentials_file` to a token of Hven\n")).into_response()
}
