//! Routes for publications: plans, lists, new publications, imports and downloads.

use axum::{
    Json,
    body::Body as Bytes,
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response},
};
use hven_api::{page::Page, publications as wire};
use hven_app::publications;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{datasets::ProjectQuery, files, lists};
use crate::{
    Server,
    answer::{Answer, Body, Key, Query},
    caller::Authenticated,
    convert,
};

super::operations::operations![list, publish, plan, show, archive, page, import];

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PublicationFilter {
    /// Only entries of this project and of those below it.
    project: Option<String>,
    /// Words that all occur in the name, the description or the project.
    q: Option<String>,
    limit: Option<usize>,
    cursor: Option<String>,
    /// Only publications of this claim.
    claim: Option<String>,
}

/// All versions of publications, newest first.
#[utoipa::path(get, path = "/publications", tag = "publications", params(PublicationFilter),
    responses((status = 200, body = Page<wire::PublicationSummary>)))]
pub(crate) async fn list(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Query(PublicationFilter { project, q, limit, cursor, claim }): Query<PublicationFilter>,
) -> Answer<Json<Page<wire::PublicationSummary>>> {
    let filter = lists::Filter { project, q, limit, cursor }.read()?;
    let rows = publications::rows(&server.app, &caller, filter, claim.as_deref()).await?;
    Ok(Json(lists::page("hven.publications/1", rows, convert::publication_rows::item)))
}

/// Makes a publication of claims, or its next version. If the newest version has the same content, nothing is made.
#[utoipa::path(post, path = "/publications", tag = "publications", request_body = wire::Publish,
    responses((status = 200, body = wire::Published)))]
pub(crate) async fn publish(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Key(key): Key,
    Body(new): Body<wire::Publish>,
) -> Answer<Json<wire::Published>> {
    let request = convert::publications::publish_request(new)?;
    let published = publications::publish(&server.app, &caller, key, request).await?;
    Ok(Json(convert::publications::published(&published, &server.options.url)))
}

/// Shows what a publication would contain, what the licences permit, and what prevents it. Nothing is made.
#[utoipa::path(post, path = "/publications/plan", tag = "publications", request_body = wire::Publish,
    responses((status = 200, body = wire::PublicationPlan)))]
pub(crate) async fn plan(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Body(new): Body<wire::Publish>,
) -> Answer<Json<wire::PublicationPlan>> {
    let request = convert::publications::publish_request(new)?;
    let plan = publications::plan(&server.app, &caller, &request).await?;
    Ok(Json(convert::publications::plan(plan)))
}

/// All details of one version, named by its id, or as `kepler3` (the newest) or `kepler3@2`.
#[utoipa::path(get, path = "/publications/{publication}", tag = "publications",
    params(("publication" = String, Path), ProjectQuery), responses((status = 200, body = wire::PublicationDetail)))]
pub(crate) async fn show(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(publication): Path<String>,
    Query(project): Query<ProjectQuery>,
) -> Answer<Json<wire::PublicationDetail>> {
    let detail = publications::detail(&server.app, &caller, &publication, project.parsed()?.as_ref()).await?;
    Ok(Json(convert::publications::detail(&detail.of, &detail.labels, &server.options.url)))
}

/// The zip archive of a publication.
#[utoipa::path(get, path = "/publications/{publication}/archive", tag = "publications",
    params(("publication" = String, Path), ProjectQuery),
    responses((status = 200, content_type = "application/zip", body = Vec<u8>)))]
pub(crate) async fn archive(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(publication): Path<String>,
    Query(project): Query<ProjectQuery>,
) -> Answer<Response> {
    let content = publications::archive(&server.app, &caller, &publication, project.parsed()?.as_ref()).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/zip".to_owned()),
        (header::CONTENT_LENGTH, content.size.to_string()),
        (header::CONTENT_DISPOSITION, files::disposition("attachment", &content.file.path)),
        (header::ETAG, format!("\"{}\"", content.file.digest)),
    ];
    Ok((headers, Bytes::from_stream(content.bytes)).into_response())
}

/// Imports a publication of another home, whose objects were uploaded before. Importing the same one again changes nothing.
#[utoipa::path(post, path = "/crates", tag = "publications", request_body = wire::ImportCrate,
    responses((status = 200, body = wire::CrateImported)))]
pub(crate) async fn import(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Key(key): Key,
    Body(new): Body<wire::ImportCrate>,
) -> Answer<Json<wire::CrateImported>> {
    let request = publications::import::ImportRequest {
        fingerprint: convert::parsed(&new.fingerprint)?,
        description: convert::parsed(&new.description)?,
        project: new.project.as_deref().map(convert::parsed).transpose()?,
    };
    let imported = publications::import::import(&server.app, &caller, key, request).await?;
    Ok(Json(convert::publications::imported(&imported)))
}

/// The content policy for the page of a publication. The browser may only show it inside a page of this server. It runs
/// no script, and has no origin, so it cannot send requests with the reader's session.
const PAGE_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox";

/// A preview of the publication's page, with its pictures embedded.
#[utoipa::path(get, path = "/publications/{publication}/page", tag = "publications",
    params(("publication" = String, Path), ProjectQuery),
    responses((status = 200, content_type = "text/html", body = String)))]
pub(crate) async fn page(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(publication): Path<String>,
    Query(project): Query<ProjectQuery>,
) -> Answer<Response> {
    let content = publications::page(&server.app, &caller, &publication, project.parsed()?.as_ref()).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, PAGE_POLICY),
        (header::X_FRAME_OPTIONS, "SAMEORIGIN"),
    ];
    Ok((headers, Bytes::from_stream(content.bytes)).into_response())
}
