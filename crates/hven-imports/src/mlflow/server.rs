//! A running server of MLflow, read over its REST API.

use std::{
    collections::VecDeque,
    fmt::{self, Write as _},
};

use hven_core::{number::Number, staging::check_path, stream::Point};
use serde_json::{Value, json};

use super::{
    numbers::{point, value},
    store::{
        Details, Experiment, LoggedModel, ModelVersion, PARENT, Pages, RegisteredModel, RunInfo, Status, Store, Texts,
    },
};
use crate::{Artifact, ArtifactBytes, Error, Faults, Result};

/// The calls that a reader needs. All of them only read.
pub trait Api: fmt::Debug {
    fn url(&self) -> &str;
    fn get(&self, path: &str, query: &[(&str, &str)]) -> std::result::Result<Value, ApiFailure>;
    fn search(&self, path: &str, body: &Value) -> std::result::Result<Value, ApiFailure>;
}

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiFailure {
    /// The HTTP status, if the server answered.
    pub status: Option<u16>,
    pub message: String,
}

const API: &str = "/api/2.0/mlflow";
const PAGE_RUNS: u32 = 1000;
const PAGE_POINTS: &str = "25000";
const FOLDERS_MAX: usize = 100_000;

#[derive(Debug)]
pub struct Server<A> {
    api: A,
}

impl<A: Api> Server<A> {
    /// Checks that a server of MLflow answers.
    pub fn open(api: A) -> Result<Self> {
        let server = Self { api };
        let answer = server.search("experiments/search", &json!({ "max_results": 1, "view_type": "ALL" }))?;
        if !answer.is_object() {
            let why = "it answers in another way".to_owned();
            return Err(Error::NotAStore { place: server.api.url().to_owned(), wanted: "server of MLflow", why });
        }
        Ok(server)
    }

    fn failed(&self, failure: ApiFailure) -> Error {
        Error::Server { url: self.api.url().to_owned(), status: failure.status, message: failure.message }
    }

    fn get(&self, route: &str, query: &[(&str, &str)]) -> Result<Value> {
        self.api.get(&format!("{API}/{route}"), query).map_err(|failure| self.failed(failure))
    }

    fn search(&self, route: &str, body: &Value) -> Result<Value> {
        self.api.search(&format!("{API}/{route}"), body).map_err(|failure| self.failed(failure))
    }

    /// All items of a search that answers in pages. A server that does not know the route has none.
    fn all(&self, route: &str, body: &Value, field: &str) -> Result<Vec<Value>> {
        let (mut found, mut body) = (Vec::new(), body.clone());
        loop {
            let mut answer = match self.search(route, &body) {
                Err(Error::Server { status: Some(404 | 405 | 501), .. }) if found.is_empty() => return Ok(found),
                answer => answer?,
            };
            let items = take_list(&mut answer, field);
            let is_empty = items.is_empty();
            found.extend(items);
            match answer["next_page_token"].as_str() {
                Some(next) if !next.is_empty() && !is_empty => body["page_token"] = next.into(),
                _ => return Ok(found),
            }
        }
    }

    fn all_by_get(&self, route: &str, query: &[(&str, &str)], field: &str) -> Result<Vec<Value>> {
        let mut found = Vec::new();
        let mut token = String::new();
        loop {
            let mut query = query.to_vec();
            if !token.is_empty() {
                query.push(("page_token", &token));
            }
            let mut answer = match self.get(route, &query) {
                Err(Error::Server { status: Some(404 | 405 | 501), .. }) if found.is_empty() => return Ok(found),
                answer => answer?,
            };
            let items = take_list(&mut answer, field);
            let is_empty = items.is_empty();
            found.extend(items);
            match answer["next_page_token"].as_str() {
                Some(next) if !next.is_empty() && !is_empty => next.clone_into(&mut token),
                _ => return Ok(found),
            }
        }
    }

