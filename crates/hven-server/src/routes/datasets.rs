//! Routes for datasets: import, lists, splits and downloads.

use axum::{
    Json,
    body::Body as HttpBody,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use hven_api::{datasets as wire, page::Page, runs::FileRef};
use hven_app::{
    AppResult, datasets,
    imports::{self, CatalogueRun},
    labelled::Labelled,
    recipe_results, splits,
};
use hven_core::{project::ProjectPath, recipe::StartedBy};
use serde::Deserialize;
use utoipa::IntoParams;

use super::lists;
use crate::{
    Server,
    answer::{Answer, Body, Key, Query},
    caller::Authenticated,
    convert,
};

super::operations::operations![look_up, look, list, add, show, table, data, split, made_by_run];

/// The project of the named thing, when several projects have the name.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ProjectQuery {
    project: Option<String>,
}

impl ProjectQuery {
    pub(super) fn parsed(&self) -> AppResult<Option<ProjectPath>> {
        self.project.as_deref().map(convert::parsed).transpose()
    }
}

/// The newest version of each dataset.
#[utoipa::path(get, path = "/datasets", tag = "data", params(lists::Filter),
    responses((status = 200, body = Page<wire::DatasetSummary>)))]
pub(crate) async fn list(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Query(filter): Query<lists::Filter>,
) -> Answer<Json<Page<wire::DatasetSummary>>> {
    let rows = datasets::rows(&server.app, &caller, filter.read()?).await?;
    Ok(Json(lists::page("hven.datasets/1", rows, convert::datasets::dataset)))
}

/// Imports a table whose bytes were uploaded. A run does the import; when it is done, there is a new version.
#[utoipa::path(post, path = "/datasets", tag = "data", request_body = wire::AddDataset,
    responses((status = 201, body = wire::DatasetRun), (status = 200, body = wire::DatasetRun)))]
pub(crate) async fn add(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Key(key): Key,
    Body(new): Body<wire::AddDataset>,
) -> Answer<(StatusCode, Json<wire::DatasetRun>)> {
    let made = imports::add(&server.app, &caller, key, convert::datasets::import(new)?).await?;
    Ok(made_answer(&made))
}

/// Answers whether the same import was done before, and if not, why a new import would run.
#[utoipa::path(post, path = "/datasets/lookup", tag = "data", request_body = wire::AddDataset,
    responses((status = 200, body = hven_api::runs::LookedUp)))]
pub(crate) async fn look_up(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Body(new): Body<wire::AddDataset>,
) -> Answer<Json<hven_api::runs::LookedUp>> {
    let looked = imports::look_up(&server.app, &caller, convert::datasets::import(new)?).await?;
    Ok(Json(convert::runs::looked_up(looked)))
}

/// Answers how the import would read the uploaded bytes: delimiter, encoding, names, types, doubtful cells and first rows,
/// and the command that does the import. Only the reading of held-out data is recorded.
#[utoipa::path(post, path = "/datasets/look", tag = "data", request_body = wire::AddDataset,
    responses((status = 200, body = wire::TableLook)))]
pub(crate) async fn look(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Body(new): Body<wire::AddDataset>,
) -> Answer<Json<wire::TableLook>> {
    let import = server.app.recipes.list.started_by(StartedBy::Import);
    let command = import.map(|import| new.command(import)).unwrap_or_default();
    let look = imports::look(&server.app, &caller, convert::datasets::import(new)?).await?;
    Ok(Json(wire::TableLook { schema: "hven.table_look/1".to_owned(), look, command }))
}

fn made_answer(made: &Labelled<CatalogueRun>) -> (StatusCode, Json<wire::DatasetRun>) {
    let status = if made.of.up_to_date { StatusCode::OK } else { StatusCode::CREATED };
    (status, Json(convert::datasets::catalogue_run(made)))
}

/// All details of one version, named by its id, `name`, or `name@version`.
#[utoipa::path(get, path = "/datasets/{dataset}", tag = "data", params(("dataset" = String, Path), ProjectQuery),
    responses((status = 200, body = wire::DatasetDetail)))]
pub(crate) async fn show(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(dataset): Path<String>,
    Query(project): Query<ProjectQuery>,
) -> Answer<Json<wire::DatasetDetail>> {
    let detail = datasets::detail(&server.app, &caller, &dataset, project.parsed()?.as_ref()).await?;
    Ok(Json(convert::datasets::detail(detail, &server.options.url)))
}

/// The bytes that a name refers to. `planets` is the table without its held-out rows, `planets.all` the whole table.
#[utoipa::path(get, path = "/datasets/{dataset}/table", tag = "data", params(("dataset" = String, Path), ProjectQuery),
    responses((status = 200, body = FileRef)))]
pub(crate) async fn table(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(dataset): Path<String>,
    Query(project): Query<ProjectQuery>,
) -> Answer<Json<FileRef>> {
    let file = datasets::table(&server.app, &caller, &dataset, project.parsed()?.as_ref()).await?;
    Ok(Json(convert::files::file(&file)))
}

/// The table as Parquet: the rows that are not held out, a part (`name@version.part`), or all rows (`.all`). Reading
/// held-out rows is recorded.
#[utoipa::path(get, path = "/datasets/{dataset}/data", tag = "data", params(("dataset" = String, Path), ProjectQuery),
    responses((status = 200, content_type = "application/vnd.apache.parquet", body = Vec<u8>)))]
pub(crate) async fn data(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(dataset): Path<String>,
    Query(project): Query<ProjectQuery>,
) -> Answer<Response> {
    let content = datasets::content(&server.app, &caller, &dataset, project.parsed()?.as_ref()).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/vnd.apache.parquet".to_owned()),
        (header::CONTENT_LENGTH, content.size.to_string()),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"data.parquet\"".to_owned()),
        (header::ETAG, format!("\"{}\"", content.file.digest)),
    ];
    Ok((headers, HttpBody::from_stream(content.bytes)).into_response())
}

/// Splits a version into named parts.
#[utoipa::path(post, path = "/datasets/{dataset}/splits", tag = "data",
    params(("dataset" = String, Path), ProjectQuery), request_body = wire::NewSplit,
    responses((status = 201, body = wire::DatasetRun), (status = 200, body = wire::DatasetRun)))]
pub(crate) async fn split(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(dataset): Path<String>,
    Query(project): Query<ProjectQuery>,
    Key(key): Key,
    Body(new): Body<wire::NewSplit>,
) -> Answer<(StatusCode, Json<wire::DatasetRun>)> {
    let split = convert::datasets::split(new)?;
    let made = splits::add(&server.app, &caller, key, &dataset, project.parsed()?.as_ref(), split).await?;
    Ok(made_answer(&made))
}

/// The dataset version that a run made; 404 while the run is not done.
#[utoipa::path(get, path = "/runs/{run}/dataset", tag = "data", params(("run" = String, Path)),
    responses((status = 200, body = wire::DatasetSummary)))]
pub(crate) async fn made_by_run(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(run): Path<String>,
) -> Answer<Json<wire::DatasetSummary>> {
    let made = recipe_results::dataset_of_run(&server.app, &caller, &run).await?;
    Ok(Json(convert::datasets::dataset(&made.of, &made.labels)))
}
