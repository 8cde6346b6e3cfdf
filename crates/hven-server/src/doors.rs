//! Mounts the doors: finds the caller of each request, reads its body, and lets the door word the refusals.

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{Method, StatusCode},
    middleware::{self, Next},
    response::Response,
    routing::any,
};
use hven_app::{AppError, Caller};
use hven_core::AttemptId;
use hven_door::{Access, Door, DoorState, Refused};

use crate::{
    Server,
    answer::{BODY_BYTES_MAX, Refusal, whole_body},
    caller::{admit, door_token},
};

/// A request to a route of a door.
#[derive(Clone, Copy, Debug)]
struct Entrance {
    door: &'static Door,
    access: Access,
}

/// The routes of all doors.
pub(crate) fn router(server: &Server) -> Router {
    let state = DoorState { app: server.app.clone() };
    let mut all = Router::new();
    for door in server.options.doors {
        for route in (door.routes)() {
            let entrance = Entrance { door, access: route.access };
            let layer = middleware::from_fn_with_state((server.clone(), entrance), enter);
            all = all.route(route.path, route.handler.layer(layer));
        }
        for path in door.own_paths {
            all = all.route(path, any(move |request: Request| async move { unknown(door, &request) }));
        }
    }
    all.with_state(state)
}

fn unknown(door: &Door, request: &Request) -> Response {
    let message = format!("there is no {} {} here", request.method(), request.uri().path());
    (door.refuse)(&Refused { status: StatusCode::NOT_FOUND, code: "no_such_path", message })
}

async fn enter(
    State((server, Entrance { door, access })): State<(Server, Entrance)>,
    request: Request,
    next: Next,
) -> Response {
    if access == Access::Open {
        return next.run(request).await;
    }
    match admitted(&server, access, request).await {
        Ok(request) => next.run(request).await,
        Err(refusal) => (door.refuse)(&refusal.into_refused()),
    }
}

/// The request with its caller and, where the route wants it, its whole body.
async fn admitted(server: &Server, access: Access, request: Request) -> Result<Request, Refusal> {
    let (mut parts, body) = request.into_parts();
    let token = door_token(&parts.headers);
    let admission = admit(&mut parts, server, token.as_deref()).await?;
    match admission.caller {
        Caller::User { .. } | Caller::Tracker { .. } => {}
        // The tokens of attempts and runners are for the native API.
        Caller::Attempt { .. } | Caller::Runner { .. } => return Err(AppError::Denied.into()),
    }
    if access != Access::Whole || parts.method == Method::GET {
        return Ok(Request::from_parts(parts, body));
    }
    let bytes = whole_body(Request::from_parts(parts.clone(), body), server, BODY_BYTES_MAX).await?;
    Ok(Request::from_parts(parts, Body::from(bytes)))
}

/// The variables with which a process finds the doors, and its token for them.
pub(crate) fn trackers(server: &Server, attempt: AttemptId) -> Vec<hven_api::runner::Tracker> {
    let variables = server.options.doors.iter().filter_map(|door| door.variables);
    variables
        .map(|variables| hven_api::runner::Tracker {
            address_variable: variables.address.to_owned(),
            token_variable: variables.token.to_owned(),
            token: server.app.keys.tracker_token(attempt),
        })
        .collect()
}
