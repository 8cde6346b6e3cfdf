//! Runs as MLflow writes them.

use std::{borrow::Cow, collections::BTreeMap};

use hven_app::ports::{
    quantities::{ParamValue, Quantity, QuantityColumn},
    run::{AdditionView, RunRow, RunView},
};
use hven_core::{
    RunId, Time,
    additions::Added,
    handle::Handle,
    number::Number,
    params::Params,
    project::ProjectPath,
    run::{MetricSummary, State},
    stream::Point,
};
use serde::Serialize;
use serde_json::Value;

use crate::{
    experiment_names::{Experiment, of_project},
    kept::{text, texts},
    param_text,
};

/// A run with everything that MLflow shows of it.
#[derive(Clone, Debug)]
pub(crate) struct ShownRun {
    pub(crate) id: RunId,
    pub(crate) handle: Handle,
    pub(crate) project: ProjectPath,
    /// The name in Hven.
    name: Option<String>,
    pub(crate) state: State,
    started: Time,
    ended: Option<Time>,
    pub(crate) archived: bool,
    pub(crate) params: BTreeMap<String, Value>,
    pub(crate) metrics: BTreeMap<String, MetricSummary>,
    command: String,
    /// Its document; empty if it has none.
    pub(crate) body: Params,
}

impl ShownRun {
    pub(crate) fn of_view(run: RunView, metrics: Vec<MetricSummary>, body: Params) -> Self {
        let command = match (run.spec(), run.external()) {
            (Some(spec), _) => spec.argv.join(" "),
            (None, Some(elsewhere)) => elsewhere.external.words().join(" "),
            (None, None) => String::new(),
        };
        let started =
            run.external().map(|elsewhere| elsewhere.external.started).or(run.started).unwrap_or(run.submitted);
        let mut shown = Self {
            id: run.id,
            handle: run.handle,
            project: run.project,
            name: run.name,
            state: run.state,
            started,
            ended: run.ended,
            archived: run.archived,
            params: run.params,
            metrics: by_key(metrics),
            command,
            body,
        };
        shown.add(&run.added);
        shown
    }

    pub(crate) fn of_row(row: RunRow, body: Params) -> Self {
        let mut shown = Self {
            id: row.id,
            handle: row.handle,
            project: row.project,
            name: row.name,
            state: row.state,
            started: row.started.unwrap_or(row.submitted),
            ended: row.ended,
            archived: row.archived,
            params: row.params,
            metrics: by_key(row.metrics),
            command: row.command,
            body,
        };
        shown.add(&row.added);
        shown
    }

    /// MLflow knows no end after which values are additions.
    fn add(&mut self, added: &[AdditionView]) {
        for view in added {
            let addition = &view.addition;
            match &addition.value {
                Added::Metric(line) => MetricSummary::gather(&mut self.metrics, [line.clone()]),
                Added::Param(value) => {
                    self.params.entry(addition.name.clone()).or_insert_with(|| value.clone());
                }
            }
        }
    }

    /// Takes the value of a quantity from the column of a table, for conditions and orders.
    pub(crate) fn take_value(&mut self, quantity: &Quantity, column: &QuantityColumn, place: usize) {
        match (quantity, column) {
            (Quantity::Metric(key), QuantityColumn::Metrics(values)) => {
                if let Some(values) = values.get(place).copied().flatten() {
                    let last = Number(values.last);
                    let point = Point { key: key.clone(), value: last, step: 0, time_us: 0 };
                    self.metrics.insert(key.clone(), MetricSummary::of_point(&point));
                }
            }
            (Quantity::Param(key), QuantityColumn::Params(values)) => {
                let value = match values.get(place).and_then(Option::as_ref) {
                    Some(ParamValue::Number(number)) => Value::from(*number),
                    Some(ParamValue::Bool(yes)) => Value::Bool(*yes),
                    Some(ParamValue::Text(text)) => Value::String(text.clone()),
                    Some(ParamValue::Null) => Value::Null,
                    None => return,
                };
                self.params.insert(key.clone(), value);
            }
            _ => {}
        }
    }

    /// The path of the project whose experiment shows it: that of the run, or the one that the script of a task named.
    fn experiment(&self) -> &str {
        text(&self.body, "experiment").unwrap_or(self.project.as_str())
    }

    pub(crate) fn name(&self) -> String {
        let named = text(&self.body, "name").map(str::to_owned);
        named.or_else(|| self.name.clone()).unwrap_or_else(|| self.handle.to_string())
    }

    pub(crate) fn is_deleted(&self) -> bool {
        self.archived
    }

