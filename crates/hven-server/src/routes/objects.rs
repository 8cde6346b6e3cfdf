//! Routes for objects: bytes by digest.

use axum::{
    Json,
    body::Body,
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures::{StreamExt, TryStreamExt};
use hven_api::{UPLOAD_OFFSET, objects as wire};
use hven_app::{
    AppError, object_reads, objects,
    ports::objects::{Arrival, Presence},
};
use hven_core::Digest;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    Server,
    answer::{Answer, Body as JsonBody, Query, parse, whole_body},
    caller::{Admitted, Authenticated},
    convert,
};

super::operations::operations![missing, presence, receive, store, open, collect];

/// The most bytes of an object whose digest the sender does not know.
const STORED_BYTES_MAX: usize = 64 << 20;

/// Returns those of the digests that the home does not have.
#[utoipa::path(post, path = "/objects/missing", tag = "objects", request_body = wire::DigestList,
    responses((status = 200, body = wire::DigestList)))]
pub(crate) async fn missing(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    JsonBody(asked): JsonBody<wire::DigestList>,
) -> Answer<Json<wire::DigestList>> {
    let digests = asked.digests.iter().map(|digest| convert::parsed(digest)).collect::<Result<Vec<Digest>, _>>()?;
    let missing = objects::missing(&server.app, &caller, digests).await?;
    Ok(Json(wire::DigestList { digests: missing.iter().map(Digest::to_string).collect() }))
}

/// How much of an object the home has: 200 all of it, 206 the first `Upload-Offset` bytes, 404 nothing.
#[utoipa::path(head, path = "/objects/{digest}", tag = "objects", params(("digest" = String, Path)),
    responses((status = 200), (status = 206), (status = 404)))]
pub(crate) async fn presence(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(digest): Path<String>,
) -> Answer<Response> {
    let presence = objects::presence(&server.app, &caller, convert::parsed(&digest)?).await?;
    let offset = |bytes: u64| [(HeaderName::from_static("upload-offset"), HeaderValue::from(bytes))];
    Ok(match presence {
        Presence::Whole { size } => (StatusCode::OK, offset(size)).into_response(),
        Presence::Partial { received } => (StatusCode::PARTIAL_CONTENT, offset(received)).into_response(),
        Presence::Absent | Presence::Damaged => StatusCode::NOT_FOUND.into_response(),
    })
}

/// Receives an object's bytes from `Upload-Offset` on. If the connection breaks, the bytes that arrived are kept.
#[utoipa::path(put, path = "/objects/{digest}", tag = "objects", params(("digest" = String, Path)),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = wire::ObjectStored)))]
pub(crate) async fn receive(
    State(server): State<Server>,
    Admitted(admission): Admitted,
    Path(digest): Path<String>,
    request: Request,
) -> Answer<(StatusCode, Json<wire::ObjectStored>)> {
    let offset = upload_offset(request.headers())?;
    // The length of the body and the offset together are the size of the object.
    let length =
        request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let size = length.and_then(|length| length.checked_add(offset));
    let arrival = Arrival { offset, last: true, size };
    let parsed: Digest = convert::parsed(&digest)?;
    let bytes = request.into_body().into_data_stream().map_err(std::io::Error::other).boxed();
    match objects::receive(&server.app.kernel, &admission, parsed, arrival, bytes).await? {
        Presence::Whole { size } => Ok((StatusCode::CREATED, Json(wire::ObjectStored { digest, size }))),
        Presence::Partial { received } => {
            Err(AppError::Conflict(format!("{received} bytes are there: go on from there")).into())
        }
        Presence::Absent | Presence::Damaged => {
            Err(AppError::Conflict("nothing is there: begin at 0".to_owned()).into())
        }
    }
}

/// Stores bytes whose digest the sender does not know, such as a file from a browser. At most 64 MiB.
#[utoipa::path(post, path = "/objects", tag = "objects",
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = wire::ObjectStored)))]
pub(crate) async fn store(
    State(server): State<Server>,
    Admitted(admission): Admitted,
    request: Request,
) -> Answer<(StatusCode, Json<wire::ObjectStored>)> {
    let read = async {
        let bytes = whole_body(request, &server, STORED_BYTES_MAX).await?;
        let digest = parse(bytes.clone(), Digest::of).await?;
        Answer::Ok((digest, bytes))
    };
    match objects::store(&server.app.kernel, &admission, read).await? {
        (digest, Presence::Whole { size }) => {
            Ok((StatusCode::CREATED, Json(wire::ObjectStored { digest: digest.to_string(), size })))
        }
        _ => Err(AppError::Conflict("the bytes were not stored: send them again".to_owned()).into()),
    }
}

fn upload_offset(headers: &HeaderMap) -> Result<u64, AppError> {
    let Some(value) = headers.get(UPLOAD_OFFSET) else { return Ok(0) };
    let offset = value.to_str().ok().and_then(|text| text.parse().ok());
    offset
        .ok_or_else(|| AppError::Invalid { what: UPLOAD_OFFSET.to_owned(), why: "is not a number of bytes".to_owned() })
}

#[utoipa::path(get, path = "/objects/{digest}", tag = "objects", params(("digest" = String, Path)),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>)))]
pub(crate) async fn open(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(digest): Path<String>,
) -> Answer<Response> {
    let (size, bytes) = object_reads::open(&server.app, &caller, convert::parsed(&digest)?).await?;
    let headers =
        [(header::CONTENT_TYPE, "application/octet-stream".to_owned()), (header::CONTENT_LENGTH, size.to_string())];
    Ok((headers, Body::from_stream(bytes)).into_response())
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CollectOptions {
    /// Only report what would be removed.
    #[serde(default)]
    dry_run: bool,
}

/// Removes objects that nothing refers to and that are older than a day.
#[utoipa::path(post, path = "/gc", tag = "objects", params(CollectOptions),
    responses((status = 200, body = wire::Collection)))]
pub(crate) async fn collect(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Query(how): Query<CollectOptions>,
) -> Answer<Json<wire::Collection>> {
    const SHOWN: usize = 1000;
    let garbage = objects::collect(&server.app, &caller, how.dry_run).await?;
    Ok(Json(wire::Collection {
        schema: "hven.gc/1".to_owned(),
        dry_run: how.dry_run,
        objects: garbage.digests.len() as u64,
        bytes: garbage.bytes,
        digests: garbage.digests.iter().take(SHOWN).map(Digest::to_string).collect(),
    }))
}