    /// Lists the folders of a run, or of a model, and makes an [`Artifact`] of each file.
    fn files(
        list: impl Fn(&str) -> Result<Vec<Value>>,
        make: impl Fn(&str) -> ArtifactBytes,
        before: &str,
        faults: &mut Faults,
    ) -> Result<Vec<Artifact>> {
        let mut found = Vec::new();
        let mut folders = vec![String::new()];
        let mut listed = 0;
        while let Some(folder) = folders.pop() {
            listed += 1;
            if listed > FOLDERS_MAX {
                faults.add("files", folder, "there are too many folders");
                break;
            }
            for entry in list(&folder)? {
                let path = entry["path"].as_str().unwrap_or_default().to_owned();
                // A folder that lists itself would have no end.
                if !folder.is_empty() && !path.starts_with(&format!("{folder}/")) {
                    faults.add("files", path, "the server lists them in a folder where they are not");
                } else if let Err(why) = check_path(&format!("{before}{path}")) {
                    faults.add("files", path, format!("the path {why}"));
                } else if entry["is_dir"].as_bool().unwrap_or(false) {
                    folders.push(path);
                } else {
                    found.push(Artifact { bytes: make(&path), path: format!("{before}{path}") });
                }
            }
        }
        found.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(found)
    }
}

impl<A: Api> Store for Server<A> {
    fn experiments(&self, _: &mut Faults) -> Result<Vec<Experiment>> {
        let found =
            self.all("experiments/search", &json!({ "max_results": PAGE_RUNS, "view_type": "ALL" }), "experiments")?;
        let mut experiments: Vec<Experiment> = found
            .iter()
            .map(|experiment| Experiment {
                id: text(&experiment["experiment_id"]).unwrap_or_default(),
                name: text(&experiment["name"]).unwrap_or_default(),
                is_deleted: experiment["lifecycle_stage"] == "deleted",
                tags: texts(&experiment["tags"]),
            })
            .collect();
        experiments.sort_by(|a, b| (a.id.len(), &a.id).cmp(&(b.id.len(), &b.id)));
        Ok(experiments)
    }

    fn runs(&self, experiment: &Experiment, faults: &mut Faults) -> Result<Vec<RunInfo>> {
        let body = json!({
            "experiment_ids": [experiment.id], "run_view_type": "ALL", "max_results": PAGE_RUNS,
            "order_by": ["attributes.start_time ASC"],
        });
        let found = self.all("runs/search", &body, "runs")?;
        let mut runs = Vec::with_capacity(found.len());
        for run in found {
            let info = &run["info"];
            let id = text(&info["run_id"]).or_else(|| text(&info["run_uuid"])).unwrap_or_default();
            let word = text(&info["status"]).unwrap_or_default();
            let Some(status) = Status::of_word(&word) else {
                faults.add("runs", id, format!("their status {word:?} is none of MLflow"));
                continue;
            };
            runs.push(RunInfo {
                id,
                experiment: experiment.id.clone(),
                name: text(&info["run_name"]).filter(|name| !name.trim().is_empty()),
                user: text(&info["user_id"]).filter(|user| !user.is_empty()),
                status,
                started: int(&info["start_time"]),
                ended: int(&info["end_time"]).filter(|ended| *ended != 0),
                is_deleted: info["lifecycle_stage"] == "deleted",
                artifact_uri: text(&info["artifact_uri"]).unwrap_or_default(),
                parent: texts(&run["data"]["tags"]).remove(PARENT).filter(|parent| !parent.is_empty()),
            });
        }
        Ok(runs)
    }

    fn details(&self, run: &RunInfo, _: &mut Faults) -> Result<Details> {
        let mut answer = self.get("runs/get", &[("run_id", &run.id)])?;
        let run = &mut answer["run"];
        Ok(Details {
            params: texts(&run["data"]["params"]),
            tags: texts(&run["data"]["tags"]),
            datasets: take_list(&mut run["inputs"], "dataset_inputs"),
            model_inputs: take_list(&mut run["inputs"], "model_inputs"),
            model_outputs: take_list(&mut run["outputs"], "model_outputs"),
        })
    }

