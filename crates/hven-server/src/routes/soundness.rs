//! What still stands: retracting, seeing what rests on something.

use axum::{Json, extract::State};
use hven_api::soundness as wire;
use hven_app::{AppError, AppResult, lineage_answers, ports::soundness::Direction, soundness::NewIndependence};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{claims::Of, lists};
use crate::{
    Server,
    answer::{Answer, Body, Key, Query},
    caller::Authenticated,
    convert,
};

super::operations::operations![show, reach, retract, assert_independence];

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReachOf {
    /// `7Q2M` or `run/7Q2M`, `planets@1` or `data/planets`, `claim/kepler3`.
    of: String,
    /// Which project the name is meant in, when several have it.
    project: Option<String>,
    /// `consequences`, as when nothing is said, or `sources`.
    direction: Option<String>,
    limit: Option<usize>,
    cursor: Option<String>,
}

/// Whether something still stands, and all that was said about that.
#[utoipa::path(get, path = "/soundness", tag = "soundness", params(Of),
    responses((status = 200, body = wire::SoundnessDetail)))]
pub(crate) async fn show(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Query(of): Query<Of>,
) -> Answer<Json<wire::SoundnessDetail>> {
    let project = of.project.as_deref().map(convert::parsed).transpose()?;
    let detail = lineage_answers::soundness(&server.app, &caller, &of.of, project.as_ref()).await?;
    Ok(Json(convert::soundness::detail(detail)))
}

/// Everything that rests on something, or on which it rests, nearest first.
#[utoipa::path(get, path = "/reach", tag = "soundness", params(ReachOf),
    responses((status = 200, body = wire::Reach)))]
pub(crate) async fn reach(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Query(of): Query<ReachOf>,
) -> Answer<Json<wire::Reach>> {
    let project = of.project.as_deref().map(convert::parsed).transpose()?;
    let direction = direction(of.direction.as_deref())?;
    let from = of.cursor.as_deref().map_or(Ok(0), place)?;
    let limit = lists::limit(of.limit)?;
    let told = lineage_answers::reach(&server.app, &caller, &of.of, project.as_ref(), direction, from, limit).await?;
    Ok(Json(convert::soundness::reach(&told)))
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

fn place(cursor: &str) -> AppResult<usize> {
    cursor
        .parse()
        .map_err(|_| AppError::Invalid { what: format!("the cursor {cursor:?}"), why: "is none of ours".to_owned() })
}

/// Takes a run, a dataset or a claim back. Whatever rests on it is suspect from here on.
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

/// Says that something does not depend on something that it was made with.
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
