//! Routes for the files of a run.

use std::fmt::Write as _;

use axum::{
    Json,
    body::Body,
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response},
};
use hven_api::runs as wire;
use hven_app::files;
use hven_core::{file_name::is_byte, safe_text::is_steering};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    Server,
    answer::{Answer, Query},
    caller::Authenticated,
    convert,
};

super::operations::operations![list, content];

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
        inputs: files.inputs.iter().map(convert::files::run_file).collect(),
        outputs: files.outputs.iter().map(convert::files::run_file).collect(),
        truncated: files.truncated,
    }))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FileQuery {
    /// The path as the list of files shows it.
    path: String,
    /// Ask the browser to save the file instead of showing it.
    #[serde(default)]
    download: bool,
}

/// The content policy for a file of a run: the browser may only show it, and runs no script of it.
const FILE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox";

/// The bytes of one file.
#[utoipa::path(get, path = "/runs/{run}/files/content", tag = "files", params(("run" = String, Path), FileQuery),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>)))]
pub(crate) async fn content(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(run): Path<String>,
    Query(at): Query<FileQuery>,
) -> Answer<Response> {
    let content = files::open(&server.app, &caller, &run, &at.path).await?;
    let name = at.path.rsplit('/').next().unwrap_or("file");
    let headers = [
        (header::CONTENT_TYPE, convert::files::media_type(&content.file)),
        (header::CONTENT_LENGTH, content.size.to_string()),
        (header::CONTENT_DISPOSITION, disposition(if at.download { "attachment" } else { "inline" }, name)),
        (header::CONTENT_SECURITY_POLICY, FILE_POLICY.to_owned()),
        (header::ETAG, format!("\"{}\"", content.file.digest)),
    ];
    Ok((headers, Body::from_stream(content.bytes)).into_response())
}

/// The `Content-Disposition` header with the file name: in ASCII for old browsers, and in UTF-8 (RFC 6266). Bytes that
/// are not text, and characters that are invisible or control the terminal, become `_`. The extension is kept.
pub(crate) fn disposition(kind: &str, name: &str) -> String {
    let is_left_out = |c: char| is_byte(c) || is_steering(c) || c.is_control();
    let name: String = name.chars().map(|c| if is_left_out(c) { '_' } else { c }).collect();
    let ascii = name.replace(|c: char| !c.is_ascii_graphic() || matches!(c, '"' | '\\'), "_");
    let mut encoded = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    format!("{kind}; filename=\"{ascii}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_header_has_the_file_name_in_ascii_and_in_utf8() {
        let check = |name: &str, ascii: &str, encoded: &str| {
            let wanted = format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{encoded}");
            assert_eq!(super::disposition("attachment", name), wanted);
        };
        check("fit.csv", "fit.csv", "fit.csv");
        check("行星 \"1\".csv", "____1_.csv", "%E8%A1%8C%E6%98%9F%20%221%22.csv");
        check("Gr\u{eff6}\u{efdf}e\r\n\u{202e}.txt", "Gr__e___.txt", "Gr__e___.txt");
    }
}