    fn points<'s>(&'s self, run: &'s RunInfo) -> Result<Box<dyn Pages + 's>> {
        let answer = self.get("runs/get", &[("run_id", &run.id)])?;
        let metrics = answer["run"]["data"]["metrics"].as_array().cloned().unwrap_or_default();
        let keys = metrics.iter().filter_map(|metric| text(&metric["key"])).collect();
        Ok(Box::new(History { server: self, run: &run.id, keys, token: None }))
    }

    fn artifacts(&self, run: &RunInfo, faults: &mut Faults) -> Result<Vec<Artifact>> {
        let proxied =
            run.artifact_uri.strip_prefix("mlflow-artifacts:").map(|place| place.trim_matches('/').to_owned());
        let list = |folder: &str| {
            let mut query = vec![("run_id", run.id.as_str())];
            if !folder.is_empty() {
                query.push(("path", folder));
            }
            self.all_by_get("artifacts/list", &query, "files")
        };
        let make = |path: &str| match &proxied {
            Some(place) => {
                ArtifactBytes::Remote { path: below_artifacts(&format!("{place}/{path}")), query: Vec::new() }
            }
            None => ArtifactBytes::Remote {
                path: "/get-artifact".to_owned(),
                query: vec![("run_uuid".to_owned(), run.id.clone()), ("path".to_owned(), path.to_owned())],
            },
        };
        Self::files(list, make, "", faults)
    }

    fn logged_models(&self, experiment: &Experiment, _: &mut Faults) -> Result<Vec<LoggedModel>> {
        let found = self.all(
            "logged-models/search",
            &json!({ "experiment_ids": [experiment.id], "max_results": 50 }),
            "models",
        )?;
        let model = |model: Value| {
            let (info, data) = (&model["info"], &model["data"]);
            LoggedModel {
                id: text(&info["model_id"]).unwrap_or_default(),
                name: text(&info["name"]).unwrap_or_default(),
                run: text(&info["source_run_id"]).filter(|run| !run.is_empty()),
                model_type: text(&info["model_type"]).filter(|kind| !kind.is_empty()),
                status: text(&info["status"]).unwrap_or_else(|| "LOGGED_MODEL_PENDING".to_owned()),
                created: int(&info["creation_timestamp_ms"]),
                artifact_uri: text(&info["artifact_uri"]).unwrap_or_default(),
                params: texts(&data["params"]),
                tags: texts(&info["tags"]),
            }
        };
        let mut models: Vec<LoggedModel> = found.into_iter().map(model).collect();
        models.sort_by(|a, b| (a.created, &a.id).cmp(&(b.created, &b.id)));
        Ok(models)
    }

    fn model_artifacts(&self, model: &LoggedModel, before: &str, faults: &mut Faults) -> Result<Vec<Artifact>> {
        let proxied = model.artifact_uri.strip_prefix("mlflow-artifacts:").map(|place| place.trim_matches('/'));
        let route = format!("logged-models/{}/artifacts/directories", escape(&model.id));
        let list = |folder: &str| {
            let query = if folder.is_empty() { Vec::new() } else { vec![("artifact_directory_path", folder)] };
            self.all_by_get(&route, &query, "files")
        };
        let make = |path: &str| match proxied {
            Some(place) => {
                ArtifactBytes::Remote { path: below_artifacts(&format!("{place}/{path}")), query: Vec::new() }
            }
            // The route of MLflow's own pages: the server reads the file from its store.
            None => ArtifactBytes::Remote {
                path: format!("/ajax-api/2.0/mlflow/logged-models/{}/artifacts/files", escape(&model.id)),
                query: vec![("artifact_file_path".to_owned(), path.to_owned())],
            },
        };
        Self::files(list, make, before, faults)
    }

