//! Answers: errors as JSON, and the extractors whose refusals look the same.

use std::time::Duration;

use axum::{
    Json,
    body::Bytes,
    extract::{
        DefaultBodyLimit, FromRequest, FromRequestParts, Request,
        rejection::{JsonRejection, QueryRejection},
    },
    http::{
        HeaderMap, StatusCode,
        header::{CONTENT_LENGTH, CONTENT_TYPE},
        request::Parts,
    },
    response::{IntoResponse, Response},
};
use hven_api::{
    IDEMPOTENCY_KEY,
    error::{ErrorBody, ErrorDetail},
};
use hven_app::{Admission, AppError, ports::StoreError};
use serde::de::DeserializeOwned;

use crate::{
    Server,
    connections::Crowded,
    strict::{self, Unread},
};

/// A refusal as it goes out.
#[derive(Debug)]
pub(crate) enum Refusal {
    Case(AppError),
    /// A body that did not come, or cannot be read.
    Body {
        status: StatusCode,
        why: String,
        hint: Option<String>,
    },
    /// A query that cannot be read.
    Query {
        why: String,
        hint: Option<String>,
    },
    /// Whoever asks has too many connections already.
    Crowded(Crowded),
}

impl<E: Into<AppError>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self::Case(error.into())
    }
}

impl Refusal {
    /// Of a query with a parameter that nothing reads, or one that cannot be read.
    pub(crate) fn of_query(unread: Unread<QueryRejection>) -> Self {
        match unread {
            Unread::Unknown(unknown) => Self::Query { why: unknown.why("parameter"), hint: Some(unknown.hint()) },
            Unread::Rejected(rejection) => Self::Query { why: rejection.body_text(), hint: None },
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Case(refused) => {
                let row = refused.refusal();
                let status = StatusCode::from_u16(row.http()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                if status.is_server_error() {
                    tracing::error!(error = %refused, code = row.code(), "a call failed");
                }
                error(status, row.code(), &refused.to_string(), refused.hint()).into_response()
            }
            Self::Body { status, why, hint } => {
                error(status, "invalid", &format!("the body cannot be read: {why}"), hint).into_response()
            }
            Self::Query { why, hint } => {
                let message = format!("the query cannot be read: {why}");
                error(StatusCode::UNPROCESSABLE_ENTITY, "invalid", &message, hint).into_response()
            }
            // Not logged: a client could fill the log with it.
            Self::Crowded(crowded) => {
                let hint = Some("close some of them, or try again in a moment".to_owned());
                error(StatusCode::SERVICE_UNAVAILABLE, "busy", &crowded.to_string(), hint).into_response()
            }
        }
    }
}

pub(crate) fn error(
    status: StatusCode,
    code: &str,
    message: &str,
    hint: Option<String>,
) -> (StatusCode, Json<ErrorBody>) {
    let error = ErrorDetail { code: code.to_owned(), message: message.trim_end().to_owned(), hint };
    (status, Json(ErrorBody { error }))
}

/// What a handler answers.
pub(crate) type Answer<T> = Result<T, Refusal>;

/// The largest body of a call that is neither an upload nor a runner's message.
pub(crate) const BODY_BYTES_MAX: usize = 16 << 20;
/// The slowest line for which a body is waited for.
const BYTES_PER_SECOND_MIN: u64 = 64 << 10;
/// Larger bodies are not parsed on the event loop.
const PARSE_HERE_BYTES_MAX: usize = 64 << 10;

/// A JSON body; one that cannot be read is refused like everything else, and so is a field that is not known.
#[derive(Debug)]
pub(crate) struct Body<T>(pub T);

impl<T: DeserializeOwned + Send + 'static> FromRequest<Server> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, server: &Server) -> Answer<Self> {
        let read = parse(json_body(request, server).await?, strict::body::<T>).await?;
        let body = read.map_err(|unread| match unread {
            Unread::Unknown(unknown) => Refusal::Body {
                status: StatusCode::UNPROCESSABLE_ENTITY,
                why: unknown.why("field"),
                hint: Some(unknown.hint()),
            },
            Unread::Rejected(rejection) => unreadable(&rejection),
        })?;
        Ok(Self(body))
    }
}

/// The JSON body of a runner. A runner may be newer than the server, and say more than that knows.
#[derive(Debug)]
pub(crate) struct RunnerBody<T>(pub T);

