//! `/experiments`: experiments, which are projects.

use std::cmp::Ordering;

use axum::{Json, extract::State};
use hven_app::{App, Caller, documents, projects};
use hven_core::params::Params;
use hven_door::{Admitted, DoorState};
use serde_json::{Value, json};

use crate::{
    answer::{Answer, Fault, empty},
    experiment_names::{self, Base, DEFAULT_NAME, Experiment},
    fields::Fields,
    filter::{self, Condition, Entity},
    kept::{self, Collection, change_texts, pairs},
    pages::{self, PageWanted},
};

const NAME_CHARS_MAX: usize = 500;
const PAGE_USUAL: usize = 1000;
const PAGE_MAX: usize = 50_000;

/// An experiment as MLflow writes it.
fn shown(experiment: &Experiment) -> Value {
    let mut shown = json!({
        "experiment_id": experiment.id,
        "name": experiment.name,
        "artifact_location": experiment.location(),
        "lifecycle_stage": if experiment.is_deleted() { "deleted" } else { "active" },
        "last_update_time": experiment.updated.micros() / 1000,
        "creation_time": experiment.created.micros() / 1000,
        // Not of MLflow, whose clients ignore it.
        "hven_project": experiment.project.as_str(),
    });
    let tags = kept::texts(&experiment.body, "tags");
    if !tags.is_empty() {
        shown["tags"] = pairs(&tags);
    }
    shown
}

pub(crate) async fn create(State(door): State<DoorState>, who: Admitted, fields: Fields) -> Answer {
    let (app, caller) = (&door.app, who.caller());
    let name = name(&fields, "name")?;
    let turn = documents::turn(app).await;
    let all = experiment_names::all(app, caller).await?;
    if let Some(there) = all.iter().find(|experiment| experiment.name == name) {
        let why = if there.is_deleted() {
            format!(
                "Experiment '{name}' already exists in deleted state. You can restore the experiment, or permanently delete the experiment to create a new one."
            )
        } else {
            format!("Experiment(name={name}) already exists.")
        };
        return Err(Fault::exists(why));
    }
    let (project, mut body) =
        Base::of(caller).new_project(&name, |path| experiment_names::of_project(&all, path.as_str()).is_some())?;
    if let Some(location) = fields.text("artifact_location")?.filter(|location| !location.is_empty()) {
        body.insert("location".to_owned(), location.into());
    }
    let tags = fields.pairs("tags")?;
    if !tags.is_empty() {
        change_texts(&mut body, "tags", |there| there.extend(tags));
    }
    if body.is_empty() {
        projects::add(app, caller, project.clone(), None).await?;
    } else {
        let document = kept::written(Collection::Experiment, project.as_str(), &project, None, body);
        turn.change(caller, vec![document], &[]).await?;
    }
    let made = experiment_names::all(app, caller).await?;
    let made = experiment_names::of_project(&made, project.as_str())
        .ok_or_else(|| Fault::missing(format!("Could not find experiment with name '{name}'")))?;
    Ok(Json(json!({ "experiment_id": made.id })))
}

fn name(fields: &Fields, field: &str) -> Answer<String> {
    let name = fields.required(field)?;
    if name.chars().count() > NAME_CHARS_MAX || name.trim().is_empty() || name.chars().any(char::is_control) {
        return Err(Fault::invalid(format!(
            "Invalid value \"{name}\" for parameter '{field}' supplied: a name has 1 to {NAME_CHARS_MAX} characters, and no control characters"
        )));
    }
    Ok(name)
}

pub(crate) async fn get(State(door): State<DoorState>, who: Admitted, fields: Fields) -> Answer {
    let id = fields.required("experiment_id")?;
    let found = experiment_names::by_id(&door.app, who.caller(), &id).await?;
    Ok(Json(json!({ "experiment": shown(&found) })))
}

pub(crate) async fn get_by_name(State(door): State<DoorState>, who: Admitted, fields: Fields) -> Answer {
    let name = fields.required("experiment_name")?;
    let all = experiment_names::all(&door.app, who.caller()).await?;
    let found = all.iter().find(|experiment| experiment.name == name);
    let found = found.ok_or_else(|| Fault::missing(format!("Could not find experiment with name '{name}'")))?;
    Ok(Json(json!({ "experiment": shown(found) })))
}

pub(crate) async fn search(State(door): State<DoorState>, who: Admitted, fields: Fields) -> Answer {
    let conditions = filter::read(&fields.text("filter")?.unwrap_or_default())?;
    let orders = fields.texts("order_by")?.iter().map(|text| filter::read_order(text)).collect::<Answer<Vec<_>>>()?;
    let wanted = Stage::of(&fields, "view_type")?;
    let page = PageWanted::of(&fields, PAGE_USUAL, PAGE_MAX)?;
    let mut all = experiment_names::all(&door.app, who.caller()).await?;
    all.retain(|experiment| wanted.includes(experiment.is_deleted()));
    for condition in &conditions {
        check(condition)?;
        all.retain(|experiment| meets(experiment, condition));
    }
    all.sort_by(|a, b| {
        let wished = orders.iter().map(|(_, key, descends)| order(a, b, key, *descends));
        let usual = b.created.cmp(&a.created).then_with(|| b.id.cmp(&a.id));
        wished.fold(Ordering::Equal, Ordering::then).then(usual)
    });
    let (experiments, next) = page.cut(all);
    Ok(pages::answer("experiments", experiments.iter().map(shown).collect(), next))
}

