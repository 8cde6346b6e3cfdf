//! The OpenAPI document.

/// The OpenAPI document of the server.
pub fn openapi() -> String {
    hven_server::document()
}
