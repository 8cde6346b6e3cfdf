//! `/runs/search`: runs of experiments by a filter, in an order.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

use axum::{extract::State, response::Response};
use hven_app::{
    App, Caller,
    ports::{
        quantities::{Quantity, QuantityTable},
        run::Archived,
    },
    run_search,
    runs::RunFilter,
};
use hven_core::{RunId, project::ProjectPath};
use hven_door::{Admitted, DoorState};
use serde_json::Value;

use crate::{
    answer::{Answer, Fault},
    experiment_names::{self, Experiment},
    experiments::Stage,
    fields::Fields,
    filter::{self, Condition, Entity},
    kept::{self, Collection, list, text},
    pages::{self, PageWanted},
    param_text,
    run_json::{Run, ShownRun, experiment_of},
};

const PAGE_USUAL: usize = 1000;
const PAGE_MAX: usize = 50_000;
const ATTRIBUTES: [&str; 8] =
    ["run_id", "run_name", "status", "start_time", "end_time", "user_id", "artifact_uri", "experiment_id"];

type Order = (Entity, String, bool);

pub(crate) async fn search(State(door): State<DoorState>, who: Admitted, fields: Fields) -> Answer<Response> {
    let (app, caller) = (&door.app, who.caller());
    let mut conditions = filter::read(&fields.text("filter")?.unwrap_or_default())?;
    for condition in &mut conditions {
        condition.key = known_key(condition.entity, &condition.key)?;
    }
    let orders = fields.texts("order_by")?.iter().map(|text| order(text)).collect::<Answer<Vec<Order>>>()?;
    let stage = Stage::of(&fields, "run_view_type")?;
    let page = PageWanted::of(&fields, PAGE_USUAL, PAGE_MAX)?;
    let all = experiment_names::all(app, caller).await?;
    let ids = fields.texts("experiment_ids")?;
    let wanted: Vec<&Experiment> = all.iter().filter(|experiment| ids.contains(&experiment.id)).collect();
    let mut found = candidates(app, caller, &wanted, stage, &quantities(&conditions, &orders)).await?;
    found.retain(|run| {
        experiment_of(run, &all).is_some_and(|experiment| is_candidate(run, experiment, stage, &conditions))
    });
    // Only where the light rows do not suffice, all candidates are loaded completely; else those of the page alone.
    let is_exact = conditions.iter().all(|condition| is_in_light_row(condition.entity, &condition.key))
        && orders.iter().all(|(entity, key, _)| is_in_light_row(*entity, key));
    if !is_exact {
        found = complete(app, caller, found).await?;
        found.retain(|run| {
            experiment_of(run, &all).is_some_and(|experiment| conditions.iter().all(|one| meets(run, experiment, one)))
        });
    }
    found.sort_by(|a, b| {
        let wished = orders.iter().map(|by| compare(a, b, by, &all)).find(|order| order.is_ne());
        wished.unwrap_or_else(|| b.start_time().cmp(&a.start_time()).then_with(|| a.id.as_u128().cmp(&b.id.as_u128())))
    });
    let (mut found, next) = page.cut(found);
    if is_exact {
        found = complete(app, caller, found).await?;
    }
    let runs: Vec<Run<'_>> = found.iter().filter_map(|run| Some(run.run(experiment_of(run, &all)?))).collect();
    pages::written("runs", &runs, next.as_deref())
}

/// The metrics and parameters that conditions and orders name, each once.
fn quantities(conditions: &[Condition], orders: &[Order]) -> Vec<Quantity> {
    let named = conditions.iter().map(|condition| (condition.entity, &condition.key));
    let named = named.chain(orders.iter().map(|(entity, key, _)| (*entity, key)));
    let quantity = |(entity, key): (Entity, &String)| match entity {
        Entity::Metric => Some(Quantity::Metric(key.clone())),
        Entity::Param => Some(Quantity::Param(key.clone())),
        Entity::Tag | Entity::Attribute | Entity::Dataset => None,
    };
    let unique: BTreeSet<Quantity> = named.filter_map(quantity).collect();
    unique.into_iter().collect()
}

