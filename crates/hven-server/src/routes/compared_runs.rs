//! Routes for the names of quantities of runs, and for the comparison of several runs.

use axum::{Json, extract::State};
use hven_api::compared_runs as wire;
use hven_app::{
    compare_runs::{comparison, curves as curves_of},
    run_search::columns as columns_of,
};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    Server,
    answer::{Answer, Query},
    caller::Authenticated,
    convert,
};

super::operations::operations![columns, curves, compare];

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ColumnsQuery {
    /// Only runs of this project and of those below it.
    project: Option<String>,
}

/// The names of metrics and parameters of runs, for completion and for the choice of columns and axes.
#[utoipa::path(get, path = "/runs/columns", tag = "runs", params(ColumnsQuery),
    responses((status = 200, body = wire::RunColumns)))]
pub(crate) async fn columns(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Query(ColumnsQuery { project }): Query<ColumnsQuery>,
) -> Answer<Json<wire::RunColumns>> {
    let project = project.as_deref().map(convert::parsed).transpose()?;
    let found = columns_of::columns(&server.app, &caller, project).await?;
    Ok(Json(convert::compared_runs::columns(found)))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CurvesQuery {
    /// Handles or ids of runs, separated by commas: at most 200.
    runs: String,
    /// The name of the metric.
    key: String,
    /// About how many points to return of each run at most; 500 by default.
    points: Option<usize>,
}

const POINTS_DEFAULT: usize = 500;
const POINTS_MAX: usize = 10_000;

/// One metric of several runs, thinned so that minima and maxima remain.
#[utoipa::path(get, path = "/runs/curves", tag = "runs", params(CurvesQuery),
    responses((status = 200, body = wire::RunCurves)))]
pub(crate) async fn curves(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Query(CurvesQuery { runs, key, points }): Query<CurvesQuery>,
) -> Answer<Json<wire::RunCurves>> {
    let points_max = points.unwrap_or(POINTS_DEFAULT).clamp(1, POINTS_MAX);
    let found = curves_of::curves(&server.app, &caller, &names(&runs), &key, points_max).await?;
    Ok(Json(convert::compared_runs::curves(key, found)))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CompareQuery {
    /// Handles or ids of runs, separated by commas: at most 200.
    runs: String,
    /// A metric: also how the parameters are related to its last value.
    metric: Option<String>,
}

/// The differences between several runs: parameters, metrics, code, software, environment and inputs.
#[utoipa::path(get, path = "/runs/compare", tag = "runs", params(CompareQuery),
    responses((status = 200, body = wire::ComparedRuns)))]
pub(crate) async fn compare(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Query(CompareQuery { runs, metric }): Query<CompareQuery>,
) -> Answer<Json<wire::ComparedRuns>> {
    let found = comparison::labelled(&server.app, &caller, &names(&runs), metric.as_deref()).await?;
    Ok(Json(convert::compared_runs::comparison(found)))
}

fn names(runs: &str) -> Vec<String> {
    runs.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}
