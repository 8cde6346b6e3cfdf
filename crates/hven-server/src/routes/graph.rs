//! The route for the lineage as nodes and edges.

use axum::{Json, extract::State};
use hven_api::graph as wire;
use hven_app::{AppError, graph, lineage_answers};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    Server,
    answer::{Answer, Query},
    caller::Authenticated,
    convert,
};

super::operations::operations![graph];

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct GraphQuery {
    /// `7Q2M` or `run/7Q2M`, `planets@1` or `data/planets`, `claim/kepler3`. Without it: all nodes, page by page.
    of: Option<String>,
    /// The project of the named thing, when several projects have the name.
    project: Option<String>,
    /// `sources` (its ancestors, the default), `consequences` or `both`.
    direction: Option<String>,
    /// The largest distance in steps.
    depth: Option<u32>,
    /// The largest number of nodes, up to 1,000, which is the default.
    limit: Option<usize>,
    cursor: Option<String>,
}

/// The lineage around a node, or of all nodes that the caller may see.
#[utoipa::path(get, path = "/graph", tag = "lineage", params(GraphQuery),
    responses((status = 200, body = wire::Graph)))]
pub(crate) async fn graph(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Query(wanted): Query<GraphQuery>,
) -> Answer<Json<wire::Graph>> {
    let project = wanted.project.as_deref().map(convert::parsed).transpose()?;
    let (sources, consequences) = match wanted.direction.as_deref() {
        None | Some("sources") => (true, false),
        Some("consequences") => (false, true),
        Some("both") => (true, true),
        Some(other) => {
            let what = format!("direction={other}");
            return Err(AppError::Invalid { what, why: "is not sources, consequences or both".to_owned() }.into());
        }
    };
    let limit = wanted.limit.unwrap_or(graph::NODES_MAX);
    let request = graph::GraphRequest { sources, consequences, depth: wanted.depth, limit };
    let found = match wanted.of.as_deref() {
        Some(of) => lineage_answers::around(&server.app, &caller, of, project.as_ref(), request).await?,
        None => lineage_answers::everything(&server.app, &caller, wanted.cursor.as_deref()).await?,
    };
    Ok(Json(convert::graph::graph(&found)))
}