    fn registered_models(&self, _: &mut Faults) -> Result<Vec<RegisteredModel>> {
        let mut models = Vec::new();
        for model in self.all_by_get("registered-models/search", &[("max_results", "100")], "registered_models")? {
            let name = text(&model["name"]).unwrap_or_default();
            let filter = format!("name = '{}'", name.replace('\'', "''"));
            let versions = self.all_by_get(
                "model-versions/search",
                &[("filter", &filter), ("max_results", "1000")],
                "model_versions",
            )?;
            let mut versions: Vec<ModelVersion> = versions.iter().map(version).collect();
            versions.sort_by_key(|version| version.number);
            let aliases = model["aliases"].as_array().into_iter().flatten();
            models.push(RegisteredModel {
                description: text(&model["description"]).filter(|text| !text.is_empty()),
                tags: texts(&model["tags"]),
                aliases: aliases
                    .filter_map(|alias| Some((text(&alias["alias"])?, text(&alias["version"])?.parse().ok()?)))
                    .collect(),
                versions,
                name,
            });
        }
        Ok(models)
    }

    fn not_imported(&self, _: &mut Faults) -> Result<()> {
        Ok(())
    }
}

/// The histories of the metrics of a run, one after the other.
struct History<'s, A> {
    server: &'s Server<A>,
    run: &'s str,
    keys: VecDeque<String>,
    /// The next page of the first metric.
    token: Option<String>,
}

impl<A: Api> Pages for History<'_, A> {
    fn next(&mut self, faults: &mut Faults) -> Result<Vec<Point>> {
        let mut points = Vec::new();
        while points.is_empty() {
            let Some(key) = self.keys.front() else { return Ok(points) };
            let mut query = vec![("run_id", self.run), ("metric_key", key.as_str()), ("max_results", PAGE_POINTS)];
            if let Some(token) = &self.token {
                query.push(("page_token", token));
            }
            let mut answer = self.server.get("metrics/get-history", &query)?;
            let metrics = take_list(&mut answer, "metrics");
            for metric in &metrics {
                match (number(&metric["value"]), int(&metric["timestamp"])) {
                    (Some(value), Some(millis)) => {
                        points.push(point(key.clone(), value, int(&metric["step"]).unwrap_or_default(), millis));
                    }
                    _ => faults.add("points", key.as_str(), "their value or time is no number"),
                }
            }
            let next = answer["next_page_token"].as_str().filter(|token| !token.is_empty() && !metrics.is_empty());
            self.token = next.map(str::to_owned);
            if self.token.is_none() {
                self.keys.pop_front();
            }
        }
        Ok(points)
    }
}

fn version(version: &Value) -> ModelVersion {
    ModelVersion {
        number: text(&version["version"]).and_then(|number| number.parse().ok()).unwrap_or_default(),
        source: text(&version["source"]).unwrap_or_default(),
        run: text(&version["run_id"]).filter(|run| !run.is_empty()),
        description: text(&version["description"]).filter(|text| !text.is_empty()),
        stage: text(&version["current_stage"]).filter(|stage| !stage.is_empty() && stage != "None"),
        tags: texts(&version["tags"]),
    }
}

/// The route for the bytes of a file that the server keeps for its clients.
fn below_artifacts(place: &str) -> String {
    format!("/api/2.0/mlflow-artifacts/artifacts/{}", place.split('/').map(escape).collect::<Vec<_>>().join("/"))
}

/// A part of a path of an address.
fn escape(part: &str) -> String {
    let mut escaped = String::with_capacity(part.len());
    for byte in part.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            escaped.push(byte.into());
        } else {
            // Writing into a text cannot fail.
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

fn take_list(answer: &mut Value, field: &str) -> Vec<Value> {
    match answer.get_mut(field).map(Value::take) {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn int(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().map(|number| number as i64)),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// A number, or a word for one that JSON does not have.
fn number(stored: &Value) -> Option<f64> {
    serde_json::from_value::<Number>(stored.clone()).ok().map(|number| value(number.0))
}

fn texts(value: &Value) -> Texts {
    let pairs = value.as_array().into_iter().flatten();
    pairs.filter_map(|pair| Some((text(&pair["key"])?, text(&pair["value"]).unwrap_or_default()))).collect()
}
