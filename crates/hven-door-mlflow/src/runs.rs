//! `/runs`: opens, reads and ends runs, and logs to them.

use axum::{Json, extract::State};
use hven_app::{
    App, AppError, Caller, documents,
    external::{close, open},
    labels, metrics,
    ports::run::RunView,
    runs,
};
use hven_core::{RunId, Time, access::Role, limits, number::Number, params::Params, run::ExternalEnd, stream::Point};
use hven_door::{Admitted, DoorState};
use serde_json::{Value, json};

use crate::{
    answer::{Answer, Fault, empty},
    experiment_names::{self, Experiment},
    fields::Fields,
    find_run::{body, find, parse_id, shown, task_of, unknown},
    kept::{self, Collection, change_texts, list},
    logged_models, param_text,
};

/// MLflow has no sign of life between two values, so its runs may be silent for longer than others.
const SILENT_AFTER_S: f64 = 3600.0;
const RUN_NAME: &str = "mlflow.runName";
const PARENT: &str = "mlflow.parentRunId";
const METRICS_MAX: usize = 1000;
const PARAMS_MAX: usize = 100;
const TAGS_MAX: usize = 100;
const ENTITIES_MAX: usize = 1000;
const PARAM_CHARS_MAX: usize = 6000;
const TAG_CHARS_MAX: usize = 8000;
const KEY_CHARS_MAX: usize = 250;

/// Changes the document of a run that is not deleted.
pub(crate) async fn change(
    app: &App,
    caller: &Caller,
    id: &str,
    change: impl FnOnce(&RunView, &mut Params) -> Answer<()>,
) -> Answer<()> {
    let turn = documents::turn(app).await;
    let run = find(app, caller, id, Role::Member).await?;
    require_active(&run)?;
    let mut body = body(app, caller, run.id).await?;
    change(&run, &mut body)?;
    let document = kept::written(Collection::Run, &run.id.to_string(), &run.project, Some(run.id), body);
    Ok(turn.change(caller, vec![document], &[]).await?)
}

fn require_active(run: &RunView) -> Answer<()> {
    if run.archived { Err(Fault::deleted(run.id)) } else { Ok(()) }
}

pub(crate) async fn create(State(door): State<DoorState>, who: Admitted, fields: Fields) -> Answer {
    let (app, caller) = (&door.app, who.caller());
    let id = fields.text("experiment_id")?.unwrap_or_else(|| experiment_names::DEFAULT_ID.to_owned());
    let experiment = experiment_names::by_id(app, caller, &id).await?;
    if experiment.is_deleted() {
        return Err(Fault::invalid(format!(
            "The experiment {id} must be in the 'active' state. Current state is deleted."
        )));
    }
    let new = NewRun::of(&fields)?;
    let own = match new.id {
        None => own_run(app, caller, &experiment, &new).await?,
        Some(_) => None,
    };
    let run = match own {
        Some(own) => own,
        None => open_run(app, caller, &experiment, &new).await?,
    };
    let (run, experiment) = shown(app, caller, &run.to_string()).await?;
    Ok(Json(json!({ "run": run.run(&experiment) })))
}

/// A run as a client asks for it.
struct NewRun {
    /// The id of a run that comes from another store: a field that MLflow does not have.
    id: Option<RunId>,
    name: Option<String>,
    started: Option<Time>,
    body: Params,
    parent: Option<String>,
    program: Option<String>,
}

