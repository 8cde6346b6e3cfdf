//! Answers: errors as JSON, and the extractors whose refusals look the same.

use axum::{
    Json,
    extract::{FromRequest, FromRequestParts, Request, rejection::JsonRejection},
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Response},
};
use hven_api::{
    IDEMPOTENCY_KEY,
    error::{ErrorBody, ErrorDetail},
};
use hven_app::AppError;
use serde::de::DeserializeOwned;

/// A refusal as it goes out.
#[derive(Debug)]
pub(crate) struct Refusal(AppError);

impl<E: Into<AppError>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let case = self.0.case();
        let status = StatusCode::from_u16(case.http).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if status.is_server_error() {
            tracing::error!(error = %self.0, code = case.code, "a call failed");
        }
        error(status, case.code, &self.0.to_string(), self.0.hint()).into_response()
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

/// A JSON body; one that cannot be read is refused like everything else.
#[derive(Debug)]
pub(crate) struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        match Json::<T>::from_request(request, state).await {
            Ok(Json(body)) => Ok(Self(body)),
            Err(rejection) => Err(refuse_body(&rejection)),
        }
    }
}

fn refuse_body(rejection: &JsonRejection) -> Response {
    let hint = match rejection.status() {
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Some("send it with Content-Type: application/json".to_owned()),
        StatusCode::PAYLOAD_TOO_LARGE => Some("send at most 16 MiB at once".to_owned()),
        _ => None,
    };
    error(rejection.status(), "invalid", &format!("the body cannot be read: {}", rejection.body_text()), hint)
        .into_response()
}

/// Query parameters, refused like bodies.
#[derive(Debug)]
pub(crate) struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        match axum::extract::Query::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(query)) => Ok(Self(query)),
            Err(rejection) => {
                let message = format!("the query cannot be read: {}", rejection.body_text());
                Err(error(StatusCode::UNPROCESSABLE_ENTITY, "invalid", &message, None).into_response())
            }
        }
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
