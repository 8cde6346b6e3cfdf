//! `/logged-models`: models that runs made. Their files are outputs of the run.

use std::collections::{BTreeMap, BTreeSet};

use axum::{
    Json,
    extract::{Path, State},
};
use hven_app::{
    App, AppError, Caller, documents,
    external::{close, open},
    ports::documents::DocumentView,
};
use hven_core::{RunId, access::Role, params::Params, run::ExternalEnd};
use hven_door::{Admitted, DoorState};
use serde_json::{Value, json};

use crate::{
    answer::{Answer, Fault, empty},
    experiment_names::{self, Experiment, of_project},
    fields::Fields,
    filter,
    find_run::{find, task_of},
    kept::{self, Collection, change_texts, list, millis, pairs, text, texts},
    name_filter::{self, Searched},
    pages::{self, PageWanted},
    run_json::MetricValue,
};

const PAGE_USUAL: usize = 100;
const PAGE_MAX: usize = 1000;

/// The run whose outputs are the files of a model.
pub(crate) fn run_of(body: &Params) -> Option<RunId> {
    text(body, "run").and_then(|run| run.parse().ok())
}

/// Where the files of a model are.
pub(crate) fn artifact_uri(id: &str, experiment: &Experiment) -> String {
    format!("{}/models/{id}/artifacts", experiment.location())
}

fn missing(id: &str) -> Fault {
    Fault::missing(format!("Logged model with ID '{id}' not found."))
}

/// A logged model with its experiment.
struct Model {
    id: String,
    body: Params,
    experiment: Experiment,
    updated: i64,
}

impl Model {
    fn of(view: DocumentView, experiments: &[Experiment]) -> Option<Self> {
        let experiment = of_project(experiments, text(&view.kept.body, "experiment")?)?.clone();
        let updated = view.time.micros() / 1000;
        Some(Self { id: view.kept.document.id, body: view.kept.body, experiment, updated })
    }

    fn shown(&self) -> Value {
        let mut info = json!({
            "model_id": self.id,
            "experiment_id": self.experiment.id,
            "name": text(&self.body, "name").unwrap_or_default(),
            "creation_timestamp_ms": millis(&self.body, "created").unwrap_or_default(),
            "last_updated_timestamp_ms": self.updated,
            "artifact_uri": artifact_uri(&self.id, &self.experiment),
            "status": text(&self.body, "status").unwrap_or("LOGGED_MODEL_PENDING"),
            "model_type": text(&self.body, "model_type").unwrap_or_default(),
        });
        if let Some(source) = text(&self.body, "source_run_id") {
            info["source_run_id"] = source.into();
        }
        // Not of MLflow, whose clients ignore it: the run whose outputs are the files.
        if let Some(run) = text(&self.body, "run") {
            info["hven_run"] = run.into();
        }
        let tags = texts(&self.body, "tags");
        if !tags.is_empty() {
            info["tags"] = pairs(&tags);
        }
        let mut data = json!({});
        let params = texts(&self.body, "params");
        if !params.is_empty() {
            data["params"] = pairs(&params);
        }
        let metrics = list(&self.body, "metrics");
        if !metrics.is_empty() {
            data["metrics"] = metrics.into();
        }
        json!({ "info": info, "data": data })
    }
}

impl Searched for Model {
    const ATTRIBUTES: &'static [&'static str] = &[
        "name",
        "model_id",
        "model_type",
        "status",
        "source_run_id",
        "creation_timestamp",
        "creation_time",
        "last_updated_timestamp",
    ];

    fn attribute(&self, key: &str) -> Option<String> {
        match key {
            "model_id" => Some(self.id.clone()),
            "creation_timestamp" | "creation_time" => millis(&self.body, "created").map(|time| time.to_string()),
            "last_updated_timestamp" => Some(self.updated.to_string()),
            "status" => text(&self.body, "status").map(|status| status.trim_start_matches("LOGGED_MODEL_").to_owned()),
            key => text(&self.body, key).map(str::to_owned),
        }
    }

    fn tags(&self) -> BTreeMap<String, String> {
        texts(&self.body, "tags")
    }

    fn params(&self) -> BTreeMap<String, String> {
        texts(&self.body, "params")
    }

    fn metric(&self, key: &str) -> Option<f64> {
        let metrics = list(&self.body, "metrics");
        metrics.iter().rev().find(|metric| metric["key"] == key)?["value"].as_f64()
    }
}

/// The model with an id.
async fn load(app: &App, caller: &Caller, id: &str) -> Answer<(DocumentView, Model)> {
    let view = kept::one(app, caller, Collection::LoggedModel, id).await?.ok_or_else(|| missing(id))?;
    let experiments = experiment_names::all(app, caller).await?;
    let model = Model::of(view.clone(), &experiments).ok_or_else(|| missing(id))?;
    Ok((view, model))
}

fn answer(model: &Model) -> Json<Value> {
    Json(json!({ "model": model.shown() }))
}