/// Whether a light row has the exact value: metrics, and what Hven itself knows of a run. The column of a parameter does not tell `3` from
/// `3.0`.
fn is_in_light_row(entity: Entity, key: &str) -> bool {
    match entity {
        Entity::Metric => true,
        Entity::Attribute => !matches!(key, "run_name" | "user_id"),
        Entity::Param | Entity::Tag | Entity::Dataset => false,
    }
}

/// Whether a run may meet the conditions, by its light row.
fn is_candidate(run: &ShownRun, experiment: &Experiment, stage: Stage, conditions: &[Condition]) -> bool {
    stage.includes(run.is_deleted() || experiment.is_deleted())
        && conditions.iter().all(|condition| {
            let may_differ = match condition.entity {
                Entity::Param => run.params.get(&condition.key).is_some_and(is_whole_float),
                entity => !is_in_light_row(entity, &condition.key),
            };
            may_differ || meets(run, experiment, condition)
        })
}

fn is_whole_float(value: &Value) -> bool {
    value.as_f64().is_some_and(|number| number.fract() == 0.0)
}

/// The same runs with everything that MLflow shows of them.
async fn complete(app: &App, caller: &Caller, light: Vec<ShownRun>) -> Answer<Vec<ShownRun>> {
    let ids: Vec<RunId> = light.iter().map(|run| run.id).collect();
    let names: Vec<String> = ids.iter().map(RunId::to_string).collect();
    let mut bodies = kept::several(app, caller, Collection::Run, &names).await?;
    let rows = run_search::table::visible_rows(app, caller, &ids).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let body = bodies.remove(&row.id.to_string()).unwrap_or_default();
            ShownRun::of_row(row, body)
        })
        .collect())
}

fn order(text: &str) -> Answer<Order> {
    let (entity, key, descends) = filter::read_order(text)?;
    Ok((entity, known_key(entity, &key)?, descends))
}

/// The usual spelling of a key. An unknown one is refused.
fn known_key(entity: Entity, key: &str) -> Answer<String> {
    let known = match entity {
        Entity::Attribute => Some(attribute(key)).filter(|key| ATTRIBUTES.contains(key)),
        Entity::Dataset => Some(key).filter(|key| ["name", "digest", "context"].contains(key)),
        Entity::Metric | Entity::Param | Entity::Tag => Some(key),
    };
    let why = || format!("Invalid attribute key '{key}' specified. Valid keys are '{ATTRIBUTES:?}'");
    known.map(str::to_owned).ok_or_else(|| Fault::invalid(why()))
}

/// Older clients write some names in other ways.
fn attribute(key: &str) -> &str {
    match key.to_ascii_lowercase().as_str() {
        "run name" | "runname" => "run_name",
        "starttime" | "created" => "start_time",
        "endtime" => "end_time",
        _ => key,
    }
}

/// The runs of experiments, and the tasks whose scripts named one of them: light rows with these quantities.
async fn candidates(
    app: &App,
    caller: &Caller,
    wanted: &[&Experiment],
    stage: Stage,
    quantities: &[Quantity],
) -> Answer<Vec<ShownRun>> {
    let archived = match stage {
        Stage::Active => Archived::Without,
        // A run of a deleted experiment need not be archived.
        Stage::Deleted | Stage::All => Archived::With,
    };
    let projects: Vec<ProjectPath> = wanted.iter().map(|experiment| experiment.project.clone()).collect();
    // A script names an experiment below the project of its task, so the tasks of the projects above count.
    let parents: Vec<ProjectPath> = projects.iter().flat_map(with_parents).collect();
    let mut named: BTreeMap<RunId, String> = BTreeMap::new();
    for view in kept::all(app, caller, Collection::Attempt, Some(parents.clone()), None).await? {
        let run = text(&view.kept.body, "run").and_then(|run| run.parse().ok());
        if let (Some(run), Some(path)) = (run, text(&view.kept.body, "experiment")) {
            named.insert(run, path.to_owned());
        }
    }
    let is_wanted = |path: &str| projects.iter().any(|project| project.as_str() == path);
    let mut searched: Vec<&ProjectPath> = projects.iter().collect();
    if named.values().any(|path| is_wanted(path)) {
        searched.extend(&parents);
    }
    searched.sort();
    searched.dedup();
    let tops = searched.iter().filter(|path| !searched.iter().any(|other| *other != **path && path.is_within(other)));
    let mut found = Vec::new();
    for top in tops {
        let filter = RunFilter { project: Some((*top).clone()), archived, with_tasks: true, ..RunFilter::default() };
        let QuantityTable { runs, columns } = run_search::table::table(app, caller, filter, quantities).await?;
        for (place, (_, row)) in runs.into_iter().enumerate() {
            let path = named.get(&row.id);
            if !is_wanted(path.map_or(row.project.as_str(), String::as_str)) {
                continue;
            }
            let body = path.map(|path| ("experiment".to_owned(), path.as_str().into())).into_iter().collect();
            let mut run = ShownRun::of_row(row, body);
            for (quantity, column) in quantities.iter().zip(&columns) {
                run.take_value(quantity, column, place);
            }
            found.push(run);
        }
    }
    Ok(found)
}

