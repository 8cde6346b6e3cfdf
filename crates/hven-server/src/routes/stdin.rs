//! Standard input that comes through a pipe: in from whoever submitted the run, out to the runner that has it.

use axum::{
    Json,
    body::Body as Bytestream,
    extract::{Path, Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use hven_api::{runner::StdinPiece, stdin as wire};
use hven_app::stdin::{self, NextPiece, PipePiece};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    Server,
    answer::{Answer, Key, Query, RunnerQuery, whole_body},
    caller::Authenticated,
    convert,
};

super::operations::operations![hold, send, next];

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Place {
    /// How many bytes of standard input are before these.
    #[serde(default)]
    from: u64,
    /// Nothing follows.
    #[serde(default)]
    is_last: bool,
    /// The sender cannot go on, and sends nothing with this: the process is told that its input ends.
    #[serde(default)]
    is_cut_off: bool,
}

const HOLD_BYTES_MAX: usize = 1024;

/// Holds the standard input of a run open; for whoever submitted it. Answers when no more is wanted, or after a day. When
/// nobody holds it or sends for ten seconds, the process is told that its input ends.
#[utoipa::path(post, path = "/runs/{run}/stdin", tag = "runs", params(("run" = String, Path)),
    responses((status = 200, body = wire::StdinTaken)))]
pub(crate) async fn hold(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(run): Path<String>,
    Key(_): Key,
    request: Request,
) -> Answer<Json<wire::StdinTaken>> {
    // It says nothing. Only when all of it was read it is noticed that whoever sent it has gone.
    whole_body(request, &server, HOLD_BYTES_MAX).await?;
    let taken = tokio::select! {
        taken = stdin::hold(&server.app, &caller, &run) => taken?,
        // Whoever holds it does so again, at the next server.
        () = server.closed() => stdin::PipeProgress { bytes: 0, is_over: false },
    };
    Ok(Json(convert::process::taken(taken)))
}

/// Takes the bytes of standard input from `from` on; for whoever submitted the run. Answers when the process has read some
/// of them, when no more is wanted, or after a while: what was not read is sent again, with what follows.
#[utoipa::path(put, path = "/runs/{run}/stdin", tag = "runs", params(("run" = String, Path), Place),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = wire::StdinTaken)))]
pub(crate) async fn send(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(run): Path<String>,
    Query(place): Query<Place>,
    request: Request,
) -> Answer<Json<wire::StdinTaken>> {
    let bytes = whole_body(request, &server, wire::PIECE_BYTES_MAX).await?;
    if place.is_cut_off {
        return Ok(Json(convert::process::taken(stdin::cut_off(&server.app, &caller, &run).await?)));
    }
    let piece = PipePiece { from: place.from, bytes, is_last: place.is_last };
    let taken = tokio::select! {
        taken = stdin::send(&server.app, &caller, &run, piece) => taken?,
        () = server.closed() => stdin::PipeProgress { bytes: 0, is_over: false },
    };
    Ok(Json(convert::process::taken(taken)))
}

/// The next bytes of an attempt's standard input, for its runner; waits for them.
#[utoipa::path(get, path = "/runner/stdin/{attempt}", tag = "runner",
    params(("attempt" = String, Path), ("from" = u64, Query), ("is_over" = Option<bool>, Query)),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>), (status = 204), (status = 410)))]
pub(crate) async fn next(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(attempt): Path<String>,
    RunnerQuery(StdinPiece { from, is_over }): RunnerQuery<StdinPiece>,
) -> Answer<Response> {
    let attempt = convert::parsed(&attempt)?;
    let next = tokio::select! {
        next = stdin::next(&server.app, &caller, attempt, from, is_over) => next?,
        () = server.closed() => NextPiece::Nothing,
    };
    Ok(match next {
        NextPiece::Bytes(bytes) => Bytestream::from(bytes).into_response(),
        NextPiece::End => Bytestream::empty().into_response(),
        NextPiece::Nothing => StatusCode::NO_CONTENT.into_response(),
        NextPiece::CutOff => StatusCode::GONE.into_response(),
    })
}
