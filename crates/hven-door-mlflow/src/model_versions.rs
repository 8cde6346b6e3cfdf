//! `/model-versions`: the versions of registered models.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use hven_app::{App, Caller, documents};
use hven_core::params::Params;
use hven_door::{Admitted, DoorState};
use serde_json::{Value, json};

use crate::{
    answer::{Answer, Fault, empty},
    experiment_names,
    fields::Fields,
    filter,
    find_run::shown as shown_run,
    kept::{self, Collection, change_texts, text},
    logged_models, name_filter,
    pages::{self, PageWanted},
    registry::{self, Model, Version, now, number, stage},
};

const PAGE_USUAL: usize = 10_000;
const PAGE_MAX: usize = 200_000;
async fn answer(app: &App, caller: &Caller, name: &str, number: u64) -> Answer {
    let model = registry::model(app, caller, name).await?;
    let version = registry::version(app, caller, name, number).await?;
    Ok(Json(json!({ "model_version": version.shown(&model) })))
}

pub(crate) async fn create(State(door): State<DoorState>, who: Admitted, fields: Fields) -> Answer {
    let (app, caller) = (&door.app, who.caller());
    let (name, source) = (fields.required("name")?, fields.required("source")?);
    let source_model = source.strip_prefix("models:/").filter(|id| id.starts_with("m-")).map(str::to_owned);
    let model_id = fields.text("model_id")?.filter(|id| !id.is_empty()).or(source_model);
    let mut body = Params::from([("created".to_owned(), now(app)), ("updated".to_owned(), now(app))]);
    let location = location(app, caller, &source).await?;
    body.insert("source".to_owned(), source.into());
    body.insert("location".to_owned(), location.into());
    let mut run_id = fields.text("run_id")?.filter(|id| !id.is_empty());
    if let Some(model) = &model_id {
        let model = kept::one(app, caller, Collection::LoggedModel, model).await?;
        let model = model.ok_or_else(|| {
            Fault::missing(format!("Logged model with ID '{}' not found.", model_id.as_deref().unwrap_or_default()))
        })?;
        run_id = run_id.or_else(|| text(&model.kept.body, "source_run_id").map(str::to_owned));
    }
    for (field, value) in [
        ("run_id", run_id),
        ("run_link", fields.text("run_link")?),
        ("description", fields.text("description")?),
        ("model_id", model_id),
    ] {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            body.insert(field.to_owned(), value.into());
        }
    }
    let tags = fields.pairs("tags")?;
    change_texts(&mut body, "tags", |there| there.extend(tags));
    let turn = documents::turn(app).await;
    let model = registry::model(app, caller, &name).await?;
    let newest = registry::versions(app, caller, &name).await?.last().map_or(0, |version| version.number);
    // A number is never given twice, also after the newest version was deleted.
    let given = model.view.kept.body.get("versions").and_then(Value::as_u64).unwrap_or(0).max(newest);
    let number = match fields.int("version")? {
        None => given + 1,
        Some(wanted) => wanted_number(app, caller, &name, wanted).await?,
    };
    let mut of_model = model.view.kept.body.clone();
    of_model.insert("versions".to_owned(), number.max(given).into());
    of_model.insert("updated".to_owned(), now(app));
    let written = vec![
        kept::written(
            Collection::ModelVersion,
            &registry::version_id(&name, number),
            &model.view.kept.project,
            None,
            body,
        ),
        registry::written(&model, of_model),
    ];
    turn.change(caller, written, &[]).await?;
    drop(turn);
    answer(app, caller, &name, number).await
}

/// The number of a version that comes from another store: a field that MLflow does not have.
async fn wanted_number(app: &App, caller: &Caller, name: &str, wanted: i64) -> Answer<u64> {
    let number = u64::try_from(wanted).ok().filter(|number| *number > 0);
    let number = number.ok_or_else(|| Fault::invalid(format!("Invalid version {wanted}: versions are 1, 2, 3, …")))?;
    if kept::one(app, caller, Collection::ModelVersion, &registry::version_id(name, number)).await?.is_some() {
        return Err(Fault::exists(format!("Model Version (name={name}, version={number}) already exists.")));
    }
    Ok(number)
}

/// Where the files of a source are: of a logged model, of a path in a run, or of another version; any other source is a place itself.
async fn location(app: &App, caller: &Caller, source: &str) -> Answer<String> {
    if let Some(of) = source.strip_prefix("models:/") {
        if let Some((name, version)) = of.rsplit_once('/') {
            let number = version.parse().map_err(|_| Fault::invalid(format!("Invalid model source: '{source}'.")))?;
            let version = registry::version(app, caller, name, number).await?;
            return Ok(text(&version.view.kept.body, "location").unwrap_or_default().to_owned());
        }
        let missing = || Fault::missing(format!("Logged model with ID '{of}' not found."));
        let model = kept::one(app, caller, Collection::LoggedModel, of).await?.ok_or_else(missing)?;
        let project = text(&model.kept.body, "experiment").ok_or_else(missing)?;
        let experiments = experiment_names::all(app, caller).await?;
        let experiment = experiment_names::of_project(&experiments, project).ok_or_else(missing)?;
        return Ok(logged_models::artifact_uri(of, experiment));
    }
    if let Some(of) = source.strip_prefix("runs:/") {
        let (run, path) = of.split_once('/').unwrap_or((of, ""));
        let (run, experiment) = shown_run(app, caller, run).await?;
        return Ok(format!("{}/{path}", run.artifact_uri(&experiment)));
    }
    Ok(source.to_owned())
}

