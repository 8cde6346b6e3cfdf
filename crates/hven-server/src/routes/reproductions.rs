//! Routes for reproductions: runs that are made again.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use hven_api::reproductions as wire;
use hven_app::{reproduce, verdicts};

use crate::{
    Server,
    answer::{Answer, Body, Key},
    caller::Authenticated,
    convert,
};

super::operations::operations![list, begin];

/// Makes a run again from its record, and compares the results. The verdict is ready when both runs are done.
#[utoipa::path(post, path = "/runs/{run}/reproductions", tag = "runs", params(("run" = String, Path)),
    request_body = wire::Reproduce, responses((status = 202, body = wire::Reproducing)))]
pub(crate) async fn begin(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(run): Path<String>,
    Key(key): Key,
    Body(wanted): Body<wire::Reproduce>,
) -> Answer<(StatusCode, Json<wire::Reproducing>)> {
    let request = convert::reproductions::request(wanted)?;
    let started = reproduce::start(&server.app, &caller, key, &run, request).await?;
    Ok((StatusCode::ACCEPTED, Json(convert::reproductions::started(&started))))
}

/// The verdicts of all reproductions of a run.
#[utoipa::path(get, path = "/runs/{run}/reproductions", tag = "runs", params(("run" = String, Path)),
    responses((status = 200, body = wire::Reproductions)))]
pub(crate) async fn list(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(run): Path<String>,
) -> Answer<Json<wire::Reproductions>> {
    let found = verdicts::of(&server.app, &caller, &run).await?;
    let items = found.of.iter().map(|verdict| convert::reproductions::reproduction(verdict, &found.labels)).collect();
    Ok(Json(wire::Reproductions { schema: "hven.reproductions/1".to_owned(), items }))
}
