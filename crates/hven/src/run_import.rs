//! Runs of other trackers are read from their stores and sent to the server, as their own clients would have reported them.

mod failed;
mod import_progress;
mod mlflow_experiments;
mod mlflow_import;
mod mlflow_models;
mod mlflow_registry;
mod mlflow_run;
mod mlflow_server;
mod mlflow_source;
mod run_job;
mod runs_here;
mod sent_files;
mod sent_points;
mod tally;
mod tensorboard_import;

pub use mlflow_import::{MlflowImport, import_mlflow};
pub use mlflow_source::MlflowSource;
pub use tensorboard_import::{TensorboardImport, import_tensorboard};