impl<T: DeserializeOwned + Send + 'static> FromRequest<Server> for RunnerBody<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, server: &Server) -> Answer<Self> {
        let read = parse(json_body(request, server).await?, Json::<T>::from_bytes).await?;
        let Json(body) = read.map_err(|rejection| unreadable(&rejection))?;
        Ok(Self(body))
    }
}

fn unreadable(rejection: &JsonRejection) -> Refusal {
    Refusal::Body { status: rejection.status(), why: rejection.body_text(), hint: None }
}

/// The bytes of a body that says that it is JSON.
async fn json_body(request: Request, server: &Server) -> Answer<Bytes> {
    if !is_json(request.headers()) {
        return Err(Refusal::Body {
            status: StatusCode::UNSUPPORTED_MEDIA_TYPE,
            why: "its Content-Type is not application/json".to_owned(),
            hint: Some("send it with Content-Type: application/json".to_owned()),
        });
    }
    whole_body(request, server, BODY_BYTES_MAX).await
}

fn is_json(headers: &HeaderMap) -> bool {
    let named = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = named.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence.strip_prefix("application/").is_some_and(|kind| kind == "json" || kind.ends_with("+json"))
}

/// All bytes of a body. They have to come within a time, and when they are there their sender must still be who was let in
/// by the head: a token may be revoked while a body comes.
pub(crate) async fn whole_body(mut request: Request, server: &Server, bytes_max: usize) -> Answer<Bytes> {
    let admission = request.extensions().get::<Admission>().cloned();
    let length = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let size = length.unwrap_or(u64::MAX).min(bytes_max as u64);
    let within = server.options.patience.whole_body + Duration::from_secs(size / BYTES_PER_SECOND_MIN);
    DefaultBodyLimit::max(bytes_max).apply(&mut request);
    let late = |why| Refusal::Body { status: StatusCode::REQUEST_TIMEOUT, why, hint: Some("send it again".to_owned()) };
    let read = tokio::time::timeout(within, Bytes::from_request(request, &())).await;
    let read = read.map_err(|_| late(format!("not all of it came within {} s", within.as_secs_f32())))?;
    let bytes = read.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Refusal::Body {
            status: StatusCode::PAYLOAD_TOO_LARGE,
            why: rejection.body_text(),
            hint: Some(format!("send at most {} MiB at once", bytes_max >> 20)),
        },
        // It broke off, or stood still.
        _ => late(rejection.body_text()),
    })?;
    if let Some(admission) = admission {
        admission.confirm(&server.app).await?;
    }
    Ok(bytes)
}

/// Parses bytes, where blocking is allowed when they are many.
pub(crate) async fn parse<T: Send + 'static>(
    bytes: Bytes,
    read: impl FnOnce(&[u8]) -> T + Send + 'static,
) -> Result<T, StoreError> {
    if bytes.len() <= PARSE_HERE_BYTES_MAX {
        return Ok(read(&bytes));
    }
    tokio::task::spawn_blocking(move || read(&bytes)).await.map_err(|_| StoreError::Closed)
}

/// Query parameters, refused like bodies.
#[derive(Debug)]
pub(crate) struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Answer<Self> {
        strict::query(&parts.uri).map(Self).map_err(Refusal::of_query)
    }
}

/// Query parameters of a runner, which may say more than the server knows.
#[derive(Debug)]
pub(crate) struct RunnerQuery<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for RunnerQuery<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Answer<Self> {
        let read = axum::extract::Query::try_from_uri(&parts.uri);
        let axum::extract::Query(query) =
            read.map_err(|rejection| Refusal::Query { why: rejection.body_text(), hint: None })?;
        Ok(Self(query))
    }
}

/// The `Idempotency-Key` of a call.
#[derive(Debug)]
pub(crate) struct Key(pub Option<String>);

const KEY_BYTES_MAX: usize = 200;

impl<S: Send + Sync> FromRequestParts<S> for Key {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let Some(value) = parts.headers.get(IDEMPOTENCY_KEY) else { return Ok(Self(None)) };
        match value.to_str() {
            Ok(key) if !key.is_empty() && key.len() <= KEY_BYTES_MAX => Ok(Self(Some(key.to_owned()))),
            _ => {
                let message = "an Idempotency-Key has 1 to 200 printable ASCII characters";
                Err(error(StatusCode::UNPROCESSABLE_ENTITY, "invalid", message, None).into_response())
            }
        }
    }
}
