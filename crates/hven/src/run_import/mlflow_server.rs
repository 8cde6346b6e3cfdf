//! The calls of the reader of MLflow's servers, over HTTP.

use base64::Engine as _;
use hven_client::{ForeignServer, env};
use hven_imports::mlflow::{Api, ApiFailure};
use serde_json::Value;

/// A server of MLflow.
#[derive(Debug)]
pub struct MlflowServer<'s>(pub &'s ForeignServer);

impl Api for MlflowServer<'_> {
    fn url(&self) -> &str {
        self.0.url()
    }

    fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Value, ApiFailure> {
        self.0.get(path, query).map_err(|error| failure(&error))
    }

    fn search(&self, path: &str, body: &Value) -> Result<Value, ApiFailure> {
        self.0.search(path, body).map_err(|error| failure(&error))
    }
}

fn failure(error: &hven_client::Error) -> ApiFailure {
    ApiFailure { status: error.status(), message: error.to_string() }
}

/// The header `Authorization`, from the variables of MLflow's own client.
pub fn authorization() -> Option<String> {
    if let Some(token) = env::text(env::MLFLOW_TRACKING_TOKEN) {
        return Some(format!("Bearer {token}"));
    }
    let user = env::text(env::MLFLOW_TRACKING_USERNAME)?;
    let password = env::text(env::MLFLOW_TRACKING_PASSWORD).unwrap_or_default();
    Some(format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"))))
}
