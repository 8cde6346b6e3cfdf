//! What a noun's file of handlers offers: its operations, made into a router and into the description of what it serves.

use axum::{Extension, Router, handler::Handler, routing::MethodRouter};
use utoipa_axum::{PathItemExt, router::OpenApiRouter};

use crate::{Server, strict::Declares};

/// The operations of a noun, as [`operations!`] declares them.
pub(crate) struct Operations {
    pub(crate) serve: fn(Router<Server>) -> Router<Server>,
    pub(crate) describe: fn(OpenApiRouter<Server>) -> OpenApiRouter<Server>,
}

/// Declares the operations of a noun: the handlers of its file, in the order of the description.
macro_rules! operations {
    ($($handler:ident),+ $(,)?) => { pastey::paste! {
        pub(super) const OPERATIONS: $crate::routes::operations::Operations =
            $crate::routes::operations::Operations {
                serve: |router| {
                    $(let router = $crate::routes::operations::serve::<[<__path_ $handler>], _, _>(router, &$handler);)+
                    router
                },
                describe: |router| router$(.routes(::utoipa_axum::routes!($handler)))+,
            };
    } };
}
pub(super) use operations;

/// Serves an operation where its description says.
pub(crate) fn serve<Description: utoipa::Path, H: Handler<T, Server>, T: 'static>(
    router: Router<Server>,
    handler: &H,
) -> Router<Server> {
    let methods = Description::methods();
    let mut methods =
        methods.iter().fold(MethodRouter::new(), |on, method| on.on(method.to_method_filter(), handler.clone()));
    let path = Description::path();
    // A runner may be newer than the server, and say more than that knows.
    if !path.starts_with("/runner/") {
        methods = methods.layer(Extension(Declares::of::<Description>()));
    }
    router.route(&path, methods)
}
