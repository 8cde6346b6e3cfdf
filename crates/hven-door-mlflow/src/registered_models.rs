//! `/registered-models`: the names under which models are kept.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use hven_app::{App, Caller, documents};
use hven_core::params::Params;
use hven_door::{Admitted, DoorState};
use serde_json::{Value, json};

use crate::{
    answer::{Answer, Fault, empty},
    experiment_names::Base,
    fields::Fields,
    filter::{self, Condition, Entity},
    kept::{self, Collection, change_texts},
    name_filter::{self, Searched},
    pages::{self, PageWanted},
    registry::{self, Model, Version, now, written},
};

const PAGE_USUAL: usize = 100;
const PAGE_MAX: usize = 1000;
/// The tag of a prompt, which MLflow keeps among the models and leaves out of their lists.
const PROMPT: &str = "mlflow.prompt.is_prompt";

/// Changes a registered model.
async fn change(app: &App, caller: &Caller, name: &str, change: impl FnOnce(&mut Params) -> Answer<()>) -> Answer<()> {
    let turn = documents::turn(app).await;
    let model = registry::model(app, caller, name).await?;
    let mut body = model.view.kept.body.clone();
    change(&mut body)?;
    Ok(turn.change(caller, vec![written(&model, body)], &[]).await?)
}

async fn answer(app: &App, caller: &Caller, name: &str) -> Answer {
    let model = registry::model(app, caller, name).await?;
    let versions = registry::versions(app, caller, name).await?;
    Ok(Json(json!({ "registered_model": model.shown(&versions) })))
}

fn check_name(name: &str) -> Answer<()> {
    if name.contains(['/', ':']) || name.chars().any(char::is_control) || name.chars().count() > 250 {
        return Err(Fault::invalid(format!(
            "Invalid model name: '{name}'. A model name has 1 to 250 characters, and no '/', ':' and control characters"
        )));
    }
    Ok(())
}

pub(crate) async fn create(State(door): State<DoorState>, who: Admitted, fields: Fields) -> Answer {
    let (app, caller) = (&door.app, who.caller());
    let name = fields.required("name")?;
    check_name(&name)?;
    let turn = documents::turn(app).await;
    if kept::one(app, caller, Collection::RegisteredModel, &name).await?.is_some() {
        return Err(Fault::exists(format!("Registered Model (name={name}) already exists.")));
    }
    let mut body = Params::from([("created".to_owned(), now(app)), ("updated".to_owned(), now(app))]);
    if let Some(description) = fields.text("description")?.filter(|text| !text.is_empty()) {
        body.insert("description".to_owned(), description.into());
    }
    let tags = fields.pairs("tags")?;
    change_texts(&mut body, "tags", |there| there.extend(tags));
    let project = Base::of(caller).default;
    let document = kept::written(Collection::RegisteredModel, &name, &project, None, body);
    turn.change(caller, vec![document], &[]).await?;
    answer(app, caller, &name).await
}

pub(crate) async fn get(State(door): State<DoorState>, who: Admitted, fields: Fields) -> Answer {
    answer(&door.app, who.caller(), &fields.required("name")?).await
}

pub(crate) async fn update(State(door): State<DoorState>, who: Admitted, fields: Fields) -> Answer {
    let (app, caller) = (&door.app, who.caller());
    let name = fields.required("name")?;
    let description = fields.text("description")?.unwrap_or_default();
    change(app, caller, &name, |body| {
        body.insert("description".to_owned(), description.into());
        body.insert("updated".to_owned(), now(app));
        Ok(())
    })
    .await?;
    answer(app, caller, &name).await
}

/// Gives a model and its versions another name.
pub(crate) async fn rename(State(door): State<DoorState>, who: Admitted, fields: Fields) -> Answer {
    let (app, caller) = (&door.app, who.caller());
    let (name, new_name) = (fields.required("name")?, fields.required("new_name")?);
    check_name(&new_name)?;
    let turn = documents::turn(app).await;
    let model = registry::model(app, caller, &name).await?;
    if kept::one(app, caller, Collection::RegisteredModel, &new_name).await?.is_some() {
        return Err(Fault::exists(format!("Registered Model (name={new_name}) already exists.")));
    }
    let project = model.view.kept.project.clone();
    let mut body = model.view.kept.body.clone();
    body.insert("updated".to_owned(), now(app));
    let mut written = vec![kept::written(Collection::RegisteredModel, &new_name, &project, None, body)];
    let mut removed = vec![model.view];
    for version in registry::versions(app, caller, &name).await? {
        let id = registry::version_id(&new_name, version.number);
        let mut body = version.view.kept.body.clone();
        body.insert("updated".to_owned(), now(app));
        written.push(kept::written(Collection::ModelVersion, &id, &project, None, body));
        removed.push(version.view);
    }
    turn.change(caller, written, &removed).await?;
    answer(app, caller, &new_name).await
}

pub(crate) async fn delete(State(door): State<DoorState>, who: Admitted, fields: Fields) -> Answer {
    let (app, caller) = (&door.app, who.caller());
    let name = fields.required("name")?;
    let turn = documents::turn(app).await;
    let mut removed = vec![registry::model(app, caller, &name).await?.view];
    removed.extend(registry::versions(app, caller, &name).await?.into_iter().map(|version| version.view));
    turn.change(caller, Vec::new(), &removed).await?;
    Ok(empty())
}

