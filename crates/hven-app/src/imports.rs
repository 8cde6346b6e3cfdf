//! Bringing tables in: an import is a run of the recipe `import` over the raw bytes, and its result becomes a version of a
//! dataset.

use hven_core::{
    Digest,
    access::Role,
    catalogue::Purpose,
    name::Name,
    object::{FileKind, FileRef},
    project::ProjectPath,
    run::{Limits, Spec},
};
use serde_json::json;

use crate::{
    App, AppError, AppResult, Caller,
    ports::{catalogue::DatasetView, objects::Presence, views::RunView},
    settle,
    submit::{self, Submission, Submit},
};

/// A table that is to be taken in.
#[derive(Clone, Debug)]
pub struct Import {
    pub project: ProjectPath,
    pub name: Name,
    /// The raw bytes, under the path that the person named.
    pub source: FileRef,
    /// What the recipe is told beside name and licence: format, types, units, nulls, checks.
    pub options: serde_json::Map<String, serde_json::Value>,
    pub license: Option<String>,
    pub description: Option<String>,
    pub memory_limit_bytes: Option<u64>,
    pub fresh: bool,
}

/// A run that makes or made something for the catalogue.
#[derive(Clone, Debug)]
pub struct CatalogueRun {
    pub run: RunView,
    pub up_to_date: bool,
    /// What there is already, when nothing was started.
    pub dataset: Option<DatasetView>,
    /// The newest version had the same bytes: no new one was made.
    pub unchanged: bool,
}

/// Above this an import is stopped, when nobody says otherwise.
const MEMORY_LIMIT_BYTES: u64 = 1 << 30;
const TEXT_BYTES_MAX: usize = 4000;
/// What an import makes.
const OUTPUTS: [&str; 4] = ["data.parquet", settle::REPORT, "problems.parquet", "sample.json"];

pub async fn add(app: &App, caller: &Caller, key: Option<String>, import: Import) -> AppResult<CatalogueRun> {
    caller.require(Role::Member, &import.project)?;
    if import.source.kind != FileKind::File {
        return Err(AppError::invalid(&import.source.path, "is a folder: name the file of the table"));
    }
    if !matches!(app.ports.objects.presence(import.source.digest).await?, Presence::Whole { .. }) {
        return Err(AppError::not_found("object", import.source.digest));
    }
    for text in import.license.iter().chain(&import.description) {
        if text.len() > TEXT_BYTES_MAX {
            return Err(AppError::invalid("the licence or the description", "is longer than 4,000 bytes"));
        }
    }
    let mut arguments = import.options;
    arguments.insert("name".to_owned(), json!(import.name));
    arguments.insert("license".to_owned(), json!(import.license));
    let staged = FileRef { path: staged_path(&import.source.path), ..import.source.clone() };
    let purpose = Purpose::Dataset {
        name: import.name.clone(),
        license: import.license,
        description: import.description,
        source: import.source.path,
    };
    let spec = recipe_run("import", arguments.into(), vec![staged], OUTPUTS.map(str::to_owned).to_vec());
    let memory_bytes = Some(import.memory_limit_bytes.unwrap_or(MEMORY_LIMIT_BYTES));
    let spec = Spec { limits: Limits { memory_bytes, ..Limits::default() }, ..spec };
    let submit = Submit {
        name: Some(format!("import {}", import.name)),
        purpose: Some(purpose),
        fresh: import.fresh,
        ..Submit::of(import.project, spec)
    };
    catalogue_run(app, caller, key, submit).await
}

/// Submits a run whose result goes into the catalogue; when it was done before, takes that result in at once.
pub(crate) async fn catalogue_run(
    app: &App,
    caller: &Caller,
    key: Option<String>,
    submit: Submit,
) -> AppResult<CatalogueRun> {
    let (project, purpose) = (submit.project.clone(), submit.purpose.clone());
    match submit::submit(app, caller, key, submit).await? {
        Submission::New(name, handle) => {
            let run = app.ports.views.runs_named(&name).await?.pop();
            let run = run.ok_or_else(|| AppError::not_found("run", handle))?;
            Ok(CatalogueRun { run, up_to_date: false, dataset: None, unchanged: false })
        }
        Submission::UpToDate(run) => {
            let settled = match &purpose {
                Some(purpose) => settle::take_in(app, &run, &project, purpose, caller.actor()).await?,
                None => None,
            };
            let unchanged = settled.as_ref().is_some_and(|settled| !settled.new);
            let dataset = settled.map(|settled| settled.dataset);
            Ok(CatalogueRun { run: *run, up_to_date: true, dataset, unchanged })
        }
    }
}

/// A task that ships with Hven, in a fresh folder. Its version is filled in when it is submitted.
pub(crate) fn recipe_run(name: &str, arguments: serde_json::Value, inputs: Vec<FileRef>, outputs: Vec<String>) -> Spec {
    Spec {
        argv: Vec::new(),
        cwd: String::new(),
        umask: 0o022,
        environment: Default::default(),
        secrets: Vec::new(),
        resources: Default::default(),
        limits: Limits::default(),
        inputs,
        outputs,
        code: None,
        retries_max: 0,
    }
}

/// The name of the source in the recipe's folder: always the same but for its ending, so that a file that was only renamed
/// is known again.
fn staged_path(path: &str) -> String {
    let file = path.rsplit('/').next().unwrap_or_default();
    let ending = file.rsplit_once('.').map(|(_, ending)| ending.to_lowercase());
    match ending.filter(|ending| !ending.is_empty() && ending.len() <= 10 && ending.chars().all(char::is_alphanumeric)) {
        Some(ending) => format!("source.{ending}"),
        None => "source".to_owned(),
    }
}

/// The digests of a dataset's bytes, by what they are.
pub(crate) fn output<'r>(run: &'r RunView, path: &str) -> Option<&'r FileRef> {
    run.result.iter().flat_map(|result| &result.outputs).find(|file| file.path == path)
}

/// Says what is missing in a run that should have made it.
pub(crate) fn not_made(run: &RunView, path: &str) -> AppError {
    AppError::Conflict(format!("run {} has not made {path} (it is {})", run.handle, run.state.as_str()))
}

/// A digest as the arguments of a recipe hold it.
pub(crate) fn staged(path: &str, digest: Digest, size: u64) -> FileRef {
    FileRef { path: path.to_owned(), digest, size, kind: FileKind::File }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renamed_file_is_staged_under_the_same_name() {
        assert_eq!(staged_path("data/Planets.CSV"), "source.csv");
        assert_eq!(staged_path("planets.csv"), "source.csv");
        assert_eq!(staged_path("/a.b/planets"), "source");
        assert_eq!(staged_path("x.t t"), "source");
    }
}
