//! Routes for labels of runs: tags, a note, and whether a run is archived.

use axum::{
    Json,
    extract::{Path, State},
};
use hven_api::{labels as wire, page::Page};
use hven_app::{labels, ports::views};
use serde::Deserialize;
use utoipa::IntoParams;

use super::lists;
use crate::{
    Server,
    answer::{Answer, Body, Key, Query},
    caller::Authenticated,
    convert,
};

super::operations::operations![change, tags];

/// Changes the labels of a run: all requested changes or none. Labels that already have the requested state are not
/// recorded again.
#[utoipa::path(post, path = "/runs/{run}/labels", tag = "runs", params(("run" = String, Path)),
    request_body = wire::ChangeLabels, responses((status = 200, body = wire::RunLabels)))]
pub(crate) async fn change(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(run): Path<String>,
    Key(key): Key,
    Body(wanted): Body<wire::ChangeLabels>,
) -> Answer<Json<wire::RunLabels>> {
    let changed = labels::change_labelled(&server.app, &caller, &run, key, convert::labels::change(wanted)?).await?;
    Ok(Json(convert::labels::of_run(&changed)))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Filter {
    /// Only tags of runs in this project and in those below it.
    project: Option<String>,
    limit: Option<usize>,
    cursor: Option<String>,
}

/// All tags of runs, by name.
#[utoipa::path(get, path = "/tags", tag = "runs", params(Filter),
    responses((status = 200, body = Page<wire::TagUse>)))]
pub(crate) async fn tags(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Query(filter): Query<Filter>,
) -> Answer<Json<Page<wire::TagUse>>> {
    let filter = views::ListFilter {
        project: filter.project.as_deref().map(convert::parsed).transpose()?,
        words: Vec::new(),
        cursor: filter.cursor,
        limit: lists::limit(filter.limit)?,
    };
    let page = labels::tags(&server.app, &caller, filter).await?;
    let items = page.items.iter().map(convert::labels::tag_use).collect();
    Ok(Json(Page { schema: "hven.tags/1".to_owned(), items, next: page.next }))
}