impl NewRun {
    fn of(fields: &Fields) -> Answer<Self> {
        let tags = fields.pairs("tags")?;
        tags.iter().try_for_each(|(key, value)| check_tag(key, value))?;
        let tag = |name: &str| tags.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        let name = fields.text("run_name")?.filter(|name| !name.trim().is_empty());
        let tagged = tag(RUN_NAME).filter(|name| !name.trim().is_empty());
        if let (Some(name), Some(tagged)) = (&name, &tagged)
            && name != tagged
        {
            let why = format!(
                "Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='{name}', mlflow.runName='{tagged}')."
            );
            return Err(Fault::invalid(why));
        }
        let name = name.or(tagged);
        let (parent, program) = (tag(PARENT), tag("mlflow.source.name"));
        let mut body = Params::new();
        let user = fields.text("user_id")?.or_else(|| tag("mlflow.user")).unwrap_or_default();
        body.insert("user".to_owned(), user.into());
        if let Some(name) = &name {
            body.insert("name".to_owned(), name.clone().into());
        }
        let start_time = fields.int("start_time")?;
        change_texts(&mut body, "tags", |there| there.extend(tags.into_iter().filter(|(key, _)| key != RUN_NAME)));
        let id = fields.text("run_id")?.filter(|id| !id.is_empty());
        let id = id.map(|id| id.parse().map_err(|_| Fault::invalid(format!("Invalid run ID {id:?}")))).transpose()?;
        Ok(Self { id, name, started: start_time.map(time), body, parent, program })
    }
}

fn time(millis: i64) -> Time {
    Time::from_micros(millis.saturating_mul(1000)).clamp(Time::MIN, Time::MAX)
}

/// The run of the process itself, for the first run that a process opens: it is the task that Hven started.
async fn own_run(app: &App, caller: &Caller, experiment: &Experiment, new: &NewRun) -> Answer<Option<RunId>> {
    let Caller::Tracker { attempt, .. } = caller else { return Ok(None) };
    let turn = documents::turn(app).await;
    if kept::one(app, caller, Collection::Attempt, &attempt.to_string()).await?.is_some() {
        return Ok(None);
    }
    let run = find(app, caller, &attempt.run.to_string(), Role::Member).await?;
    let mut body = body(app, caller, run.id).await?;
    // An earlier attempt of the task may have left tags.
    let mut tags = kept::texts(&body, "tags");
    tags.extend(kept::texts(&new.body, "tags"));
    body.extend(new.body.clone());
    kept::set_texts(&mut body, "tags", tags);
    body.insert("experiment".to_owned(), experiment.project.as_str().into());
    let opened = Params::from([
        ("run".to_owned(), run.id.to_string().into()),
        ("experiment".to_owned(), experiment.project.as_str().into()),
    ]);
    let documents = vec![
        kept::written(Collection::Attempt, &attempt.to_string(), &run.project, Some(run.id), opened),
        kept::written(Collection::Run, &run.id.to_string(), &run.project, Some(run.id), body),
    ];
    turn.change(caller, documents, &[]).await?;
    Ok(Some(run.id))
}

/// Opens a run that is reported from elsewhere. One that a process opens later is a child of its run.
async fn open_run(app: &App, caller: &Caller, experiment: &Experiment, new: &NewRun) -> Answer<RunId> {
    let parent = match &new.parent {
        Some(parent) => find(app, caller, parent, Role::Member).await.ok().map(|run| run.id.to_string()),
        None => task_of(caller),
    };
    let fits = |text: &String| limits::line("the name", text, limits::NAME_BYTES_MAX).is_ok();
    let wanted = open::OpenRun {
        id: new.id,
        project: experiment.project.clone(),
        name: new.name.clone().filter(fits),
        source: "mlflow".to_owned(),
        command: new.program.iter().cloned().collect(),
        host: None,
        folder: None,
        started: new.started,
        parent,
        silent_after_s: Some(SILENT_AFTER_S),
        params: Params::new(),
        tags: std::collections::BTreeSet::new(),
    };
    let run = open::open(app, caller, None, wanted).await?;
    let turn = documents::turn(app).await;
    let document = kept::written(Collection::Run, &run.id.to_string(), &run.project, Some(run.id), new.body.clone());
    turn.change(caller, vec![document], &[]).await?;
    Ok(run.id)
}

pub(crate) async fn get(State(door): State<DoorState>, who: Admitted, fields: Fields) -> Answer {
    let (run, experiment) = shown(&door.app, who.caller(), &fields.run_id()?).await?;
    Ok(Json(json!({ "run": run.run(&experiment) })))
}

