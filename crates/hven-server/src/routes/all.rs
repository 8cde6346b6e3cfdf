//! The operations of all nouns together.

use axum::Router;
use utoipa_axum::router::OpenApiRouter;

use super::NOUNS;
use crate::Server;

/// The router of all operations. A server starts with it alone: the description takes more time and memory than all else that
/// a start does.
pub(crate) fn served() -> Router<Server> {
    NOUNS.iter().fold(Router::new(), |router, noun| (noun.serve)(router))
}

/// The description of all operations.
pub(crate) fn described() -> OpenApiRouter<Server> {
    NOUNS.iter().fold(OpenApiRouter::new(), |router, noun| (noun.describe)(router))
}