    pub(crate) fn status(&self) -> &'static str {
        match self.state {
            State::Waiting => "SCHEDULED",
            State::Running | State::Stopping | State::Unknown => "RUNNING",
            State::Done => "FINISHED",
            State::Failed | State::Lost => "FAILED",
            State::Cancelled => "KILLED",
        }
    }

    /// Milliseconds.
    pub(crate) fn start_time(&self) -> i64 {
        self.started.micros() / 1000
    }

    /// Milliseconds; `None` before its end.
    pub(crate) fn end_time(&self) -> Option<i64> {
        self.ended.filter(|_| self.state.is_final()).map(|ended| ended.micros() / 1000)
    }

    pub(crate) fn user(&self) -> String {
        text(&self.body, "user").unwrap_or_default().to_owned()
    }

    pub(crate) fn tags(&self) -> BTreeMap<String, String> {
        let mut tags = texts(&self.body, "tags");
        tags.insert("mlflow.runName".to_owned(), self.name());
        tags.entry("mlflow.source.name".to_owned()).or_insert_with(|| self.command.clone());
        tags.entry("hven.run".to_owned()).or_insert_with(|| self.handle.to_string());
        tags
    }

    pub(crate) fn artifact_uri(&self, experiment: &Experiment) -> String {
        format!("{}/{}/artifacts", experiment.location(), self.id)
    }

    /// `RunInfo` of MLflow.
    pub(crate) fn info<'r>(&'r self, experiment: &'r Experiment) -> RunInfo<'r> {
        let id = self.id.to_string();
        RunInfo {
            run_uuid: id.clone(),
            run_id: id,
            experiment_id: &experiment.id,
            run_name: self.name(),
            user_id: self.user(),
            status: self.status(),
            start_time: self.start_time(),
            end_time: self.end_time(),
            artifact_uri: self.artifact_uri(experiment),
            lifecycle_stage: if self.is_deleted() { "deleted" } else { "active" },
        }
    }

    /// `Run` of MLflow. Lists without entries are left out.
    pub(crate) fn run<'r>(&'r self, experiment: &'r Experiment) -> Run<'r> {
        let entries = |field: &str| match self.body.get(field) {
            Some(Value::Array(entries)) => entries.as_slice(),
            _ => &[],
        };
        Run {
            info: self.info(experiment),
            data: RunData {
                tags: self.tags().into_iter().map(|(key, value)| Pair { key: key.into(), value }).collect(),
                metrics: self.metrics.values().map(Metric::last_of).collect(),
                params: self
                    .params
                    .iter()
                    .map(|(key, value)| Pair { key: key.into(), value: param_text::text(value) })
                    .collect(),
            },
            inputs: RunInputs { dataset_inputs: entries("dataset_inputs"), model_inputs: entries("model_inputs") },
            outputs: Some(RunOutputs { model_outputs: entries("model_outputs") })
                .filter(|outputs| !outputs.model_outputs.is_empty()),
        }
    }
}

/// `RunInfo` of MLflow.
#[derive(Debug, Serialize)]
pub(crate) struct RunInfo<'r> {
    run_uuid: String,
    run_id: String,
    experiment_id: &'r str,
    run_name: String,
    user_id: String,
    status: &'static str,
    start_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_time: Option<i64>,
    artifact_uri: String,
    lifecycle_stage: &'static str,
}

/// `Run` of MLflow.
#[derive(Debug, Serialize)]
pub(crate) struct Run<'r> {
    info: RunInfo<'r>,
    data: RunData<'r>,
    inputs: RunInputs<'r>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outputs: Option<RunOutputs<'r>>,
}

#[derive(Debug, Serialize)]
struct RunData<'r> {
    tags: Vec<Pair<'r>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    metrics: Vec<Metric<'r>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    params: Vec<Pair<'r>>,
}

/// A tag or a parameter.
#[derive(Debug, Serialize)]
struct Pair<'r> {
    key: Cow<'r, str>,
    value: String,
}

#[derive(Debug, Serialize)]
struct RunInputs<'r> {
    #[serde(skip_serializing_if = "<[Value]>::is_empty")]
    dataset_inputs: &'r [Value],
    #[serde(skip_serializing_if = "<[Value]>::is_empty")]
    model_inputs: &'r [Value],
}

#[derive(Debug, Serialize)]
struct RunOutputs<'r> {
    model_outputs: &'r [Value],
}

/// `Metric` of MLflow.
#[derive(Debug, Serialize)]
pub(crate) struct Metric<'m> {
    key: &'m str,
    value: MetricValue,
    /// Milliseconds.
    timestamp: i64,
    step: i64,
}

impl<'m> Metric<'m> {
    pub(crate) fn of_point(point: &'m Point) -> Self {
        let Point { key, value, step, time_us } = point;
        Self { key, value: MetricValue(value.0), timestamp: time_us / 1000, step: *step }
    }

    fn last_of(line: &'m MetricSummary) -> Self {
        let timestamp = line.last_time.micros() / 1000;
        Self { key: &line.key, value: MetricValue(line.last.0), timestamp, step: line.last_step }
    }
}

/// A number as MLflow writes it: NaN as a text, infinities as the largest finite numbers.
#[derive(Debug)]
pub(crate) struct MetricValue(pub(crate) f64);

impl Serialize for MetricValue {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_nan() {
            serializer.serialize_str("NaN")
        } else {
            serializer.serialize_f64(self.0.clamp(f64::MIN, f64::MAX))
        }
    }
}

fn by_key(metrics: Vec<MetricSummary>) -> BTreeMap<String, MetricSummary> {
    metrics.into_iter().map(|line| (line.key.clone(), line)).collect()
}

/// The experiment that shows a run. A project that the caller does not see has none.
pub(crate) fn experiment_of<'e>(run: &ShownRun, experiments: &'e [Experiment]) -> Option<&'e Experiment> {
    of_project(experiments, run.experiment()).or_else(|| of_project(experiments, run.project.as_str()))
}
