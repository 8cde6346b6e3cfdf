//! Experiments of MLflow are projects. The door for MLflow's clients gives each name its project, so that a client finds an imported
//! experiment under its name.

use hven_client::{Client, Method};
use hven_imports::mlflow::Experiment;
use serde_json::{Value, json};

use super::failed::{Failed, Outcome};

const ALL: u32 = 50_000;

/// An experiment as Hven has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExperimentHere {
    /// Its id for clients of MLflow.
    pub id: String,
    pub project: String,
    pub is_deleted: bool,
}

/// All experiments that Hven has.
pub fn experiments_here(client: &Client) -> hven_client::Result<Vec<Value>> {
    let mut answer =
        client.mlflow(Method::POST, "experiments/search", &json!({ "max_results": ALL, "view_type": "ALL" }))?;
    Ok(match answer["experiments"].take() {
        Value::Array(experiments) => experiments,
        _ => Vec::new(),
    })
}

fn here(experiment: &Value) -> Option<ExperimentHere> {
    Some(ExperimentHere {
        id: experiment["experiment_id"].as_str()?.to_owned(),
        project: experiment["hven_project"].as_str()?.to_owned(),
        is_deleted: experiment["lifecycle_stage"] == "deleted",
    })
}

/// The experiment that gets the runs: the one of a project that is named, or the one with the same name.
pub fn find(all: &[Value], name: &str, project: Option<&str>) -> Option<ExperimentHere> {
    let is_it = |experiment: &&Value| match project {
        Some(project) => experiment["hven_project"] == project,
        None => experiment["name"] == name,
    };
    all.iter().find(is_it).and_then(here)
}

/// Makes an experiment if there is none, and gives it the tags that it lacks.
pub fn make(client: &Client, experiment: &Experiment, project: Option<&str>) -> Outcome<ExperimentHere> {
    let all = experiments_here(client)?;
    if let Some(found) = find(&all, &experiment.name, project) {
        if found.is_deleted {
            client.mlflow(Method::POST, "experiments/restore", &json!({ "experiment_id": found.id }))?;
        }
        add_tags(client, experiment, &found, &all, project)?;
        return Ok(found);
    }
    let name = project.unwrap_or(&experiment.name);
    let tags = if project.is_some() { Value::Array(Vec::new()) } else { pairs(experiment) };
    client.mlflow(Method::POST, "experiments/create", &json!({ "name": name, "tags": tags }))?;
    let made = find(&experiments_here(client)?, name, project);
    made.ok_or_else(|| {
        Failed::Here(format!("there is no project for the experiment {name:?}: is it the path of a project?"))
    })
}

fn add_tags(
    client: &Client,
    experiment: &Experiment,
    found: &ExperimentHere,
    all: &[Value],
    project: Option<&str>,
) -> Outcome<()> {
    if project.is_some() {
        return Ok(());
    }
    let shown = all.iter().find(|other| other["experiment_id"] == found.id.as_str());
    let there: Vec<&Value> = shown.and_then(|shown| shown["tags"].as_array()).into_iter().flatten().collect();
    for (key, value) in &experiment.tags {
        if key.is_empty() || there.iter().any(|tag| tag["key"] == key.as_str()) {
            continue;
        }
        let tag = json!({ "experiment_id": found.id, "key": key, "value": value });
        client.mlflow(Method::POST, "experiments/set-experiment-tag", &tag)?;
    }
    Ok(())
}

fn pairs(experiment: &Experiment) -> Value {
    let named = experiment.tags.iter().filter(|(key, _)| !key.is_empty());
    named.map(|(key, value)| json!({ "key": key, "value": value })).collect()
}

/// Deletes an experiment that is deleted in the other tracker.
pub fn delete(client: &Client, experiment: &ExperimentHere) -> Outcome<()> {
    client.mlflow(Method::POST, "experiments/delete", &json!({ "experiment_id": experiment.id }))?;
    Ok(())
}
