//! The content of every store of MLflow, in the words of MLflow.

use std::collections::BTreeMap;

use hven_core::stream::Point;
use serde_json::Value;

use crate::{Artifact, Faults, Result};

/// The name of the experiment that every store has.
pub const DEFAULT_EXPERIMENT: &str = "Default";

/// Texts by name: tags, parameters.
pub type Texts = BTreeMap<String, String>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Experiment {
    pub id: String,
    pub name: String,
    pub is_deleted: bool,
    pub tags: Texts,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Running,
    Scheduled,
    Finished,
    Failed,
    Killed,
}

impl Status {
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        Some(match word {
            "RUNNING" => Self::Running,
            "SCHEDULED" => Self::Scheduled,
            "FINISHED" => Self::Finished,
            "FAILED" => Self::Failed,
            "KILLED" => Self::Killed,
            _ => return None,
        })
    }

    /// The number of a status in `meta.yaml`.
    pub(crate) fn of_number(number: i64) -> Option<Self> {
        Some(match number {
            1 => Self::Running,
            2 => Self::Scheduled,
            3 => Self::Finished,
            4 => Self::Failed,
            5 => Self::Killed,
            _ => return None,
        })
    }
}

/// A run without its content. Times are milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunInfo {
    pub id: String,
    pub experiment: String,
    pub name: Option<String>,
    pub user: Option<String>,
    pub status: Status,
    pub started: Option<i64>,
    pub ended: Option<i64>,
    pub is_deleted: bool,
    /// The id of the run in which it was started.
    pub parent: Option<String>,
    pub artifact_uri: String,
}

/// The content of a run, without points and files.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Details {
    pub params: Texts,
    pub tags: Texts,
    /// In the form of MLflow's REST API: `{"dataset": {…}, "tags": […]}`.
    pub datasets: Vec<Value>,
    /// `{"model_id": …}`.
    pub model_inputs: Vec<Value>,
    /// `{"model_id": …, "step": …}`.
    pub model_outputs: Vec<Value>,
}

/// A model that a run made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedModel {
    pub id: String,
    pub name: String,
    pub run: Option<String>,
    pub model_type: Option<String>,
    /// Such as `LOGGED_MODEL_READY`.
    pub status: String,
    pub created: Option<i64>,
    pub artifact_uri: String,
    pub params: Texts,
    pub tags: Texts,
}

/// A name under which models are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegisteredModel {
    pub name: String,
    pub description: Option<String>,
    pub tags: Texts,
    /// Versions by alias.
    pub aliases: BTreeMap<String, u64>,
    /// In the order of their numbers.
    pub versions: Vec<ModelVersion>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelVersion {
    pub number: u64,
    pub source: String,
    pub run: Option<String>,
    pub description: Option<String>,
    /// Such as `Production`; `None` for none.
    pub stage: Option<String>,
    pub tags: Texts,
}

/// The stage of a version that was deleted, and stays in the store.
pub(crate) const DELETED_STAGE: &str = "Deleted_Internal";

/// The points of a run, page by page.
pub trait Pages {
    /// The next points; none at the end.
    fn next(&mut self, faults: &mut Faults) -> Result<Vec<Point>>;
}

/// A store of MLflow. Parts that cannot be read are added to `faults`.
pub trait Store {
    /// All experiments, in the order of their ids.
    fn experiments(&self, faults: &mut Faults) -> Result<Vec<Experiment>>;
    /// The runs of an experiment, the first one first.
    fn runs(&self, experiment: &Experiment, faults: &mut Faults) -> Result<Vec<RunInfo>>;
    fn details(&self, run: &RunInfo, faults: &mut Faults) -> Result<Details>;
    fn points<'s>(&'s self, run: &'s RunInfo) -> Result<Box<dyn Pages + 's>>;
    /// The files of a run.
    fn artifacts(&self, run: &RunInfo, faults: &mut Faults) -> Result<Vec<Artifact>>;
    fn logged_models(&self, experiment: &Experiment, faults: &mut Faults) -> Result<Vec<LoggedModel>>;
    /// The files of a model. Their paths begin with `before`.
    fn model_artifacts(&self, model: &LoggedModel, before: &str, faults: &mut Faults) -> Result<Vec<Artifact>>;
    fn registered_models(&self, faults: &mut Faults) -> Result<Vec<RegisteredModel>>;
    /// Adds the things of the store that no import takes, such as traces, with their numbers.
    fn not_imported(&self, faults: &mut Faults) -> Result<()>;
}

/// The tag in which a run names the run in which it was started.
pub const PARENT: &str = "mlflow.parentRunId";
