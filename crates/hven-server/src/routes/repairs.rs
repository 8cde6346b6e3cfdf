//! Repairs: what one would do, beginning one, watching it, cancelling it.

use axum::{
    Json,
    extract::{Path, State},
};
use hven_api::{
    repair_summary::RepairSummary,
    repairs as wire,
    soundness::{Repair, RepairPlan},
};
use hven_app::{AppError, AppResult, repair, repair_answers};
use serde::Deserialize;
use utoipa::IntoParams;

use super::lists;
use crate::{
    Server,
    answer::{Answer, Body, Key, Query},
    caller::Authenticated,
    convert,
};

super::operations::operations![list, begin, show, cancel];

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RepairsOf {
    /// The dataset or the run that was retracted: the answer is what its repair would do. Without it the answer is the list
    /// of repairs.
    of: Option<String>,
    /// The dataset that takes its place.
    with: Option<String>,
    /// Which project the names are meant in, when several have them; of the list, only what belongs to this project or to
    /// those below it.
    project: Option<String>,
    /// Of the list: words that all occur in the name or the project.
    q: Option<String>,
    /// Of the list: `running`, only those that go on.
    state: Option<String>,
    limit: Option<usize>,
    cursor: Option<String>,
}

/// The repairs that were begun, newest first; with `of` what a repair of that would do, and how far it is.
#[utoipa::path(get, path = "/repairs", tag = "soundness", params(RepairsOf),
    responses((status = 200, body = wire::Repairs)))]
pub(crate) async fn list(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Query(RepairsOf { of, with, project, q, state, limit, cursor }): Query<RepairsOf>,
) -> Answer<Json<wire::Repairs>> {
    if let Some(of) = of {
        let project = project.as_deref().map(convert::parsed).transpose()?;
        let plan = repair_answers::plan(&server.app, &caller, &repair::RepairRequest { of, with, project }).await?;
        return Ok(Json(wire::Repairs::Plan(Box::new(convert::repairs::plan(&plan)))));
    }
    let filter = lists::Filter { project, q, limit, cursor }.read()?;
    let rows = repair_answers::list(&server.app, &caller, filter, is_open(state.as_deref())?).await?;
    Ok(Json(wire::Repairs::Begun(lists::page("hven.repairs/1", rows, convert::repairs::summary))))
}

fn is_open(state: Option<&str>) -> AppResult<bool> {
    match state {
        None => Ok(false),
        Some("running") => Ok(true),
        Some(other) => Err(AppError::Invalid { what: format!("state={other}"), why: "is not running".to_owned() }),
    }
}

/// Begins a repair, and does what can be done at once; the server goes on with it. While the same repair goes on, it is that
/// one.
#[utoipa::path(post, path = "/repairs", tag = "soundness", request_body = Repair,
    responses((status = 200, body = RepairPlan)))]
pub(crate) async fn begin(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Body(new): Body<Repair>,
) -> Answer<Json<RepairPlan>> {
    let project = new.project.as_deref().map(convert::parsed).transpose()?;
    let wish = repair::RepairRequest { of: new.of, with: new.with, project };
    let asked = repair_answers::start(&server.app, &caller, &wish, new.again).await?;
    Ok(Json(convert::repairs::asked(&asked)))
}

/// A repair, named by its id or its number, and its steps as they are now.
#[utoipa::path(get, path = "/repairs/{repair}", tag = "soundness", params(("repair" = String, Path)),
    responses((status = 200, body = wire::RepairDetail)))]
pub(crate) async fn show(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(repair): Path<String>,
) -> Answer<Json<wire::RepairDetail>> {
    let detail = repair_answers::detail(&server.app, &caller, &repair).await?;
    Ok(Json(convert::repairs::detail(&detail)))
}

/// Cancels a repair and its runs that go on. What it made stays.
#[utoipa::path(post, path = "/repairs/{repair}/cancel", tag = "soundness", params(("repair" = String, Path)),
    responses((status = 200, body = RepairSummary)))]
pub(crate) async fn cancel(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(repair): Path<String>,
    Key(key): Key,
) -> Answer<Json<RepairSummary>> {
    let cancelled = repair_answers::cancel(&server.app, &caller, key, &repair).await?;
    Ok(Json(convert::repairs::summary(&cancelled.of, &cancelled.labels)))
}
