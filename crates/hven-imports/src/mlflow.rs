//! The stores of MLflow.

mod database;
mod files;
mod flat_yaml;
mod numbers;
mod server;
mod store;

pub use database::Database;
pub use files::FileStore;
pub use server::{Api, ApiFailure, Server};
pub use store::{
    DEFAULT_EXPERIMENT, Details, Experiment, LoggedModel, ModelVersion, PARENT, Pages, RegisteredModel, RunInfo,
    Status, Store, Texts,
};
