//! Combines the operations of all nouns.

use axum::Router;
use utoipa_axum::router::OpenApiRouter;

use super::NOUNS;
use crate::Server;

/// The router of all operations. A server starts with this alone: building the OpenAPI document takes more time and
/// memory than the rest of the start.
pub(crate) fn served() -> Router<Server> {
    NOUNS.iter().fold(Router::new(), |router, noun| (noun.serve)(router))
}

/// The OpenAPI document of all operations, with their routes.
pub(crate) fn described() -> OpenApiRouter<Server> {
    NOUNS.iter().fold(OpenApiRouter::new(), |router, noun| (noun.describe)(router))
}
