//! The route for the machine and its use.

use axum::{Json, extract::State};
use hven_api::machine as wire;
use hven_app::machine::{self, MachineRequest};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    Server,
    answer::{Answer, Query},
    caller::Authenticated,
    convert,
};

super::operations::operations![machine];

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct UsePeriod {
    /// Use from this time on: the 24 hours before the end by default.
    since: Option<String>,
    /// Use until this time: now by default.
    until: Option<String>,
    /// At most so many bins, from 2 to 1000: 100 by default. Bins begin at round times.
    points: Option<usize>,
}

/// The runners, what is in use, and what was in use over time, by runs of all projects together. It names no project, user or
/// run.
#[utoipa::path(get, path = "/machine", tag = "home", params(UsePeriod),
    responses((status = 200, body = wire::MachineReport)))]
pub(crate) async fn machine(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Query(period): Query<UsePeriod>,
) -> Answer<Json<wire::MachineReport>> {
    let request = MachineRequest {
        since: period.since.as_deref().map(convert::parsed).transpose()?,
        until: period.until.as_deref().map(convert::parsed).transpose()?,
        points: period.points,
    };
    Ok(Json(convert::machine::machine(machine::machine(&server.app, &caller, request).await?)))
}