pub(crate) async fn create(State(door): State<DoorState>, who: Admitted, fields: Fields) -> Answer {
    let (app, caller) = (&door.app, who.caller());
    let experiment = experiment_names::by_id(app, caller, &fields.required("experiment_id")?).await?;
    let name = fields.text("name")?.filter(|name| !name.is_empty()).unwrap_or_else(|| "model".to_owned());
    if name.contains(['/', ':', '.', '%', '"', '\'']) {
        let why = "Model name cannot contain the following characters: '/', ':', '.', '%', '\"', \"'\"";
        return Err(Fault::invalid(format!("Invalid model name ({name:?}) provided. {why}")));
    }
    let source = fields.text("source_run_id")?.filter(|id| !id.is_empty());
    let id = wanted_id(app, caller, &fields).await?;
    // The run is not deleted before its model is kept.
    let turn = documents::turn(app).await;
    let (run, project) = match &source {
        Some(source) => {
            let run = find(app, caller, source, Role::Member).await?;
            (run.id, run.project)
        }
        None => (open_holder(app, caller, &experiment, &name).await?, experiment.project.clone()),
    };
    // A model that comes from another store was made earlier.
    let created = fields.int("creation_timestamp_ms")?.unwrap_or(app.now().micros() / 1000);
    let mut body = Params::from([
        ("name".to_owned(), name.into()),
        ("experiment".to_owned(), experiment.project.as_str().into()),
        ("run".to_owned(), run.to_string().into()),
        ("status".to_owned(), "LOGGED_MODEL_PENDING".into()),
        ("created".to_owned(), created.into()),
    ]);
    if let Some(source) = source {
        body.insert("source_run_id".to_owned(), source.into());
    }
    if let Some(model_type) = fields.text("model_type")? {
        body.insert("model_type".to_owned(), model_type.into());
    }
    let (tags, params) = (fields.pairs("tags")?, fields.pairs("params")?);
    change_texts(&mut body, "tags", |there| there.extend(tags));
    change_texts(&mut body, "params", |there| there.extend(params));
    let document = kept::written(Collection::LoggedModel, &id, &project, Some(run), body);
    turn.change(caller, vec![document], &[]).await?;
    drop(turn);
    Ok(answer(&load(app, caller, &id).await?.1))
}

/// The id of a model that comes from another store (a field that MLflow does not have), or a new one.
async fn wanted_id(app: &App, caller: &Caller, fields: &Fields) -> Answer<String> {
    let Some(id) = fields.text("model_id")?.filter(|id| !id.is_empty()) else { return new_id() };
    if !id.strip_prefix("m-").is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|c| c.is_ascii_hexdigit())) {
        return Err(Fault::invalid(format!("Invalid model ID {id:?}: it is `m-` and 32 hexadecimal digits")));
    }
    if kept::one(app, caller, Collection::LoggedModel, &id).await?.is_some() {
        return Err(Fault::exists(format!("Logged model with ID '{id}' already exists.")));
    }
    Ok(id)
}

/// The id of a new model: `m-` and 32 hexadecimal digits.
fn new_id() -> Answer<String> {
    let mut random = [0_u8; 16];
    getrandom::fill(&mut random).map_err(|error| AppError::Busy(format!("no random numbers: {error}")))?;
    Ok(format!("m-{:032x}", u128::from_le_bytes(random)))
}

/// Opens a run that holds the files of a model that no run made.
async fn open_holder(app: &App, caller: &Caller, experiment: &Experiment, name: &str) -> Answer<RunId> {
    let wanted = open::OpenRun {
        id: None,
        project: experiment.project.clone(),
        name: Some(format!("model-{name}").chars().take(100).collect()),
        source: "mlflow".to_owned(),
        command: Vec::new(),
        host: None,
        folder: None,
        started: None,
        parent: task_of(caller),
        silent_after_s: None,
        params: Params::new(),
        tags: BTreeSet::new(),
    };
    Ok(open::open(app, caller, None, wanted).await?.id)
}

/// Changes the document of a model.
async fn change(
    app: &App,
    caller: &Caller,
    id: &str,
    change: impl FnOnce(&mut Params) -> Answer<()>,
) -> Answer<Params> {
    let turn = documents::turn(app).await;
    let (view, _) = load(app, caller, id).await?;
    let mut body = view.kept.body;
    change(&mut body)?;
    let document = kept::written(Collection::LoggedModel, id, &view.kept.project, view.kept.run, body.clone());
    turn.change(caller, vec![document], &[]).await?;
    Ok(body)
}

pub(crate) async fn get(State(door): State<DoorState>, who: Admitted, Path(id): Path<String>) -> Answer {
    Ok(answer(&load(&door.app, who.caller(), &id).await?.1))
}

