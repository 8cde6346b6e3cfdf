//! Answers of the server: errors as JSON, and extractors that refuse a request with the same kind of error.

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
use hven_door::Refused;
use serde::de::DeserializeOwned;

use crate::{
    Server,
    connections::TooManyConnections,
    strict::{self, ReadError},
};

/// A request that the server refuses.
#[derive(Debug)]
pub(crate) enum Refusal {
    UseCase(AppError),
    /// A body that did not arrive, or that cannot be read.
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
    /// The caller has too many connections already.
    TooManyConnections(TooManyConnections),
}

impl<E: Into<AppError>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self::UseCase(error.into())
    }
}

impl Refusal {
    /// Refuses a query that has an unknown parameter, or that cannot be read.
    pub(crate) fn of_query(error: ReadError<QueryRejection>) -> Self {
        match error {
            ReadError::Unknown(unknown) => Self::Query { why: unknown.why("parameter"), hint: Some(unknown.hint()) },
            ReadError::Rejected(rejection) => Self::Query { why: rejection.body_text(), hint: None },
        }
    }
}

impl Refusal {
    /// The same for a door, which words it in its own way.
    pub(crate) fn into_refused(self) -> Refused {
        match self {
            Self::UseCase(refused) => Refused::of(&refused),
            Self::Body { status, why, .. } => {
                Refused { status, code: "invalid", message: format!("the body cannot be read: {why}") }
            }
            Self::Query { why, .. } => Refused { status: StatusCode::BAD_REQUEST, code: "invalid", message: why },
            Self::TooManyConnections(too_many) => {
                Refused { status: StatusCode::SERVICE_UNAVAILABLE, code: "busy", message: too_many.to_string() }
            }
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::UseCase(refused) => {
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
            // The server does not log this: a client could fill the log with it.
            Self::TooManyConnections(too_many) => {
                let hint = Some("close some of them, or try again in a moment".to_owned());
                error(StatusCode::SERVICE_UNAVAILABLE, "busy", &too_many.to_string(), hint).into_response()
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

/// The result of a handler: an answer, or a refusal.
pub(crate) type Answer<T> = Result<T, Refusal>;

/// The size limit of a body that is neither an upload nor a message of a runner.
pub(crate) const BODY_BYTES_MAX: usize = 16 << 20;
/// The slowest transfer rate at which the server still waits for a body.
const BYTES_PER_SECOND_MIN: u64 = 64 << 10;
/// A body up to this size is parsed on the event loop. A larger one is parsed on a blocking thread.
const PARSE_HERE_BYTES_MAX: usize = 64 << 10;

/// A JSON body from a person's client. A body that cannot be read is refused with a JSON error, and so is an unknown field.
#[derive(Debug)]
pub(crate) struct Body<T>(pub T);

impl<T: DeserializeOwned + Send + 'static> FromRequest<Server> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, server: &Server) -> Answer<Self> {
        let read = parse(json_body(request, server).await?, strict::body::<T>).await?;
        let body = read.map_err(|error| match error {
            ReadError::Unknown(unknown) => Refusal::Body {
                status: StatusCode::UNPROCESSABLE_ENTITY,
                why: unknown.why("field"),
                hint: Some(unknown.hint()),
            },
            ReadError::Rejected(rejection) => unreadable(&rejection),
        })?;
        Ok(Self(body))
    }
}

/// The JSON body of a message of a runner. Unknown fields are ignored: the runner may be newer than the server.
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

/// The bytes of a body whose `Content-Type` is JSON.
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

/// Reads all bytes of a body within a time limit. After the last byte it checks the sender's token again: the token may
/// have been revoked while the body arrived.
pub(crate) async fn whole_body(mut request: Request, server: &Server, bytes_max: usize) -> Answer<Bytes> {
    let admission = request.extensions().get::<Admission>().cloned();
    let length = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let size = length.unwrap_or(u64::MAX).min(bytes_max as u64);
    let within = server.options.timeouts.whole_body + Duration::from_secs(size / BYTES_PER_SECOND_MIN);
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
        // The body broke off, or no more bytes came.
        _ => late(rejection.body_text()),
    })?;
    if let Some(admission) = admission {
        admission.confirm(&server.app).await?;
    }
    Ok(bytes)
}

/// Parses bytes. Many bytes are parsed on a blocking thread.
pub(crate) async fn parse<T: Send + 'static>(
    bytes: Bytes,
    read: impl FnOnce(&[u8]) -> T + Send + 'static,
) -> Result<T, StoreError> {
    if bytes.len() <= PARSE_HERE_BYTES_MAX {
        return Ok(read(&bytes));
    }
    tokio::task::spawn_blocking(move || read(&bytes)).await.map_err(|_| StoreError::Closed)
}

/// Query parameters. They are refused in the same way as bodies.
#[derive(Debug)]
pub(crate) struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Answer<Self> {
        strict::query(&parts.uri).map(Self).map_err(Refusal::of_query)
    }
}

/// Query parameters of a runner. Unknown parameters are ignored: the runner may be newer than the server.
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

/// The `Idempotency-Key` header of a call.
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