fn check(condition: &Condition) -> Answer<()> {
    let known = ["name", "experiment_id", "creation_time", "last_update_time"];
    let is_known = match condition.entity {
        Entity::Attribute => known.contains(&condition.key.as_str()),
        Entity::Tag => true,
        Entity::Metric | Entity::Param | Entity::Dataset => false,
    };
    let why = || {
        format!("Invalid attribute key '{}': experiments are searched by {}, and tags", condition.key, known.join(", "))
    };
    if is_known { Ok(()) } else { Err(Fault::invalid(why())) }
}

fn meets(experiment: &Experiment, condition: &Condition) -> bool {
    match (condition.entity, condition.key.as_str()) {
        (Entity::Tag, key) => condition.meets_text(kept::texts(&experiment.body, "tags").get(key).map(String::as_str)),
        (_, "name") => condition.meets_text(Some(&experiment.name)),
        (_, "experiment_id") => condition.meets_text(Some(&experiment.id)),
        (_, "creation_time") => condition.meets_number(Some((experiment.created.micros() / 1000) as f64)),
        _ => condition.meets_number(Some((experiment.updated.micros() / 1000) as f64)),
    }
}

fn order(a: &Experiment, b: &Experiment, key: &str, descends: bool) -> Ordering {
    let order = match key {
        "name" => a.name.cmp(&b.name),
        "experiment_id" => a.id.cmp(&b.id),
        "last_update_time" => a.updated.cmp(&b.updated),
        _ => a.created.cmp(&b.created),
    };
    if descends { order.reverse() } else { order }
}

/// Which of the active and the deleted are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Active,
    Deleted,
    All,
}

impl Stage {
    pub(crate) fn of(fields: &Fields, name: &str) -> Answer<Self> {
        match fields.text(name)?.as_deref() {
            None | Some("" | "ACTIVE_ONLY") => Ok(Self::Active),
            Some("DELETED_ONLY") => Ok(Self::Deleted),
            Some("ALL") => Ok(Self::All),
            Some(other) => Err(Fault::invalid(format!("Invalid value \"{other}\" for parameter '{name}' supplied."))),
        }
    }

    pub(crate) fn includes(self, is_deleted: bool) -> bool {
        match self {
            Self::Active => !is_deleted,
            Self::Deleted => is_deleted,
            Self::All => true,
        }
    }
}

/// Changes the document of an experiment.
async fn change(
    app: &App,
    caller: &Caller,
    id: &str,
    change: impl FnOnce(&Experiment, &mut Params) -> Answer<()>,
) -> Answer {
    let turn = documents::turn(app).await;
    let experiment = experiment_names::by_id(app, caller, id).await?;
    let mut body = experiment.body.clone();
    change(&experiment, &mut body)?;
    let document = kept::written(Collection::Experiment, experiment.project.as_str(), &experiment.project, None, body);
    turn.change(caller, vec![document], &[]).await?;
    Ok(empty())
}

pub(crate) async fn delete(State(door): State<DoorState>, who: Admitted, fields: Fields) -> Answer {
    let id = fields.required("experiment_id")?;
    change(&door.app, who.caller(), &id, |experiment, body| {
        if experiment.is_deleted() {
            return Err(Fault::missing(format!("No Experiment with id={id} exists")));
        }
        if experiment.name == DEFAULT_NAME {
            return Err(Fault::invalid("the experiment Default cannot be deleted"));
        }
        body.insert("deleted".to_owned(), true.into());
        Ok(())
    })
    .await
}

pub(crate) async fn restore(State(door): State<DoorState>, who: Admitted, fields: Fields) -> Answer {
    let id = fields.required("experiment_id")?;
    change(&door.app, who.caller(), &id, |experiment, body| {
        if !experiment.is_deleted() {
            return Err(Fault::missing(format!("No deleted Experiment with id={id} exists")));
        }
        body.remove("deleted");
        Ok(())
    })
    .await
}

/// Gives an experiment another name. The path of its project stays.
pub(crate) async fn update(State(door): State<DoorState>, who: Admitted, fields: Fields) -> Answer {
    let (app, caller) = (&door.app, who.caller());
    let id = fields.required("experiment_id")?;
    let name = name(&fields, "new_name")?;
    let all = experiment_names::all(app, caller).await?;
    if all.iter().any(|experiment| experiment.name == name && experiment.id != id) {
        return Err(Fault::exists(format!("Experiment(name={name}) already exists.")));
    }
    change(app, caller, &id, |experiment, body| {
        if experiment.is_deleted() {
            return Err(Fault::state(format!("The experiment {id} must be in the 'active' state")));
        }
        Base::of(caller).keep_name(&name, body);
        Ok(())
    })
    .await
}

pub(crate) async fn set_tag(State(door): State<DoorState>, who: Admitted, fields: Fields) -> Answer {
    let (id, key) = (fields.required("experiment_id")?, fields.required("key")?);
    let value = fields.text("value")?.unwrap_or_default();
    change(&door.app, who.caller(), &id, |_, body| {
        change_texts(body, "tags", |tags| drop(tags.insert(key, value)));
        Ok(())
    })
    .await
}

pub(crate) async fn delete_tag(State(door): State<DoorState>, who: Admitted, fields: Fields) -> Answer {
    let (id, key) = (fields.required("experiment_id")?, fields.required("key")?);
    change(&door.app, who.caller(), &id, |_, body| {
        let mut was_there = false;
        change_texts(body, "tags", |tags| was_there = tags.remove(&key).is_some());
        let why = || Fault::missing(format!("No tag with name: {key} in experiment with id {id}"));
        if was_there { Ok(()) } else { Err(why()) }
    })
    .await
}
