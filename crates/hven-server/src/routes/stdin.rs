//! Routes for standard input through a pipe: the submitter sends it, and the runner receives it.

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
pub(crate) struct PieceQuery {
    /// The number of bytes of standard input before these.
    #[serde(default)]
    from: u64,
    /// These bytes are the last ones.
    #[serde(default)]
    is_last: bool,
    /// The sender has failed, and sends no bytes with this. The input of the process ends.
    #[serde(default)]
    is_cut_off: bool,
}

const HOLD_BYTES_MAX: usize = 1024;

/// Keeps the standard input of a run open; only for its submitter. Answers when the process wants no more input, or after
/// a day. When for ten seconds no client keeps it open or sends, the input of the process ends.
#[utoipa::path(post, path = "/runs/{run}/stdin", tag = "runs", params(("run" = String, Path)),
    responses((status = 200, body = wire::StdinTaken)))]
pub(crate) async fn hold(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(run): Path<String>,
    Key(_): Key,
    request: Request,
) -> Answer<Json<wire::StdinTaken>> {
    // The body is empty. Only after reading it completely can the server notice that the client disconnected.
    whole_body(request, &server, HOLD_BYTES_MAX).await?;
    let taken = tokio::select! {
        taken = stdin::hold(&server.app, &caller, &run) => taken?,
        // The client calls again when a server is there.
        () = server.closed() => stdin::PipeProgress { bytes: 0, is_over: false },
    };
    Ok(Json(convert::process::taken(taken)))
}

/// Receives bytes of standard input from `from` on; only from the run's submitter. Answers when the process has read some
/// of them, when it wants no more, or after a while. The client sends unread bytes again, with the next ones.
#[utoipa::path(put, path = "/runs/{run}/stdin", tag = "runs", params(("run" = String, Path), PieceQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = wire::StdinTaken)))]
pub(crate) async fn send(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(run): Path<String>,
    Query(place): Query<PieceQuery>,
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

/// The next bytes of an attempt's standard input, for its runner. Waits for them.
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