/// Changes a version.
async fn change(
    app: &App,
    caller: &Caller,
    fields: &Fields,
    change: impl FnOnce(&mut Params) -> Answer<()>,
) -> Answer<(String, u64)> {
    let (name, number) = (fields.required("name")?, number(fields)?);
    let turn = documents::turn(app).await;
    let version = registry::version(app, caller, &name, number).await?;
    let mut body = version.view.kept.body.clone();
    change(&mut body)?;
    let document = kept::written(
        Collection::ModelVersion,
        &registry::version_id(&name, number),
        &version.view.kept.project,
        None,
        body,
    );
    turn.change(caller, vec![document], &[]).await?;
    Ok((name, number))
}

pub(crate) async fn get(State(door): State<DoorState>, who: Admitted, fields: Fields) -> Answer {
    answer(&door.app, who.caller(), &fields.required("name")?, number(&fields)?).await
}

pub(crate) async fn update(State(door): State<DoorState>, who: Admitted, fields: Fields) -> Answer {
    let (app, caller) = (&door.app, who.caller());
    let description = fields.text("description")?.unwrap_or_default();
    let (name, number) = change(app, caller, &fields, |body| {
        body.insert("description".to_owned(), description.into());
        body.insert("updated".to_owned(), now(app));
        Ok(())
    })
    .await?;
    answer(app, caller, &name, number).await
}

pub(crate) async fn delete(State(door): State<DoorState>, who: Admitted, fields: Fields) -> Answer {
    let (app, caller) = (&door.app, who.caller());
    let (name, number) = (fields.required("name")?, number(&fields)?);
    let turn = documents::turn(app).await;
    let version = registry::version(app, caller, &name, number).await?;
    let model = registry::model(app, caller, &name).await?;
    let mut body = model.view.kept.body.clone();
    // An alias of a version that is not there would lead nowhere.
    change_texts(&mut body, "aliases", |aliases| aliases.retain(|_, version| *version != number.to_string()));
    turn.change(caller, vec![registry::written(&model, body)], &[version.view]).await?;
    Ok(empty())
}

pub(crate) async fn search(State(door): State<DoorState>, who: Admitted, fields: Fields) -> Answer {
    let (app, caller) = (&door.app, who.caller());
    let conditions = filter::read(&fields.text("filter")?.unwrap_or_default())?;
    name_filter::check::<Version>(&conditions)?;
    let page = PageWanted::of(&fields, PAGE_USUAL, PAGE_MAX)?;
    let found = kept::all(app, caller, Collection::ModelVersion, None, None).await?;
    let mut all: Vec<Version> = found.into_iter().filter_map(Version::of).collect();
    all.retain(|version| name_filter::meets(version, &conditions));
    all.sort_by(|a, b| b.updated().cmp(&a.updated()).then_with(|| a.name.cmp(&b.name)).then(b.number.cmp(&a.number)));
    name_filter::sort(&mut all, &fields.texts("order_by")?)?;
    let (versions, next) = page.cut(all);
    let mut models: BTreeMap<String, Model> = BTreeMap::new();
    for view in kept::all(app, caller, Collection::RegisteredModel, None, None).await? {
        models.insert(view.kept.document.id.clone(), Model { view });
    }
    let shown = versions.iter().filter_map(|version| Some(version.shown(models.get(&version.name)?)));
    Ok(pages::answer("model_versions", shown.collect(), next))
}

pub(crate) async fn get_download_uri(State(door): State<DoorState>, who: Admitted, fields: Fields) -> Answer {
    let version = registry::version(&door.app, who.caller(), &fields.required("name")?, number(&fields)?).await?;
    let location = text(&version.view.kept.body, "location").unwrap_or_default();
    Ok(Json(json!({ "artifact_uri": location })))
}

pub(crate) async fn transition_stage(State(door): State<DoorState>, who: Admitted, fields: Fields) -> Answer {
    let (app, caller) = (&door.app, who.caller());
    let stage = stage(&fields.required("stage")?)?;
    let archives = fields.is_true("archive_existing_versions")?;
    if archives && !matches!(stage, "Staging" | "Production") {
        return Err(Fault::invalid(format!(
            "Model version transition cannot archive existing model versions because '{stage}' is not an Active stage. Valid stages are Staging and Production"
        )));
    }
    let (name, number) = (fields.required("name")?, number(&fields)?);
    let turn = documents::turn(app).await;
    registry::version(app, caller, &name, number).await?;
    let mut written = Vec::new();
    for version in registry::versions(app, caller, &name).await? {
        let new = if version.number == number {
            stage
        } else if archives && version.stage() == stage {
            "Archived"
        } else {
            continue;
        };
        let mut body = version.view.kept.body.clone();
        body.insert("stage".to_owned(), new.into());
        body.insert("updated".to_owned(), now(app));
        let id = registry::version_id(&name, version.number);
        written.push(kept::written(Collection::ModelVersion, &id, &version.view.kept.project, None, body));
    }
    turn.change(caller, written, &[]).await?;
    drop(turn);
    answer(app, caller, &name, number).await
}

pub(crate) async fn set_tag(State(door): State<DoorState>, who: Admitted, fields: Fields) -> Answer {
    let (key, value) = (fields.required("key")?, fields.text("value")?.unwrap_or_default());
    change(&door.app, who.caller(), &fields, |body| {
        change_texts(body, "tags", |tags| drop(tags.insert(key, value)));
        Ok(())
    })
    .await?;
    Ok(empty())
}

pub(crate) async fn delete_tag(State(door): State<DoorState>, who: Admitted, fields: Fields) -> Answer {
    let key = fields.required("key")?;
    change(&door.app, who.caller(), &fields, |body| {
        change_texts(body, "tags", |tags| drop(tags.remove(&key)));
        Ok(())
    })
    .await?;
    Ok(empty())
}
