//! The door for clients of MLflow: scripts that call `mlflow` report here without a change.
//!
//! The protocol is MLflow's REST API of versions 2 and 3 (proto3 JSON below `/api/2.0/mlflow` and `/api/3.0/mlflow`). An experiment is a
//! project, a run is a run whose work is done elsewhere, a metric is a metric. Tags, experiments' names, logged models and the model
//! registry have no noun of their own here, so they are documents ([`hven_core::document`]). `docs/mlflow.md` says which calls of the
//! client work, and what differs.

mod answer;
mod artifact_path;
mod artifacts;
mod experiment_names;
mod experiments;
mod fields;
mod filter;
mod find_run;
mod history;
mod kept;
mod logged_models;
mod model_versions;
mod name_filter;
mod pages;
mod param_text;
mod registered_models;
mod registry;
mod routes;
mod run_json;
mod run_search;
mod runs;
mod server_info;

use hven_door::{Door, TrackerVariables};

/// The door.
pub const DOOR: Door = Door {
    name: "mlflow",
    routes: routes::routes,
    own_paths: &["/api/2.0/{*rest}", "/api/3.0/{*rest}", "/ajax-api/{*rest}"],
    refuse: answer::refuse,
    variables: Some(TrackerVariables { address: "MLFLOW_TRACKING_URI", token: "MLFLOW_TRACKING_TOKEN" }),
};