/// Ends a run, or gives it another name. A run that Hven started ends when its process ends, and a run that has ended stays as it is: the
/// answer says how it is.
pub(crate) async fn update(State(door): State<DoorState>, who: Admitted, fields: Fields) -> Answer {
    let (app, caller) = (&door.app, who.caller());
    let id = fields.run_id()?;
    let run = find(app, caller, &id, Role::Member).await?;
    require_active(&run)?;
    if let Some(name) = fields.text("run_name")?.filter(|name| !name.is_empty()) {
        rename(app, caller, &id, name).await?;
    }
    let end = match fields.text("status")?.as_deref() {
        Some("FINISHED") => Some(ExternalEnd::Done),
        Some("FAILED") => Some(ExternalEnd::Failed { why: String::new() }),
        Some("KILLED") => Some(ExternalEnd::Cancelled),
        None | Some("" | "RUNNING" | "SCHEDULED") => None,
        Some(other) => {
            return Err(Fault::invalid(format!("Invalid value \"{other}\" for parameter 'status' supplied.")));
        }
    };
    if let Some(end) = end
        && run.external().is_some()
        && !run.state.is_final()
    {
        let ended = fields.int("end_time")?.map(time);
        close::close(app, caller, &run.id.to_string(), end, ended).await?;
    }
    let (run, experiment) = shown(app, caller, &id).await?;
    Ok(Json(json!({ "run_info": run.info(&experiment) })))
}

async fn rename(app: &App, caller: &Caller, id: &str, name: String) -> Answer<()> {
    if name.trim().is_empty() {
        return Err(Fault::invalid("Invalid run name: it is empty"));
    }
    change(app, caller, id, |_, body| {
        body.insert("name".to_owned(), name.into());
        Ok(())
    })
    .await
}

pub(crate) async fn delete(State(door): State<DoorState>, who: Admitted, fields: Fields) -> Answer {
    archive(&door.app, who.caller(), &fields, true).await
}

pub(crate) async fn restore(State(door): State<DoorState>, who: Admitted, fields: Fields) -> Answer {
    archive(&door.app, who.caller(), &fields, false).await
}

/// A run that MLflow deletes is archived: lists leave it out, and the record keeps it.
async fn archive(app: &App, caller: &Caller, fields: &Fields, archived: bool) -> Answer {
    let run = find(app, caller, &fields.run_id()?, Role::Member).await?;
    if run.archived == archived {
        let stage = if archived { "active" } else { "deleted" };
        return Err(Fault::invalid(format!("The run {} must be in the '{stage}' state.", run.id)));
    }
    let wanted = labels::LabelChange { archived: Some(archived), ..labels::LabelChange::default() };
    labels::change_labelled(app, caller, &run.id.to_string(), None, wanted).await?;
    Ok(empty())
}

fn check_key(kind: &str, key: &str) -> Answer<()> {
    if key.chars().count() > KEY_CHARS_MAX {
        return Err(Fault::invalid(format!(
            "{kind} key '{key}' had length {}, which exceeded length limit of {KEY_CHARS_MAX}",
            key.chars().count()
        )));
    }
    Ok(())
}

fn check_tag(key: &str, value: &str) -> Answer<()> {
    check_key("Tag", key)?;
    if value.chars().count() > TAG_CHARS_MAX {
        return Err(Fault::invalid(format!(
            "Tag value had length {}, which exceeded length limit of {TAG_CHARS_MAX}",
            value.chars().count()
        )));
    }
    Ok(())
}

fn point(fields: &Fields) -> Answer<Point> {
    let key = fields.required("key")?;
    check_key("Metric", &key)?;
    let millis = fields.int("timestamp")?;
    let millis = millis.ok_or_else(|| Fault::invalid("Missing value for required parameter 'timestamp'."))?;
    Ok(Point {
        value: Number(fields.number("value")?),
        step: fields.int("step")?.unwrap_or(0),
        time_us: time(millis).micros(),
        key,
    })
}

