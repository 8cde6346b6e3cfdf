//! The operations of a noun, as routes and as entries of the OpenAPI document.

use axum::{Extension, Router, handler::Handler, routing::MethodRouter};
use utoipa_axum::{PathItemExt, router::OpenApiRouter};

use crate::{Server, strict::QueryDeclaration};

/// The operations of a noun, declared with [`operations!`].
pub(crate) struct Operations {
    pub(crate) serve: fn(Router<Server>) -> Router<Server>,
    pub(crate) describe: fn(OpenApiRouter<Server>) -> OpenApiRouter<Server>,
}

/// Declares the operations of a noun: the handlers of its file, in the order of the OpenAPI document.
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

/// Adds the route of an operation, with the path and methods of its description.
pub(crate) fn serve<Description: utoipa::Path, H: Handler<T, Server>, T: 'static>(
    router: Router<Server>,
    handler: &H,
) -> Router<Server> {
    let methods = Description::methods();
    let mut methods =
        methods.iter().fold(MethodRouter::new(), |on, method| on.on(method.to_method_filter(), handler.clone()));
    let path = Description::path();
    // Unknown parameters of a runner are ignored: it may be newer than the server.
    if !path.starts_with("/runner/") {
        methods = methods.layer(Extension(QueryDeclaration::of::<Description>()));
    }
    router.route(&path, methods)
}
