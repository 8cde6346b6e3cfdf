//! The shape of a door.
//!
//! A door lets clients of another program in: its crate translates a foreign protocol into calls of the same use cases that the
//! native API calls. It declares its routes in one list. The edge (`hven-server`) mounts them, finds the caller of each request,
//! reads its body within the limits of all requests, and lets the door word the refusals. A door sees no connection, no cookie and no
//! token, so no door can forget a check.

use std::sync::Arc;

use axum::{
    extract::{Extension, FromRequestParts},
    http::{Method, StatusCode, request::Parts},
    response::Response,
    routing::MethodRouter,
};
use hven_app::{Admission, App, Caller};

/// A foreign protocol.
#[derive(Debug)]
pub struct Door {
    /// A name such as `mlflow`.
    pub name: &'static str,
    pub routes: fn() -> Vec<Route>,
    /// Paths below which every other path is refused in the words of the door, as axum writes them: `/api/2.0/{*rest}`.
    pub own_paths: &'static [&'static str],
    /// Words a refusal.
    pub refuse: fn(&Refused) -> Response,
    /// How a process of a run finds this door.
    pub variables: Option<TrackerVariables>,
}

/// One route of a door.
#[derive(Debug)]
pub struct Route {
    pub method: Method,
    /// As axum writes it: `/things/{thing}`.
    pub path: &'static str,
    pub access: Access,
    pub handler: MethodRouter<DoorState>,
}

/// The work of the edge before it calls a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// It shows nothing of a home, so that it needs no token.
    Open,
    /// The edge finds the caller, reads the whole body, and checks the token once more.
    Whole,
    /// The edge finds the caller. The body may be long: the use case that reads it checks the token after its last byte.
    Streamed,
}

/// The state of all handlers of doors.
#[derive(Clone, Debug)]
pub struct DoorState {
    pub app: Arc<App>,
}

/// A refusal, before the door words it.
#[derive(Clone, Debug)]
pub struct Refused {
    pub status: StatusCode,
    /// The code of Hven, such as `not_found`.
    pub code: &'static str,
    pub message: String,
}

impl Refused {
    /// The refusal of a use case.
    pub fn of(error: &hven_app::AppError) -> Self {
        let row = error.refusal();
        let status = StatusCode::from_u16(row.http()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let message = match error.hint() {
            Some(hint) => format!("{error}; {hint}"),
            None => error.to_string(),
        };
        Self { status, code: row.code(), message }
    }
}

/// The environment variables with which clients of the other program find its server.
#[derive(Clone, Copy, Debug)]
pub struct TrackerVariables {
    /// The variable with the address, such as `MLFLOW_TRACKING_URI`. If the user set it, the user's value stays.
    pub address: &'static str,
    pub token: &'static str,
}

/// The caller of a request, as the edge found it.
#[derive(Clone, Debug)]
pub struct Admitted(pub Admission);

impl Admitted {
    pub fn caller(&self) -> &Caller {
        &self.0.caller
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Admitted {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, StatusCode> {
        let admission = Extension::<Admission>::from_request_parts(parts, state).await;
        // The edge admits the caller of every route that is not open. A route that is open has no caller.
        admission.map(|Extension(admission)| Self(admission)).map_err(|_| StatusCode::UNAUTHORIZED)
    }
}
