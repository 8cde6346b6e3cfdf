//! Routes for soundness: retractions, and their reach.

use axum::{Json, extract::State};
use hven_api::soundness as wire;
use hven_app::{AppError, AppResult, lineage_answers, ports::soundness::Direction, soundness::NewIndependence};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{claims::NodeQuery, lists};
use crate::{
    Server,
    answer::{Answer, Body, Key, Query},
    caller::Authenticated,
    convert,
};

super::operations::operations![show, reach, retract, assert_independence];

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReachQuery {
    /// `7Q2M` or `run/7Q2M`, `planets@1` or `data/planets`, `claim/kepler3`.
    of: String,
    /// The project of the named thing, when several projects have the name.
    project: Option<String>,
    /// `consequences` (the default) or `sources`.
    direction: Option<String>,
    limit: Option<usize>,
    cursor: Option<String>,
}

/// Whether a node is sound, and all statements about that.
#[utoipa::path(get, path = "/soundness", tag = "soundness", params(NodeQuery),
    responses((status = 200, body = wire::SoundnessDetail)))]
pub(crate) async fn show(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Query(of): Query<NodeQuery>,
) -> Answer<Json<wire::SoundnessDetail>> {
    let project = of.project.as_deref().map(convert::parsed).transpose()?;
    let detail = lineage_answers::soundness(&server.app, &caller, &of.of, project.as_ref()).await?;
    Ok(Json(convert::soundness::detail(detail)))
}

/// All descendants of a node, or all its ancestors, nearest first.
#[utoipa::path(get, path = "/reach", tag = "soundness", params(ReachQuery),
    responses((status = 200, body = wire::Reach)))]
pub(crate) async fn reach(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Query(of): Query<ReachQuery>,
) -> Answer<Json<wire::Reach>> {
    let project = of.project.as_deref().map(convert::parsed).transpose()?;
    let direction = direction(of.direction.as_deref())?;
    let from = of.cursor.as_deref().map_or(Ok(0), parse_cursor)?;
    let limit = lists::limit(of.limit)?;
    let reached =
        lineage_answers::reach(&server.app, &caller, &of.of, project.as_ref(), direction, from, limit).await?;
    Ok(Json(convert::soundness::reach(&reached)))
}

fn direction(text: Option<&str>) -> AppResult<Direction> {
    match text {
        None | Some("consequences") => Ok(Direction::Consequences),
        Some("sources") => Ok(Direction::Sources),
        Some(other) => Err(AppError::Invalid {
            what: format!("direction={other}"),
            why: "is not consequences or sources".to_owned(),
        }),
    }
}

fn parse_cursor(cursor: &str) -> AppResult<usize> {
    cursor.parse().map_err(|_| AppError::Invalid {
        what: format!("the cursor {cursor:?}"),
        why: "is not a cursor of this server".to_owned(),
    })
}

/// Retracts a run, a dataset or a claim. All its descendants become suspect.
#[utoipa::path(post, path = "/retractions", tag = "soundness", request_body = wire::Retract,
    responses((status = 200, body = wire::SoundnessDetail)))]
pub(crate) async fn retract(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Key(key): Key,
    Body(new): Body<wire::Retract>,
) -> Answer<Json<wire::SoundnessDetail>> {
    let project = new.project.as_deref().map(convert::parsed).transpose()?;
    let detail = lineage_answers::retract(&server.app, &caller, key, &new.of, project.as_ref(), &new.because).await?;
    Ok(Json(convert::soundness::detail(detail)))
}

/// States that one node does not depend on another one that it was made with.
#[utoipa::path(post, path = "/independences", tag = "soundness", request_body = wire::AssertIndependence,
    responses((status = 200, body = wire::SoundnessDetail)))]
pub(crate) async fn assert_independence(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Key(key): Key,
    Body(new): Body<wire::AssertIndependence>,
) -> Answer<Json<wire::SoundnessDetail>> {
    let new = NewIndependence {
        project: new.project.as_deref().map(convert::parsed).transpose()?,
        of: new.of,
        on: new.on,
        because: new.because,
    };
    let detail = lineage_answers::assert_independence(&server.app, &caller, key, new).await?;
    Ok(Json(convert::soundness::detail(detail)))
}
