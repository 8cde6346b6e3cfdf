//! The files of a run.

use axum::{
    Json,
    body::Body,
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response},
};
use hven_api::runs as wire;
use hven_app::files;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    Server,
    answer::{Answer, Query},
    caller::Authenticated,
    convert,
};

#[utoipa::path(get, path = "/runs/{run}/files", tag = "files", params(("run" = String, Path)),
    responses((status = 200, body = wire::RunFiles)))]
pub(crate) async fn list(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(run): Path<String>,
) -> Answer<Json<wire::RunFiles>> {
    let files = files::list(&server.app, &caller, &run).await?;
    Ok(Json(wire::RunFiles {
        schema: "hven.files/1".to_owned(),
        inputs: files.inputs.iter().map(convert::run_file).collect(),
        outputs: files.outputs.iter().map(convert::run_file).collect(),
        truncated: files.truncated,
    }))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FileAt {
    /// As `files` shows it.
    path: String,
    /// Ask the browser to save it instead of showing it.
    #[serde(default)]
    download: bool,
}

/// What a browser may do with a file that a run made: show it, and nothing else. No script of it runs.
const FILE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox";

/// The bytes of one file.
#[utoipa::path(get, path = "/runs/{run}/files/content", tag = "files", params(("run" = String, Path), FileAt),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>)))]
pub(crate) async fn content(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(run): Path<String>,
    Query(at): Query<FileAt>,
) -> Answer<Response> {
    let content = files::open(&server.app, &caller, &run, &at.path).await?;
    let name = at.path.rsplit('/').next().unwrap_or("file").replace(|c: char| !c.is_ascii_graphic() || c == '"', "_");
    let disposition = if at.download { "attachment" } else { "inline" };
    let headers = [
        (header::CONTENT_TYPE, convert::media_type(&content.file)),
        (header::CONTENT_LENGTH, content.size.to_string()),
        (header::CONTENT_DISPOSITION, format!("{disposition}; filename=\"{name}\"")),
        (header::CONTENT_SECURITY_POLICY, FILE_POLICY.to_owned()),
        (header::ETAG, format!("\"{}\"", content.file.digest)),
    ];
    Ok((headers, Body::from_stream(content.bytes)).into_response())
}
