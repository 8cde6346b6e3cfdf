//! The one list of all routes.

use axum::{handler::Handler, http::Method, routing::MethodRouter};
use hven_door::{Access, DoorState, Route};

use crate::{
    artifacts, experiments, history, logged_models, model_versions, registered_models, run_search, runs, server_info,
};

fn route<T: 'static>(
    method: &Method,
    path: &'static str,
    access: Access,
    handler: impl Handler<T, DoorState>,
) -> Route {
    // Every method of this list is one that axum knows.
    let filter = method.clone().try_into().unwrap_or(axum::routing::MethodFilter::GET);
    Route { method: method.clone(), path, access, handler: MethodRouter::new().on(filter, handler) }
}

macro_rules! routes {
    ($($method:ident $access:ident $path:literal $($handler:ident)::+;)+) => {
        vec![$(route(&Method::$method, $path, Access::$access, $($handler)::+)),+]
    };
}

#[rustfmt::skip]
pub(crate) fn routes() -> Vec<Route> {
    routes! {
        GET Open "/health" server_info::health;
        GET Open "/version" server_info::version;
        GET Open "/api/3.0/mlflow/server-info" server_info::server_info;

        POST Whole "/api/2.0/mlflow/experiments/create" experiments::create;
        GET Whole "/api/2.0/mlflow/experiments/get" experiments::get;
        GET Whole "/api/2.0/mlflow/experiments/get-by-name" experiments::get_by_name;
        POST Whole "/api/2.0/mlflow/experiments/search" experiments::search;
        GET Whole "/api/2.0/mlflow/experiments/search" experiments::search;
        POST Whole "/api/2.0/mlflow/experiments/delete" experiments::delete;
        POST Whole "/api/2.0/mlflow/experiments/restore" experiments::restore;
        POST Whole "/api/2.0/mlflow/experiments/update" experiments::update;
        POST Whole "/api/2.0/mlflow/experiments/set-experiment-tag" experiments::set_tag;
        POST Whole "/api/2.0/mlflow/experiments/delete-experiment-tag" experiments::delete_tag;

        POST Whole "/api/2.0/mlflow/runs/create" runs::create;
        GET Whole "/api/2.0/mlflow/runs/get" runs::get;
        POST Whole "/api/2.0/mlflow/runs/update" runs::update;
        POST Whole "/api/2.0/mlflow/runs/search" run_search::search;
        POST Whole "/api/2.0/mlflow/runs/delete" runs::delete;
        POST Whole "/api/2.0/mlflow/runs/restore" runs::restore;
        POST Whole "/api/2.0/mlflow/runs/log-metric" runs::log_metric;
        POST Whole "/api/2.0/mlflow/runs/log-batch" runs::log_batch;
        POST Whole "/api/2.0/mlflow/runs/log-parameter" runs::log_parameter;
        POST Whole "/api/2.0/mlflow/runs/set-tag" runs::set_tag;
        POST Whole "/api/2.0/mlflow/runs/delete-tag" runs::delete_tag;
        POST Whole "/api/2.0/mlflow/runs/log-inputs" runs::log_inputs;
        POST Whole "/api/2.0/mlflow/runs/outputs" runs::outputs;
        POST Whole "/api/2.0/mlflow/runs/log-model" runs::log_model;
        GET Whole "/api/2.0/mlflow/metrics/get-history" history::get_history;

        GET Whole "/api/2.0/mlflow/artifacts/list" artifacts::list_of_run;
        GET Whole "/api/2.0/mlflow-artifacts/artifacts" artifacts::list;
        GET Whole "/api/2.0/mlflow-artifacts/artifacts/{*path}" artifacts::get;
        PUT Streamed "/api/2.0/mlflow-artifacts/artifacts/{*path}" artifacts::put;
        DELETE Whole "/api/2.0/mlflow-artifacts/artifacts/{*path}" artifacts::delete;
        POST Whole "/api/2.0/mlflow-artifacts/mpu/create/{*path}" artifacts::parts;

        POST Whole "/api/2.0/mlflow/logged-models" logged_models::create;
        POST Whole "/api/2.0/mlflow/logged-models/search" logged_models::search;
        GET Whole "/api/2.0/mlflow/logged-models/{model}" logged_models::get;
        PATCH Whole "/api/2.0/mlflow/logged-models/{model}" logged_models::finalize;
        DELETE Whole "/api/2.0/mlflow/logged-models/{model}" logged_models::delete;
        PATCH Whole "/api/2.0/mlflow/logged-models/{model}/tags" logged_models::set_tags;
        DELETE Whole "/api/2.0/mlflow/logged-models/{model}/tags/{key}" logged_models::delete_tag;
        POST Whole "/api/2.0/mlflow/logged-models/{model}/params" logged_models::log_params;
        GET Whole "/api/2.0/mlflow/logged-models/{model}/artifacts/directories" artifacts::list_of_model;

        POST Whole "/api/2.0/mlflow/registered-models/create" registered_models::create;
        GET Whole "/api/2.0/mlflow/registered-models/get" registered_models::get;
        PATCH Whole "/api/2.0/mlflow/registered-models/update" registered_models::update;
        POST Whole "/api/2.0/mlflow/registered-models/rename" registered_models::rename;
        DELETE Whole "/api/2.0/mlflow/registered-models/delete" registered_models::delete;
        GET Whole "/api/2.0/mlflow/registered-models/search" registered_models::search;
        POST Whole "/api/2.0/mlflow/registered-models/get-latest-versions" registered_models::get_latest_versions;
        GET Whole "/api/2.0/mlflow/registered-models/get-latest-versions" registered_models::get_latest_versions;
        POST Whole "/api/2.0/mlflow/registered-models/set-tag" registered_models::set_tag;
        DELETE Whole "/api/2.0/mlflow/registered-models/delete-tag" registered_models::delete_tag;
        POST Whole "/api/2.0/mlflow/registered-models/alias" registered_models::set_alias;
        GET Whole "/api/2.0/mlflow/registered-models/alias" registered_models::get_by_alias;
        DELETE Whole "/api/2.0/mlflow/registered-models/alias" registered_models::delete_alias;

        POST Whole "/api/2.0/mlflow/model-versions/create" model_versions::create;
        GET Whole "/api/2.0/mlflow/model-versions/get" model_versions::get;
        PATCH Whole "/api/2.0/mlflow/model-versions/update" model_versions::update;
        DELETE Whole "/api/2.0/mlflow/model-versions/delete" model_versions::delete;
        GET Whole "/api/2.0/mlflow/model-versions/search" model_versions::search;
        GET Whole "/api/2.0/mlflow/model-versions/get-download-uri" model_versions::get_download_uri;
        POST Whole "/api/2.0/mlflow/model-versions/transition-stage" model_versions::transition_stage;
        POST Whole "/api/2.0/mlflow/model-versions/set-tag" model_versions::set_tag;
        DELETE Whole "/api/2.0/mlflow/model-versions/delete-tag" model_versions::delete_tag;
    }
}
