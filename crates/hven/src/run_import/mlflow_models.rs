//! Logged models of MLflow: their files are outputs of the run that made them, below `models/ID/`.

use hven_client::{Client, Method};
use hven_imports::{Faults, mlflow::LoggedModel};
use serde_json::{Value, json};

use super::{
    failed::{Failed, Outcome},
    run_job::{RunImport, RunJob},
    sent_files::FileSender,
};

/// Whether Hven has a model with this id.
fn find(client: &Client, id: &str) -> Outcome<Option<Value>> {
    match client.mlflow_get(&format!("logged-models/{id}"), &[]) {
        Ok(found) => Ok(Some(found)),
        Err(hven_client::Error::Api(api)) if api.status == 404 => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn is_id(id: &str) -> bool {
    id.strip_prefix("m-").is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|c| c.is_ascii_hexdigit()))
}

/// Makes a model of a run; its files are sent with those of the run.
pub fn create(import: &RunImport<'_>, job: &RunJob, model: &LoggedModel) -> Outcome<()> {
    create_in(import, &job.experiment, Some(&job.id), model)
}

fn create_in(import: &RunImport<'_>, experiment: &str, run: Option<&str>, model: &LoggedModel) -> Outcome<()> {
    if !is_id(&model.id) {
        return Err(Failed::Here(format!("the id {:?} of its model is not `m-` and 32 hexadecimal digits", model.id)));
    }
    if let Some(client) = import.looking
        && find(client, &model.id)?.is_some()
    {
        return Ok(());
    }
    if let Some(client) = import.sending {
        let pairs = |texts: &hven_imports::mlflow::Texts| -> Value {
            texts.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect()
        };
        let mut new = json!({
            "model_id": model.id, "experiment_id": experiment, "name": model.name,
            "tags": pairs(&model.tags), "params": pairs(&model.params),
        });
        for (field, value) in [("source_run_id", run), ("model_type", model.model_type.as_deref())] {
            if let Some(value) = value {
                new[field] = value.into();
            }
        }
        if let Some(created) = model.created {
            new["creation_timestamp_ms"] = created.into();
        }
        client.mlflow(Method::POST, "logged-models", &new)?;
    }
    import.tally.lock().content.logged_models += 1;
    Ok(())
}

/// Says that the files of a model came.
pub fn finish(sending: Option<&Client>, model: &LoggedModel) -> Outcome<()> {
    if let Some(client) = sending {
        let status = json!({ "model_id": model.id, "status": model.status });
        client.mlflow(Method::PATCH, &format!("logged-models/{}", model.id), &status)?;
    }
    Ok(())
}

/// Brings a model that no run made: Hven opens a run that holds its files.
pub fn alone(import: &RunImport<'_>, experiment: &str, model: &LoggedModel) -> Outcome<()> {
    let found = match import.looking.filter(|_| is_id(&model.id)) {
        Some(client) => find(client, &model.id)?,
        None => None,
    };
    let pending = found.as_ref().map(|found| found["model"]["info"]["status"] == "LOGGED_MODEL_PENDING");
    if pending == Some(false) {
        return Ok(());
    }
    create_in(import, experiment, None, model)?;
    let mut faults = Faults::default();
    let files = if import.with_files { import.store.model_artifacts(model, "", &mut faults)? } else { Vec::new() };
    import.tally.faults(faults);
    let Some(client) = import.sending else {
        let mut sender = FileSender::new(None, None, None, import.tally, &model.id)?;
        return files.into_iter().try_for_each(|file| sender.send(file));
    };
    // The run that holds the files is named by no client, so they are found by their place.
    let run = client.mlflow_get(&format!("logged-models/{}", model.id), &[])?;
    let Some(run) = run["model"]["info"]["hven_run"].as_str() else {
        return Err(Failed::Here("the server does not say which run holds its files".to_owned()));
    };
    let mut sender = FileSender::new(Some(client), Some(client), import.server, import.tally, run)?;
    for mut file in files {
        file.path = format!("models/{}/{}", model.id, file.path);
        sender.send(file)?;
    }
    sender.finish()?;
    finish(Some(client), model)
}
