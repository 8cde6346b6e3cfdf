//! `/mlflow-artifacts`: the files of runs and models.

use std::collections::BTreeMap;

use axum::{
    Json,
    body::Body,
    extract::{Path, Request, State},
    http::header,
    response::{IntoResponse, Response},
};
use futures::{StreamExt, TryStreamExt};
use hven_app::{AppError, external::add_files, files, objects};
use hven_core::{
    access::Role,
    object::{FileKind, FileRef},
};
use hven_door::{Admitted, DoorState};
use serde_json::{Value, json};

use crate::{
    answer::{Answer, Fault, empty},
    artifact_path::{self, ArtifactPath, missing},
    fields::Fields,
    find_run::{find, shown},
};

/// A file of a user is shown by this server's address: a browser may run nothing of it.
const FILE_POLICY: &str = "default-src 'none'; sandbox";

/// Stores a file as an output of its run. It replaces an earlier one of the same path.
pub(crate) async fn put(
    State(door): State<DoorState>,
    who: Admitted,
    Path(path): Path<String>,
    request: Request,
) -> Answer {
    let (app, caller) = (&door.app, who.caller());
    let at = artifact_path::find(app, caller, &path).await?;
    if at.path.is_empty() {
        return Err(Fault::invalid(format!("Invalid path: {path:?} names no file")));
    }
    // A run that takes no files is refused before its bytes arrive.
    match find(app, caller, &at.run.to_string(), Role::Member).await {
        Ok(run) if run.archived => return Err(Fault::deleted(run.id)),
        other => drop(other?),
    }
    let bytes = request.into_body().into_data_stream().map_err(std::io::Error::other).boxed();
    let (digest, size) = objects::receive_unnamed(&app.kernel, &who.0, bytes).await?;
    let file = FileRef { path: at.full(), digest, size, kind: FileKind::File };
    match add_files::add_files(app, caller, &at.run.to_string(), None, vec![file]).await {
        Err(AppError::NotFound { noun: "run", .. }) => Err(missing(&path)),
        Err(error) => Err(error.into()),
        Ok(_) => Ok(empty()),
    }
}

pub(crate) async fn get(State(door): State<DoorState>, who: Admitted, Path(path): Path<String>) -> Answer<Response> {
    let (app, caller) = (&door.app, who.caller());
    let at = artifact_path::find(app, caller, &path).await?;
    let found = files::open(app, caller, &at.run.to_string(), &at.full()).await;
    let content = match found {
        Err(AppError::NotFound { .. }) => return Err(missing(&path)),
        other => other?,
    };
    let name = at.path.rsplit('/').next().unwrap_or("file");
    let kind = mime_guess::from_path(name).first_or_octet_stream().to_string();
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_LENGTH, content.size.to_string()),
        (header::CONTENT_SECURITY_POLICY, FILE_POLICY.to_owned()),
        (header::CONTENT_DISPOSITION, "attachment".to_owned()),
    ];
    Ok((headers, Body::from_stream(content.bytes)).into_response())
}

/// The record keeps every output, so a file cannot be taken away from its run.
pub(crate) async fn delete(Path(path): Path<String>) -> Answer {
    Err(Fault::not_implemented(format!(
        "the artifact {path:?} stays: Hven keeps what a run made. `hven redact` erases the bytes of a file for good"
    )))
}

/// The entries of a folder, for clients that read through the proxy.
pub(crate) async fn list(State(door): State<DoorState>, who: Admitted, fields: Fields) -> Answer {
    let path = fields.text("path")?.unwrap_or_default();
    let at = artifact_path::find(&door.app, who.caller(), &path).await?;
    let entries = entries(&door, &who, &at).await?;
    // The paths are relative to the folder.
    Ok(Json(listed(entries, "")))
}

/// The entries of a folder of a run, for older clients. The paths are relative to the artifacts of the run.
pub(crate) async fn list_of_run(State(door): State<DoorState>, who: Admitted, fields: Fields) -> Answer {
    let (run, experiment) = shown(&door.app, who.caller(), &fields.run_id()?).await?;
    let path = fields.text("path")?.unwrap_or_default();
    let path = path.trim_matches('/').to_owned();
    artifact_path::check(&path)?;
    let at = ArtifactPath { run: run.id, root: String::new(), path };
    let before = if at.path.is_empty() { String::new() } else { format!("{}/", at.path) };
    let mut answer = listed(entries(&door, &who, &at).await?, &before);
    answer["root_uri"] = run.artifact_uri(&experiment).into();
    Ok(Json(answer))
}

/// The entries of a folder of a logged model.
pub(crate) async fn list_of_model(
    State(door): State<DoorState>,
    who: Admitted,
    Path(model): Path<String>,
    fields: Fields,
) -> Answer {
    let folder = fields.text("artifact_directory_path")?.unwrap_or_default();
    let at = artifact_path::find(&door.app, who.caller(), &format!("0/models/{model}/artifacts/{folder}")).await?;
    let before = if at.path.is_empty() { String::new() } else { format!("{}/", at.path) };
    Ok(Json(listed(entries(&door, &who, &at).await?, &before)))
}

/// The names in a folder: a size for a file, none for a folder.
async fn entries(door: &DoorState, who: &Admitted, at: &ArtifactPath) -> Answer<BTreeMap<String, Option<u64>>> {
    let found = files::list(&door.app, who.caller(), &at.run.to_string()).await;
    let outputs = match found {
        Err(AppError::NotFound { .. }) => return Err(missing(&at.path)),
        other => other?.outputs,
    };
    let folder = if at.path.is_empty() { at.root.clone() } else { format!("{}/", at.full()) };
    let mut entries = BTreeMap::new();
    for file in outputs {
        let Some(below) = file.path.strip_prefix(&folder) else { continue };
        match below.split_once('/') {
            Some((name, _)) => entries.insert(name.to_owned(), None),
            None => entries.insert(below.to_owned(), Some(file.size)),
        };
    }
    Ok(entries)
}

fn listed(entries: BTreeMap<String, Option<u64>>, before: &str) -> Value {
    if entries.is_empty() {
        return json!({});
    }
    let file = |(name, size): (String, Option<u64>)| match size {
        Some(size) => json!({ "path": format!("{before}{name}"), "is_dir": false, "file_size": size }),
        None => json!({ "path": format!("{before}{name}"), "is_dir": true }),
    };
    json!({ "files": entries.into_iter().map(file).collect::<Vec<_>>() })
}

/// Uploads in parts are not offered: the client then sends the file as a whole.
pub(crate) async fn parts() -> Answer {
    Err(Fault::not_implemented("Multipart upload is not supported for the current artifact repository"))
}
