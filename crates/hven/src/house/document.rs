//! The OpenAPI document.

use hven_client::Failure;
use hven_record::{Database, ExportError, Home, OpenError, Settings};
use std::path::Path;

/// The OpenAPI document of the server.
pub fn openapi() -> String {
    hven_server::document()
}
