//! Runs as MLflow writes them.

use std::collections::BTreeMap;

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
use serde_json::{Value, json};

use crate::{
    experiment_names::{Experiment, of_project},
    kept::{list, pairs, text, texts},
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

    /// The project whose experiment shows it: that of the run, or the one that the script of a task named.
    pub(crate) fn experiment(&self) -> ProjectPath {
        let named = text(&self.body, "experiment").and_then(|path| path.parse().ok());
        named.unwrap_or_else(|| self.project.clone())
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
    pub(crate) fn info(&self, experiment: &Experiment) -> Value {
        let mut info = json!({
            "run_uuid": self.id.to_string(),
            "run_id": self.id.to_string(),
            "experiment_id": experiment.id,
            "run_name": self.name(),
            "user_id": self.user(),
            "status": self.status(),
            "start_time": self.start_time(),
            "artifact_uri": self.artifact_uri(experiment),
            "lifecycle_stage": if self.is_deleted() { "deleted" } else { "active" },
        });
        if let Some(ended) = self.end_time() {
            info["end_time"] = ended.into();
        }
        info
    }

    /// `Run` of MLflow. Lists without entries are left out.
    pub(crate) fn run(&self, experiment: &Experiment) -> Value {
        let mut data = json!({ "tags": pairs(&self.tags()) });
        if !self.metrics.is_empty() {
            data["metrics"] = self.metrics.values().map(last_metric).collect();
        }
        if !self.params.is_empty() {
            let param = |(key, value): (&String, &Value)| json!({ "key": key, "value": param_text::text(value) });
            data["params"] = self.params.iter().map(param).collect();
        }
        let mut run = json!({ "info": self.info(experiment), "data": data, "inputs": {} });
        for (place, field) in [("inputs", "dataset_inputs"), ("inputs", "model_inputs"), ("outputs", "model_outputs")] {
            let entries = list(&self.body, field);
            if !entries.is_empty() {
                run[place][field] = entries.into();
            }
        }
        run
    }
}

fn by_key(metrics: Vec<MetricSummary>) -> BTreeMap<String, MetricSummary> {
    metrics.into_iter().map(|line| (line.key.clone(), line)).collect()
}

fn last_metric(line: &MetricSummary) -> Value {
    metric(&line.key, line.last.0, line.last_time.micros(), line.last_step)
}

/// `Metric` of MLflow.
pub(crate) fn metric(key: &str, value: f64, time_us: i64, step: i64) -> Value {
    json!({ "key": key, "value": number(value), "timestamp": time_us / 1000, "step": step })
}

/// A number as MLflow writes it: NaN as a text, infinities as the largest finite numbers.
pub(crate) fn number(value: f64) -> Value {
    if value.is_nan() { "NaN".into() } else { value.clamp(f64::MIN, f64::MAX).into() }
}

/// The experiment that shows a run. A project that the caller does not see has none.
pub(crate) fn experiment_of<'e>(run: &ShownRun, experiments: &'e [Experiment]) -> Option<&'e Experiment> {
    of_project(experiments, &run.experiment()).or_else(|| of_project(experiments, &run.project))
}
