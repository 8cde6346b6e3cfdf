//! Routes for repairs: plan, start, show and cancel.

use axum::{
    Json,
    extract::{Path, State},
};
use hven_api::{
    repair_summary::RepairSummary,
    repairs as wire,
    soundness::{Repair, RepairPlan},
};
use hven_app::{repair, repair_answers};
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
pub(crate) struct RepairsQuery {
    /// The retracted dataset or run whose repair is planned. Without it the answer is the list of repairs.
    of: Option<String>,
    /// The dataset that replaces the retracted one.
    with: Option<String>,
    /// The project of the named things, when several projects have the names. For the list: only repairs of this project
    /// and of those below it.
    project: Option<String>,
    /// For the list: words that all occur in the name or the project.
    q: Option<String>,
    /// For the list: `running`, only repairs that are not finished.
    state: Option<String>,
    limit: Option<usize>,
    cursor: Option<String>,
}

/// The started repairs, newest first. With `of`, the plan of that repair and its progress.
#[utoipa::path(get, path = "/repairs", tag = "soundness", params(RepairsQuery),
    responses((status = 200, body = wire::Repairs)))]
pub(crate) async fn list(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Query(RepairsQuery { of, with, project, q, state, limit, cursor }): Query<RepairsQuery>,
) -> Answer<Json<wire::Repairs>> {
    if let Some(of) = of {
        let project = project.as_deref().map(convert::parsed).transpose()?;
        let plan = repair_answers::plan(&server.app, &caller, &repair::RepairRequest { of, with, project }).await?;
        return Ok(Json(wire::Repairs::Plan(Box::new(convert::repairs::plan(&plan)))));
    }
    let filter = lists::Filter { project, q, limit, cursor }.read()?;
    let rows = repair_answers::list(&server.app, &caller, filter, lists::is_running_only(state.as_deref())?).await?;
    Ok(Json(wire::Repairs::Begun(lists::page("hven.repairs/1", rows, convert::repairs::summary))))
}

/// Starts a repair and does the steps that can be done at once. The server continues with the others. If the same repair
/// is already running, that one is returned.
#[utoipa::path(post, path = "/repairs", tag = "soundness", request_body = Repair,
    responses((status = 200, body = RepairPlan)))]
pub(crate) async fn begin(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Body(new): Body<Repair>,
) -> Answer<Json<RepairPlan>> {
    let project = new.project.as_deref().map(convert::parsed).transpose()?;
    let request = repair::RepairRequest { of: new.of, with: new.with, project };
    let requested = repair_answers::start(&server.app, &caller, &request, new.again).await?;
    Ok(Json(convert::repairs::requested(&requested)))
}

/// A repair, named by its id or its number, and the present state of its steps.
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

/// Cancels a repair and its running runs. Its results are kept.
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
