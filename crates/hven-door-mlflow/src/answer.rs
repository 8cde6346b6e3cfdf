//! Answers in the shape of MLflow: JSON objects, and errors with the codes that its clients know.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use hven_app::AppError;
use hven_core::RunId;
use hven_door::Refused;
use serde_json::{Value, json};

/// An error as MLflow's clients know it.
#[derive(Debug)]
pub(crate) struct Fault {
    status: StatusCode,
    code: &'static str,
    message: String,
}

pub(crate) type Answer<T = Json<Value>> = Result<T, Fault>;

impl Fault {
    pub(crate) fn missing(message: impl Into<String>) -> Self {
        Self { status: StatusCode::NOT_FOUND, code: "RESOURCE_DOES_NOT_EXIST", message: message.into() }
    }

    pub(crate) fn exists(message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code: "RESOURCE_ALREADY_EXISTS", message: message.into() }
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code: "INVALID_PARAMETER_VALUE", message: message.into() }
    }

    /// MLflow's refusal of a change of a deleted run.
    pub(crate) fn deleted(run: RunId) -> Self {
        Self::invalid(format!("The run {run} must be in the 'active' state. Current state is deleted."))
    }

    pub(crate) fn state(message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code: "INVALID_STATE", message: message.into() }
    }

    /// Clients do not repeat such a call.
    pub(crate) fn not_implemented(message: impl Into<String>) -> Self {
        Self { status: StatusCode::NOT_IMPLEMENTED, code: "NOT_IMPLEMENTED", message: message.into() }
    }
}

impl From<AppError> for Fault {
    fn from(error: AppError) -> Self {
        match error {
            AppError::RunDeleted { run, .. } => Self::deleted(run),
            error => Self::of(&Refused::of(&error)),
        }
    }
}

impl From<hven_core::Malformed> for Fault {
    fn from(error: hven_core::Malformed) -> Self {
        Self::invalid(error.to_string())
    }
}

impl Fault {
    fn of(refused: &Refused) -> Self {
        // MLflow's clients repeat calls that fail with 5xx or 429, and give up at once otherwise.
        let (status, code) = match refused.status {
            StatusCode::UNAUTHORIZED => (StatusCode::UNAUTHORIZED, "UNAUTHENTICATED"),
            StatusCode::FORBIDDEN => (StatusCode::FORBIDDEN, "PERMISSION_DENIED"),
            StatusCode::NOT_FOUND if refused.code == "no_such_path" => (StatusCode::NOT_FOUND, "ENDPOINT_NOT_FOUND"),
            StatusCode::NOT_FOUND => (StatusCode::NOT_FOUND, "RESOURCE_DOES_NOT_EXIST"),
            StatusCode::CONFLICT => (StatusCode::BAD_REQUEST, "INVALID_STATE"),
            StatusCode::SERVICE_UNAVAILABLE => (StatusCode::SERVICE_UNAVAILABLE, "TEMPORARILY_UNAVAILABLE"),
            StatusCode::INSUFFICIENT_STORAGE => (StatusCode::INSUFFICIENT_STORAGE, "RESOURCE_LIMIT_EXCEEDED"),
            StatusCode::REQUEST_TIMEOUT => (StatusCode::REQUEST_TIMEOUT, "TEMPORARILY_UNAVAILABLE"),
            status if status.is_server_error() => (StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR"),
            _ => (StatusCode::BAD_REQUEST, "INVALID_PARAMETER_VALUE"),
        };
        let message = match code {
            "UNAUTHENTICATED" => format!(
                "{}: set MLFLOW_TRACKING_TOKEN to a token of Hven (`hven token create mlflow`); in a run of Hven it is set already",
                refused.message
            ),
            _ => refused.message.clone(),
        };
        Self { status, code, message }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        (self.status, Json(json!({ "error_code": self.code, "message": self.message }))).into_response()
    }
}

/// Words a refusal of the edge.
pub(crate) fn refuse(refused: &Refused) -> Response {
    Fault::of(refused).into_response()
}

/// The answer of a call that returns nothing.
pub(crate) fn empty() -> Json<Value> {
    Json(json!({}))
}