fn with_parents(path: &ProjectPath) -> Vec<ProjectPath> {
    let text = path.as_str();
    let parents = text.match_indices('/').filter_map(|(end, _)| text[..end].parse().ok());
    parents.chain([path.clone()]).collect()
}

fn meets(run: &ShownRun, experiment: &Experiment, condition: &Condition) -> bool {
    let key = condition.key.as_str();
    match condition.entity {
        Entity::Metric => condition.meets_number(run.metrics.get(key).map(|line| line.last.0)),
        Entity::Param => condition.meets_text(run.params.get(key).map(param_text::text).as_deref()),
        Entity::Tag => condition.meets_text(run.tags().get(key).map(String::as_str)),
        Entity::Attribute => match key {
            "start_time" => condition.meets_number(Some(run.start_time() as f64)),
            "end_time" => condition.meets_number(run.end_time().map(|time| time as f64)),
            key => condition.meets_text(text_of(run, experiment, key).as_deref()),
        },
        Entity::Dataset => {
            let inputs = list(&run.body, "dataset_inputs");
            inputs.iter().any(|input| condition.meets_text(dataset_text(input, key)))
        }
    }
}

fn text_of(run: &ShownRun, experiment: &Experiment, key: &str) -> Option<String> {
    Some(match key {
        "run_id" => run.id.to_string(),
        "run_name" => run.name(),
        "status" => run.status().to_owned(),
        "user_id" => run.user(),
        "artifact_uri" => run.artifact_uri(experiment),
        "experiment_id" => experiment.id.clone(),
        _ => return None,
    })
}

fn dataset_text<'i>(input: &'i Value, key: &str) -> Option<&'i str> {
    if key == "context" {
        let tags = input["tags"].as_array()?;
        return tags.iter().find(|tag| tag["key"] == "mlflow.data.context")?["value"].as_str();
    }
    input["dataset"][key].as_str()
}

/// Ascending or descending; a missing value comes last in both, and NaN before it.
fn compare(a: &ShownRun, b: &ShownRun, (entity, key, descends): &Order, all: &[Experiment]) -> Ordering {
    match entity {
        Entity::Metric => {
            let value = |run: &ShownRun| run.metrics.get(key).map(|line| line.last.0);
            numbers(value(a), value(b), *descends)
        }
        Entity::Attribute if matches!(key.as_str(), "start_time" | "end_time") => {
            let value = |run: &ShownRun| match key.as_str() {
                "start_time" => Some(run.start_time() as f64),
                _ => run.end_time().map(|time| time as f64),
            };
            numbers(value(a), value(b), *descends)
        }
        _ => {
            let value = |run: &ShownRun| match entity {
                Entity::Param => run.params.get(key).map(param_text::text),
                Entity::Tag => run.tags().get(key).cloned(),
                _ => text_of(run, experiment_of(run, all)?, key),
            };
            present_first(value(a), value(b), |a, b| directed(a.cmp(b), *descends))
        }
    }
}

fn numbers(a: Option<f64>, b: Option<f64>, descends: bool) -> Ordering {
    present_first(a, b, |a, b| match (a.is_nan(), b.is_nan()) {
        (false, false) => directed(a.total_cmp(b), descends),
        (a, b) => a.cmp(&b),
    })
}

fn directed(order: Ordering, descends: bool) -> Ordering {
    if descends { order.reverse() } else { order }
}

fn present_first<T>(a: Option<T>, b: Option<T>, compare: impl FnOnce(&T, &T) -> Ordering) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => compare(&a, &b),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}