async fn log_points(app: &App, caller: &Caller, id: &str, points: Vec<Point>) -> Answer<()> {
    let run = parse_id(id)?;
    match metrics::log_unless_archived(app, caller, &run.to_string(), points).await {
        Err(AppError::NotFound { .. }) => Err(unknown(id)),
        Err(error) => Err(error.into()),
        Ok(None) => Err(Fault::deleted(run)),
        Ok(Some(_)) => Ok(()),
    }
}

pub(crate) async fn log_metric(State(door): State<DoorState>, who: Admitted, fields: Fields) -> Answer {
    let id = fields.run_id()?;
    let point = point(&fields)?;
    let model = fields.text("model_id")?.filter(|model| !model.is_empty());
    log_points(&door.app, who.caller(), &id, vec![point.clone()]).await?;
    if let Some(model) = model {
        logged_models::note_metric(&door.app, who.caller(), &model, parse_id(&id)?, &point).await?;
    }
    Ok(empty())
}

/// The parameters to log: those that the run does not have. One that it has with another value is refused.
fn new_params(run: &RunView, pairs: Vec<(String, String)>) -> Answer<Params> {
    let mut new = Params::new();
    for (key, value) in pairs {
        check_key("Param", &key)?;
        let length = value.chars().count();
        if length > PARAM_CHARS_MAX {
            return Err(Fault::invalid(format!(
                "Param value '{key}' had length {length}, which exceeded length limit of {PARAM_CHARS_MAX}"
            )));
        }
        let known = run.params.get(&key).or_else(|| new.get(&key)).map(param_text::text);
        match known {
            Some(known) if known == value => {}
            Some(known) => {
                let why = format!(
                    "Changing param values is not allowed. Param with key='{key}' was already logged with value='{known}' for run ID='{}'. Attempted logging new value '{value}'.",
                    run.id
                );
                return Err(Fault::invalid(why));
            }
            None => drop(new.insert(key, param_text::value(&value))),
        }
    }
    Ok(new)
}

async fn log_params(app: &App, caller: &Caller, id: &str, pairs: Vec<(String, String)>) -> Answer<()> {
    let run = find(app, caller, id, Role::Member).await?;
    require_active(&run)?;
    let new = new_params(&run, pairs)?;
    if !new.is_empty() {
        runs::log_params(app, caller, &run.id.to_string(), None, new).await?;
    }
    Ok(())
}

pub(crate) async fn log_parameter(State(door): State<DoorState>, who: Admitted, fields: Fields) -> Answer {
    let pair = (fields.required("key")?, fields.text("value")?.unwrap_or_default());
    log_params(&door.app, who.caller(), &fields.run_id()?, vec![pair]).await?;
    Ok(empty())
}

fn require_count(what: &str, count: usize, most: usize) -> Answer<()> {
    if count <= most {
        return Ok(());
    }
    Err(Fault::invalid(format!(
        "A batch logging request can contain at most {most} {what}. Got {count} {what}. Please split up {what} across multiple requests and try again."
    )))
}

/// Logs metrics, parameters and tags. All of them are checked before any is written.
pub(crate) async fn log_batch(State(door): State<DoorState>, who: Admitted, mut fields: Fields) -> Answer {
    let (app, caller) = (&door.app, who.caller());
    let id = fields.run_id()?;
    let points = fields.take_objects("metrics")?.iter().map(point).collect::<Answer<Vec<_>>>()?;
    let (params, tags) = (fields.pairs("params")?, fields.pairs("tags")?);
    require_count("metrics", points.len(), METRICS_MAX)?;
    require_count("params", params.len(), PARAMS_MAX)?;
    require_count("tags", tags.len(), TAGS_MAX)?;
    require_count("metrics, params, and tags", points.len() + params.len() + tags.len(), ENTITIES_MAX)?;
    tags.iter().try_for_each(|(key, value)| check_tag(key, value))?;
    for point in &points {
        hven_core::stream::check_key(&point.key)?;
    }
    if !params.is_empty() {
        log_params(app, caller, &id, params).await?;
    }
    if !points.is_empty() {
        log_points(app, caller, &id, points).await?;
    }
    if !tags.is_empty() {
        set_tags(app, caller, &id, tags).await?;
    }
    Ok(empty())
}

