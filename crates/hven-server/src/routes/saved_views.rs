//! Routes for saved views of the list of runs and of comparisons.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use hven_api::{page::Page, saved_views as wire};
use hven_app::{labelled::Labelled, saved_views};
use serde::Deserialize;
use utoipa::IntoParams;

use super::lists;
use crate::{
    Server,
    answer::{Answer, Body, Query},
    caller::Authenticated,
    convert,
};

super::operations::operations![list, save, show, rename, remove];

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Filter {
    /// Only views of this project and of those below it.
    project: Option<String>,
    /// Only views of this page: `runs` or `compare`.
    page: Option<String>,
    limit: Option<usize>,
    cursor: Option<String>,
}

/// The views that were saved, by project and name.
#[utoipa::path(get, path = "/views", tag = "views", params(Filter),
    responses((status = 200, body = Page<wire::SavedView>)))]
pub(crate) async fn list(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Query(Filter { project, page, limit, cursor }): Query<Filter>,
) -> Answer<Json<Page<wire::SavedView>>> {
    let project = project.as_deref().map(convert::parsed).transpose()?;
    let page = page.as_deref().map(convert::saved_views::page).transpose()?;
    let limit = lists::limit(limit)?;
    let found = saved_views::list(&server.app, &caller, project.as_ref(), page, cursor.as_deref(), limit).await?;
    Ok(Json(lists::page("hven.views/1", found, convert::saved_views::view)))
}

/// Saves a view. The same view again changes nothing.
#[utoipa::path(post, path = "/views", tag = "views", request_body = wire::SaveView,
    responses((status = 201, body = wire::SavedView)))]
pub(crate) async fn save(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Body(new): Body<wire::SaveView>,
) -> Answer<(StatusCode, Json<wire::SavedView>)> {
    let saved = saved_views::save(&server.app, &caller, convert::saved_views::new(new)?).await?;
    Ok((StatusCode::CREATED, Json(shown(&saved))))
}

/// One view, by its id.
#[utoipa::path(get, path = "/views/{view}", tag = "views", params(("view" = String, Path)),
    responses((status = 200, body = wire::SavedView)))]
pub(crate) async fn show(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(view): Path<String>,
) -> Answer<Json<wire::SavedView>> {
    Ok(Json(shown(&saved_views::view(&server.app, &caller, &view).await?)))
}

/// Gives a view another name, or another project.
#[utoipa::path(post, path = "/views/{view}/name", tag = "views", params(("view" = String, Path)),
    request_body = wire::RenameView, responses((status = 200, body = wire::SavedView)))]
pub(crate) async fn rename(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(view): Path<String>,
    Body(wanted): Body<wire::RenameView>,
) -> Answer<Json<wire::SavedView>> {
    let to = convert::saved_views::renamed(&view, wanted)?;
    Ok(Json(shown(&saved_views::rename(&server.app, &caller, &view, to).await?)))
}

/// Removes a view.
#[utoipa::path(delete, path = "/views/{view}", tag = "views", params(("view" = String, Path)),
    responses((status = 204)))]
pub(crate) async fn remove(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(view): Path<String>,
) -> Answer<StatusCode> {
    saved_views::remove(&server.app, &caller, &view).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn shown(saved: &Labelled<saved_views::SavedView>) -> wire::SavedView {
    convert::saved_views::view(&saved.of, &saved.labels)
}