pub(crate) async fn search(State(door): State<DoorState>, who: Admitted, fields: Fields) -> Answer {
    let (app, caller) = (&door.app, who.caller());
    let conditions = filter::read(&fields.text("filter")?.unwrap_or_default())?;
    name_filter::check::<Model>(&conditions)?;
    let page = PageWanted::of(&fields, PAGE_USUAL, PAGE_MAX)?;
    let found = kept::all(app, caller, Collection::RegisteredModel, None, None).await?;
    let mut all: Vec<Model> = found.into_iter().map(|view| Model { view }).collect();
    all.retain(|model| is_found(model, &conditions));
    name_filter::sort(&mut all, &fields.texts("order_by")?)?;
    let (models, next) = page.cut(all);
    let mut versions: BTreeMap<String, Vec<Version>> = BTreeMap::new();
    let found = kept::all(app, caller, Collection::ModelVersion, None, None).await?;
    for version in found.into_iter().filter_map(Version::of) {
        versions.entry(version.name.clone()).or_default().push(version);
    }
    let of = |model: &Model| versions.get(model.name()).map(Vec::as_slice).unwrap_or_default();
    Ok(pages::answer("registered_models", models.iter().map(|model| model.shown(of(model))).collect(), next))
}

/// Prompts are found only by a filter that names their tag. A model without the tag is no prompt.
fn is_found(model: &Model, conditions: &[Condition]) -> bool {
    let names_prompts = |condition: &&Condition| condition.entity == Entity::Tag && condition.key == PROMPT;
    let is_prompt = model.tags().get(PROMPT).is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let (of_prompts, others): (Vec<&Condition>, Vec<&Condition>) = conditions.iter().partition(names_prompts);
    let is_wanted = if of_prompts.is_empty() {
        !is_prompt
    } else {
        of_prompts.iter().all(|condition| condition.meets_text(Some(if is_prompt { "true" } else { "false" })))
    };
    let others: Vec<Condition> = others.into_iter().cloned().collect();
    is_wanted && name_filter::meets(model, &others)
}

pub(crate) async fn get_latest_versions(State(door): State<DoorState>, who: Admitted, fields: Fields) -> Answer {
    let (app, caller) = (&door.app, who.caller());
    let name = fields.required("name")?;
    let stages = fields.texts("stages")?;
    let stages = stages.iter().map(|stage| registry::stage(stage)).collect::<Answer<Vec<_>>>()?;
    let model = registry::model(app, caller, &name).await?;
    let versions = registry::versions(app, caller, &name).await?;
    let latest = registry::latest_of_stages(&versions, &stages);
    let shown: Vec<Value> = latest.into_iter().map(|version| version.shown(&model)).collect();
    Ok(Json(if shown.is_empty() { json!({}) } else { json!({ "model_versions": shown }) }))
}

pub(crate) async fn set_tag(State(door): State<DoorState>, who: Admitted, fields: Fields) -> Answer {
    let (name, key) = (fields.required("name")?, fields.required("key")?);
    let value = fields.text("value")?.unwrap_or_default();
    change(&door.app, who.caller(), &name, |body| {
        change_texts(body, "tags", |tags| drop(tags.insert(key, value)));
        Ok(())
    })
    .await?;
    Ok(empty())
}

pub(crate) async fn delete_tag(State(door): State<DoorState>, who: Admitted, fields: Fields) -> Answer {
    let (name, key) = (fields.required("name")?, fields.required("key")?);
    change(&door.app, who.caller(), &name, |body| {
        change_texts(body, "tags", |tags| drop(tags.remove(&key)));
        Ok(())
    })
    .await?;
    Ok(empty())
}

pub(crate) async fn set_alias(State(door): State<DoorState>, who: Admitted, fields: Fields) -> Answer {
    let (app, caller) = (&door.app, who.caller());
    let (name, alias) = (fields.required("name")?, fields.required("alias")?);
    let number = registry::number(&fields)?;
    let is_number = alias.strip_prefix(['v', 'V']).is_some_and(|rest| rest.parse::<u64>().is_ok());
    if is_number
        || alias == "latest"
        || alias.chars().count() > 255
        || !alias.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
    {
        return Err(Fault::invalid(format!("Invalid alias name: '{alias}'")));
    }
    registry::version(app, caller, &name, number).await?;
    change(app, caller, &name, |body| {
        change_texts(body, "aliases", |aliases| drop(aliases.insert(alias, number.to_string())));
        Ok(())
    })
    .await?;
    Ok(empty())
}

pub(crate) async fn delete_alias(State(door): State<DoorState>, who: Admitted, fields: Fields) -> Answer {
    let (name, alias) = (fields.required("name")?, fields.required("alias")?);
    change(&door.app, who.caller(), &name, |body| {
        change_texts(body, "aliases", |aliases| drop(aliases.remove(&alias)));
        Ok(())
    })
    .await?;
    Ok(empty())
}

pub(crate) async fn get_by_alias(State(door): State<DoorState>, who: Admitted, fields: Fields) -> Answer {
    let (app, caller) = (&door.app, who.caller());
    let (name, alias) = (fields.required("name")?, fields.required("alias")?);
    let model = registry::model(app, caller, &name).await?;
    let version = model.aliases().get(&alias).and_then(|version| version.parse().ok());
    let number = version.ok_or_else(|| Fault::invalid(format!("Registered model alias {alias} not found.")))?;
    let version = registry::version(app, caller, &name, number).await?;
    Ok(Json(json!({ "model_version": version.shown(&model) })))
}