async fn set_tags(app: &App, caller: &Caller, id: &str, tags: Vec<(String, String)>) -> Answer<()> {
    tags.iter().try_for_each(|(key, value)| check_tag(key, value))?;
    change(app, caller, id, |_, body| {
        for (key, value) in tags {
            if key == RUN_NAME {
                body.insert("name".to_owned(), value.into());
            } else {
                change_texts(body, "tags", |there| drop(there.insert(key, value)));
            }
        }
        Ok(())
    })
    .await
}

pub(crate) async fn set_tag(State(door): State<DoorState>, who: Admitted, fields: Fields) -> Answer {
    let tag = (fields.required("key")?, fields.text("value")?.unwrap_or_default());
    set_tags(&door.app, who.caller(), &fields.run_id()?, vec![tag]).await?;
    Ok(empty())
}

pub(crate) async fn delete_tag(State(door): State<DoorState>, who: Admitted, fields: Fields) -> Answer {
    let (id, key) = (fields.run_id()?, fields.required("key")?);
    change(&door.app, who.caller(), &id, |_, body| {
        let mut was_there = false;
        change_texts(body, "tags", |tags| was_there = tags.remove(&key).is_some());
        let why = || Fault::missing(format!("No tag with name: {key} in run with id {id}"));
        if was_there { Ok(()) } else { Err(why()) }
    })
    .await?;
    Ok(empty())
}

/// Adds entries to a list in the document, each once.
fn add(body: &mut Params, field: &str, entries: Vec<Value>) {
    let mut there = list(body, field);
    for entry in entries {
        if !there.contains(&entry) {
            there.push(entry);
        }
    }
    if !there.is_empty() {
        body.insert(field.to_owned(), there.into());
    }
}

fn values(fields: &Fields, name: &str) -> Answer<Vec<Value>> {
    Ok(fields.objects(name)?.into_iter().map(Fields::into_value).collect())
}

pub(crate) async fn log_inputs(State(door): State<DoorState>, who: Admitted, fields: Fields) -> Answer {
    let (datasets, models) = (values(&fields, "datasets")?, values(&fields, "models")?);
    change(&door.app, who.caller(), &fields.run_id()?, |_, body| {
        add(body, "dataset_inputs", datasets);
        add(body, "model_inputs", models);
        Ok(())
    })
    .await?;
    Ok(empty())
}

pub(crate) async fn outputs(State(door): State<DoorState>, who: Admitted, fields: Fields) -> Answer {
    let models = values(&fields, "models")?;
    change(&door.app, who.caller(), &fields.run_id()?, |_, body| {
        add(body, "model_outputs", models);
        Ok(())
    })
    .await?;
    Ok(empty())
}

/// The model of a client before version 3: it is kept in a tag.
pub(crate) async fn log_model(State(door): State<DoorState>, who: Admitted, fields: Fields) -> Answer {
    const HISTORY: &str = "mlflow.log-model.history";
    let model: Value = serde_json::from_str(&fields.required("model_json")?)
        .map_err(|error| Fault::invalid(format!("Malformed model info: {error}")))?;
    change(&door.app, who.caller(), &fields.run_id()?, |_, body| {
        change_texts(body, "tags", |tags| {
            let before = tags.get(HISTORY).and_then(|text| serde_json::from_str::<Vec<Value>>(text).ok());
            let mut history = before.unwrap_or_default();
            history.push(model);
            tags.insert(HISTORY.to_owned(), Value::from(history).to_string());
        });
        Ok(())
    })
    .await?;
    Ok(empty())
}