/// Says that the files of a model are complete, or that they are not.
pub(crate) async fn finalize(
    State(door): State<DoorState>,
    who: Admitted,
    Path(id): Path<String>,
    fields: Fields,
) -> Answer {
    let (app, caller) = (&door.app, who.caller());
    let status = fields.required("status")?;
    let end = match status.as_str() {
        "LOGGED_MODEL_READY" => Some(ExternalEnd::Done),
        "LOGGED_MODEL_UPLOAD_FAILED" => {
            Some(ExternalEnd::Failed { why: "the files of the model were not uploaded".to_owned() })
        }
        "LOGGED_MODEL_PENDING" => None,
        _ => return Err(Fault::invalid(format!("Invalid value \"{status}\" for parameter 'status' supplied."))),
    };
    let body = change(app, caller, &id, |body| {
        body.insert("status".to_owned(), status.clone().into());
        Ok(())
    })
    .await?;
    // A run that only holds the files has no client that ends it.
    if let (Some(end), Some(run), None) = (end, run_of(&body), text(&body, "source_run_id")) {
        close::close(app, caller, &run.to_string(), end, None).await?;
    }
    Ok(answer(&load(app, caller, &id).await?.1))
}

pub(crate) async fn delete(State(door): State<DoorState>, who: Admitted, Path(id): Path<String>) -> Answer {
    let (app, caller) = (&door.app, who.caller());
    let turn = documents::turn(app).await;
    let (view, _) = load(app, caller, &id).await?;
    turn.change(caller, Vec::new(), &[view]).await?;
    Ok(empty())
}

pub(crate) async fn set_tags(
    State(door): State<DoorState>,
    who: Admitted,
    Path(id): Path<String>,
    fields: Fields,
) -> Answer {
    let tags = fields.pairs("tags")?;
    change(&door.app, who.caller(), &id, |body| {
        change_texts(body, "tags", |there| there.extend(tags));
        Ok(())
    })
    .await?;
    Ok(empty())
}

pub(crate) async fn delete_tag(
    State(door): State<DoorState>,
    who: Admitted,
    Path((id, key)): Path<(String, String)>,
) -> Answer {
    change(&door.app, who.caller(), &id, |body| {
        let mut was_there = false;
        change_texts(body, "tags", |tags| was_there = tags.remove(&key).is_some());
        let why = || Fault::missing(format!("No tag with key '{key}' for model with ID '{id}'."));
        if was_there { Ok(()) } else { Err(why()) }
    })
    .await?;
    Ok(empty())
}

pub(crate) async fn log_params(
    State(door): State<DoorState>,
    who: Admitted,
    Path(id): Path<String>,
    fields: Fields,
) -> Answer {
    let params = fields.pairs("params")?;
    change(&door.app, who.caller(), &id, |body| {
        change_texts(body, "params", |there| there.extend(params));
        Ok(())
    })
    .await?;
    Ok(empty())
}

pub(crate) async fn search(State(door): State<DoorState>, who: Admitted, fields: Fields) -> Answer {
    let (app, caller) = (&door.app, who.caller());
    let conditions = filter::read(&fields.text("filter")?.unwrap_or_default())?;
    name_filter::check::<Model>(&conditions)?;
    let page = PageWanted::of(&fields, PAGE_USUAL, PAGE_MAX)?;
    let ids = fields.texts("experiment_ids")?;
    let experiments = experiment_names::all(app, caller).await?;
    let mut all: Vec<Model> = kept::all(app, caller, Collection::LoggedModel, None, None)
        .await?
        .into_iter()
        .filter_map(|view| Model::of(view, &experiments))
        .filter(|model| ids.contains(&model.experiment.id) && name_filter::meets(model, &conditions))
        .collect();
    all.sort_by(|a, b| millis(&b.body, "created").cmp(&millis(&a.body, "created")).then_with(|| a.id.cmp(&b.id)));
    let orders = orders(&fields)?;
    name_filter::sort(&mut all, &orders)?;
    let (models, next) = page.cut(all);
    Ok(pages::answer("models", models.iter().map(Model::shown).collect(), next))
}

/// The orders of this search are objects: `{"field_name": "metrics.acc", "ascending": false}`.
fn orders(fields: &Fields) -> Answer<Vec<String>> {
    let order = |by: &Fields| {
        let direction = if by.text("ascending").is_ok() || by.is_true("ascending")? { "ASC" } else { "DESC" };
        Ok(format!("{} {direction}", by.required("field_name")?))
    };
    fields.objects("order_by")?.iter().map(order).collect()
}

/// Notes the value of a metric of a run for the model that it was measured on.
pub(crate) async fn note_metric(
    app: &App,
    caller: &Caller,
    id: &str,
    run: RunId,
    point: &hven_core::stream::Point,
) -> Answer<()> {
    change(app, caller, id, |body| {
        let mut metrics = list(body, "metrics");
        metrics.push(json!({
            "key": point.key, "value": MetricValue(point.value.0), "timestamp": point.time_us / 1000, "step": point.step,
            "model_id": id, "run_id": run.to_string(),
        }));
        body.insert("metrics".to_owned(), metrics.into());
        Ok(())
    })
    .await
    .map(drop)
}
