//! Routes for how runs wait for their turn, and for the use of the runners.

use axum::{
    Json,
    extract::{Path, State},
};
use hven_api::queueing as wire;
use hven_app::{
    queueing,
    usage::{self, UsageRequest},
};
use hven_core::Time;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    Server,
    answer::{Answer, Body, Key, Query},
    caller::Authenticated,
    convert,
};

super::operations::operations![change, used];

/// Changes how a run waits: its priority, or whether it is held. A run that has started does not wait any more.
#[utoipa::path(post, path = "/runs/{run}/queue", tag = "runs", params(("run" = String, Path)),
    request_body = wire::ChangeQueue, responses((status = 200, body = wire::RunQueueing)))]
pub(crate) async fn change(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(run): Path<String>,
    Key(key): Key,
    Body(wanted): Body<wire::ChangeQueue>,
) -> Answer<Json<wire::RunQueueing>> {
    let changed =
        queueing::change_labelled(&server.app, &caller, &run, key, convert::queueing::change_in(&wanted)?).await?;
    Ok(Json(convert::queueing::of_run(&changed)))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Period {
    /// Only runs in this project and in those below it.
    project: Option<String>,
    /// Only runs that ended at this time or later: the beginning of the record by default.
    since: Option<String>,
    /// Only runs that ended before this time: now by default.
    until: Option<String>,
}

/// The use of the runners by the ended runs that you may see, by user and project.
#[utoipa::path(get, path = "/usage", tag = "runs", params(Period), responses((status = 200, body = wire::UsageReport)))]
pub(crate) async fn used(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Query(period): Query<Period>,
) -> Answer<Json<wire::UsageReport>> {
    let request = UsageRequest {
        project: period.project.as_deref().map(convert::parsed).transpose()?,
        since: period.since.as_deref().map(convert::parsed).transpose()?.unwrap_or(Time::MIN),
        until: period.until.as_deref().map(convert::parsed).transpose()?,
    };
    Ok(Json(convert::queueing::usage(&usage::usage(&server.app, &caller, request).await?)))
}
