//! Registered models of MLflow with their versions, stages and aliases. They keep their numbers.

use std::collections::BTreeSet;

use hven_client::{Client, Method};
use hven_imports::{
    mlflow::{ModelVersion, RegisteredModel},
    run_id,
};
use serde_json::{Value, json};

use super::{
    failed::{Failed, Outcome},
    tally::Tally,
};

/// Brings a registered model, or the part of it that is not here.
pub fn bring(
    looking: Option<&Client>,
    sending: Option<&Client>,
    model: &RegisteredModel,
    tally: &Tally,
) -> Outcome<()> {
    let there = match looking {
        Some(client) => find(client, &model.name)?,
        None => None,
    };
    if there.is_none() {
        if let Some(client) = sending {
            let mut new = json!({ "name": model.name, "tags": pairs(&model.tags) });
            if let Some(description) = &model.description {
                new["description"] = description.as_str().into();
            }
            client.mlflow(Method::POST, "registered-models/create", &new)?;
        }
        tally.lock().content.registered_models += 1;
    }
    let numbers = match looking.filter(|_| there.is_some()) {
        Some(client) => numbers(client, &model.name)?,
        None => BTreeSet::new(),
    };
    let mut brought = numbers.clone();
    for version in model.versions.iter().filter(|version| !numbers.contains(&version.number)) {
        match send_version(sending, &model.name, version) {
            Ok(()) => {
                tally.lock().content.model_versions += 1;
                brought.insert(version.number);
            }
            Err(Failed::Here(why)) => tally.fault("model versions", &format!("{} {}", model.name, version.number), why),
            Err(everywhere) => return Err(everywhere),
        }
    }
    if let Some(client) = sending {
        let known = there.map(|there| there["registered_model"]["aliases"].clone()).unwrap_or_default();
        for (alias, number) in &model.aliases {
            let is_known = known.as_array().is_some_and(|list| list.iter().any(|one| one["alias"] == alias.as_str()));
            if is_known || !brought.contains(number) {
                continue;
            }
            let alias = json!({ "name": model.name, "alias": alias, "version": number.to_string() });
            client.mlflow(Method::POST, "registered-models/alias", &alias)?;
        }
    }
    Ok(())
}

fn find(client: &Client, name: &str) -> Outcome<Option<Value>> {
    match client.mlflow_get("registered-models/get", &[("name", name)]) {
        Ok(found) => Ok(Some(found)),
        Err(hven_client::Error::Api(api)) if api.status == 404 => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn numbers(client: &Client, name: &str) -> Outcome<BTreeSet<u64>> {
    let filter = format!("name = '{}'", name.replace('\'', "''"));
    let answer = client.mlflow_get("model-versions/search", &[("filter", &filter), ("max_results", "200000")])?;
    let versions = answer["model_versions"].as_array().into_iter().flatten();
    Ok(versions.filter_map(|version| version["version"].as_str()?.parse().ok()).collect())
}

fn send_version(sending: Option<&Client>, name: &str, version: &ModelVersion) -> Outcome<()> {
    let Some(client) = sending else { return Ok(()) };
    let run = version.run.as_ref().map(|run| run_id("mlflow", run).0);
    let mut new = json!({
        "name": name, "version": version.number.to_string(), "source": source(version, run.as_deref()), "tags": pairs(&version.tags),
    });
    if let Some(run) = &run {
        new["run_id"] = run.as_str().into();
    }
    if let Some(description) = &version.description {
        new["description"] = description.as_str().into();
    }
    client.mlflow(Method::POST, "model-versions/create", &new)?;
    if let Some(stage) = &version.stage {
        let stage = json!({ "name": name, "version": version.number.to_string(), "stage": stage });
        client.mlflow(Method::POST, "model-versions/transition-stage", &stage)?;
    }
    Ok(())
}

/// Where the files of a version are now: below its run, if they were there.
fn source(version: &ModelVersion, run: Option<&str>) -> String {
    let old = &version.source;
    let below = |id: &str| old.split_once(&format!("/{id}/artifacts/")).map(|(_, path)| path.to_owned());
    match (run, &version.run) {
        (Some(run), Some(id)) => match below(id) {
            Some(path) => format!("runs:/{run}/{path}"),
            None => match old.strip_prefix(&format!("runs:/{id}/")) {
                Some(path) => format!("runs:/{run}/{path}"),
                None => of_model(old),
            },
        },
        _ => of_model(old),
    }
}

/// The files of a logged model: `…/models/m-0123…/artifacts`.
fn of_model(old: &str) -> String {
    let parts: Vec<&str> = old.split('/').collect();
    for three in parts.windows(3) {
        if three[0] == "models" && three[1].starts_with("m-") && three[2] == "artifacts" {
            return format!("models:/{}", three[1]);
        }
    }
    old.to_owned()
}

fn pairs(texts: &hven_imports::mlflow::Texts) -> Value {
    texts.iter().filter(|(key, _)| !key.is_empty()).map(|(key, value)| json!({ "key": key, "value": value })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_lead_to_the_run_in_hven() {
        let id = "6d65f1e9e2a74dddb41096a8370df022";
        let model = "m-6d65f1e9e2a74dddb41096a8370df022";
        for (old, expected) in [
            (format!("file:///x/mlruns/1/{id}/artifacts/model"), format!("runs:/{id}/model")),
            (format!("mlflow-artifacts:/1/{id}/artifacts/a/b"), format!("runs:/{id}/a/b")),
            (format!("runs:/{id}/model"), format!("runs:/{id}/model")),
            (format!("models:/{model}"), format!("models:/{model}")),
            (format!("/x/mlruns/1/models/{model}/artifacts"), format!("models:/{model}")),
            ("s3://bucket/model".to_owned(), "s3://bucket/model".to_owned()),
        ] {
            let version = ModelVersion { source: old, run: Some(id.to_owned()), ..ModelVersion::default() };
            assert_eq!(source(&version, Some(id)), expected, "{version:?}");
        }
    }
}
