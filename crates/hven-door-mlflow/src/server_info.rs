//! The answers of the server about itself.

use axum::Json;
use serde_json::{Value, json};

/// The version of MLflow whose protocol the door speaks. Clients compare it with their own.
const VERSION: &str = "3.17.2";

pub(crate) async fn health() -> &'static str {
    "OK"
}

pub(crate) async fn version() -> &'static str {
    VERSION
}

pub(crate) async fn server_info() -> Json<Value> {
    Json(json!({
        "store_type": "Hven",
        "workspaces_enabled": false,
        "trace_archival_enabled": false,
        "multipart_uploads_enabled": false,
        "multipart_downloads_enabled": false,
    }))
}
