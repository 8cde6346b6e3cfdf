//! Routes for runs whose work is done elsewhere, and for files that are added to runs while they go on.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use hven_api::external as wire;
use hven_app::{
    external::{add_files::add_files, close, open, report},
    ports::run::RunView,
};

use crate::{
    Server,
    answer::{Answer, Body, Key},
    caller::Authenticated,
    convert,
};

super::operations::operations![open_run, heartbeat, add_outputs, close_run];

fn reported(server: &Server, run: &RunView) -> wire::ReportedRun {
    wire::ReportedRun {
        schema: "hven.reported/1".to_owned(),
        run: convert::run_name(run),
        state: run.state.as_str().to_owned(),
        url: format!("{}/r/{}", server.options.url, run.handle),
    }
}

/// Opens a run whose work is done elsewhere: by a notebook, an instrument or another program. The caller reports metrics,
/// parameters and files of the run, and closes it. If no report comes for longer than `silent_after_s`, its state is `unknown`.
#[utoipa::path(post, path = "/runs/external", tag = "runs", request_body = wire::OpenRun,
    responses((status = 201, body = wire::ReportedRun)))]
pub(crate) async fn open_run(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Key(key): Key,
    Body(wanted): Body<wire::OpenRun>,
) -> Answer<(StatusCode, Json<wire::ReportedRun>)> {
    let run = open::open(&server.app, &caller, key, convert::external::open_in(wanted)?).await?;
    Ok((StatusCode::CREATED, Json(reported(&server, &run))))
}

/// Reports that the work continues. Each other report counts as one, too.
#[utoipa::path(post, path = "/runs/{run}/heartbeat", tag = "runs", params(("run" = String, Path)),
    responses((status = 200, body = wire::ReportedRun)))]
pub(crate) async fn heartbeat(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(run): Path<String>,
) -> Answer<Json<wire::ReportedRun>> {
    let run = report::heartbeat(&server.app, &caller, &run).await?;
    Ok(Json(reported(&server, &run)))
}

/// Adds files to a run that has not ended, as its outputs. Upload their bytes first. A file replaces an earlier one of the same
/// path. A process may add files to its own run.
#[utoipa::path(post, path = "/runs/{run}/outputs", tag = "runs", params(("run" = String, Path)),
    request_body = wire::AddFiles, responses((status = 200, body = wire::ReportedRun)))]
pub(crate) async fn add_outputs(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(run): Path<String>,
    Key(key): Key,
    Body(wanted): Body<wire::AddFiles>,
) -> Answer<Json<wire::ReportedRun>> {
    let run = add_files(&server.app, &caller, &run, key, convert::external::files_in(wanted)?).await?;
    Ok(Json(reported(&server, &run)))
}

/// Ends a run whose work is done elsewhere. The same end again changes nothing.
#[utoipa::path(post, path = "/runs/{run}/close", tag = "runs", params(("run" = String, Path)),
    request_body = wire::CloseRun, responses((status = 200, body = wire::ReportedRun)))]
pub(crate) async fn close_run(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(run): Path<String>,
    Body(wanted): Body<wire::CloseRun>,
) -> Answer<Json<wire::ReportedRun>> {
    let wire::CloseRun { state, why, ended } = wanted;
    let end = convert::external::end_in(&state, why)?;
    let ended = ended.as_deref().map(convert::parsed).transpose()?;
    let run = close::close(&server.app, &caller, &run, end, ended).await?;
    Ok(Json(reported(&server, &run)))
}
