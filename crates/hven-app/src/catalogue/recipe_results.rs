//! Adds results to the catalogue. The submission of a run names its purpose. So when the run is done, its table becomes
//! a version and its parts become a split, even if processes were killed meanwhile.

use hven_core::{
    ActorId, DatasetId, Fact,
    access::Role,
    catalogue::{Part, Purpose, SplitAdded, VersionAdded},
    name::Name,
    object::FileRef,
    project::ProjectPath,
    run::State,
};
use serde::Deserialize;

use crate::{
    catalogue::{
        floor::Catalogue,
        result_files::{REPORT, SPLIT, TABLE, part_path},
        split_conflicts::{self, SplitArguments},
    },
    kernel::{
        callers::Caller,
        documents::document,
        error::{AppError, AppResult},
        find::run::run_for,
        labelled::{Labelled, label},
        projects,
        random::random,
    },
    ports::{catalogue::DatasetView, error::StoreError, run::RunView},
    work::{fresh_folders::made, reproduce::continue_reproduction},
};

/// The dataset of a processed result.
#[derive(Clone, Debug)]
pub struct ResultDataset {
    pub dataset: DatasetView,
    /// Whether a version or split was added. Otherwise the catalogue had it already.
    pub new: bool,
}

/// The dataset that a run made. Adds it to the catalogue if that is still to be done. Fails when the run is not done,
/// or has no such purpose.
pub async fn dataset_of_run(catalogue: &Catalogue, caller: &Caller, name: &str) -> AppResult<Labelled<DatasetView>> {
    let run = run_for(catalogue, caller, name, Role::Viewer).await?;
    let result = process_result(catalogue, run).await?;
    let result = result.ok_or_else(|| AppError::not_found("dataset", format!("of run {name}")))?;
    label(catalogue, result.dataset).await
}

/// Processes the result of a run according to its purpose.
pub(crate) async fn process_result(catalogue: &Catalogue, run: RunView) -> AppResult<Option<ResultDataset>> {
    let Some(purpose) = run.purpose.clone() else { return Ok(None) };
    if !purpose.is_catalogued() {
        Box::pin(continue_reproduction::continue_after(catalogue, &run)).await?;
        return Ok(None);
    }
    if let Purpose::Dataset { name, .. } = &purpose {
        let mut made = catalogue.ports.views.datasets_of_run(run.id).await?.into_iter();
        let of_name = |made: &DatasetView| made.version.project == run.project && made.version.name == *name;
        if let Some(dataset) = made.rfind(of_name) {
            return Ok(Some(ResultDataset { dataset, new: false }));
        }
    }
    let (project, actor) = (run.project.clone(), run.submitted_by);
    add_result(catalogue, &run, &project, &purpose, actor).await
}

/// Adds the run's result for this purpose, unless the newest version of its name is the same.
pub(crate) async fn add_result(
    catalogue: &Catalogue,
    run: &RunView,
    project: &ProjectPath,
    purpose: &Purpose,
    actor: ActorId,
) -> AppResult<Option<ResultDataset>> {
    if run.state != State::Done {
        return Ok(None);
    }
    // One at a time, so that two imports of one name get two numbers.
    let _turn = catalogue.catalogue_turn.lock().await;
    match purpose {
        Purpose::Dataset { name, license, description, .. } => {
            let names = [(project.clone(), name.clone())];
            let Some(newest) = catalogue.ports.views.dataset_versions(&names).await?.into_iter().next() else {
                return add_version(catalogue, run, project, purpose, 1, actor).await.map(Some);
            };
            let before = &newest.version;
            if before.license == *license
                && before.description == *description
                && is_result_of(catalogue, before, run).await?
            {
                return Ok(Some(ResultDataset { dataset: newest, new: false }));
            }
            add_version(catalogue, run, project, purpose, before.version + 1, actor).await.map(Some)
        }
        Purpose::Split { dataset, name, hold_out } => {
            add_split(catalogue, run, *dataset, name, hold_out.as_ref(), actor).await.map(Some)
        }
        Purpose::Again { .. } | Purpose::Compare { .. } => Ok(None),
    }
}

/// Whether a version is the result of the run: the same table, with the same problems and the same checks. The source
/// may have been written in another way.
async fn is_result_of(catalogue: &Catalogue, version: &VersionAdded, run: &RunView) -> AppResult<bool> {
    let (table, report) = (made(run, TABLE)?, made(run, REPORT)?);
    if version.content.digest != table.digest {
        return Ok(false);
    }
    if version.report == report.digest {
        return Ok(true);
    }
    let (before, now) = (document(catalogue, version.report).await?, document(catalogue, report.digest).await?);
    let (Some(before), Some(now)) = (before, now) else { return Ok(false) };
    Ok(["checks", "problems"].iter().all(|part| before.get(part) == now.get(part)))
}

/// The needed part of the importer's report.
#[derive(Deserialize)]
struct Report {
    rows: u64,
    schema: Columns,
    problems: Problems,
    #[serde(default)]
    checks: Vec<Check>,
}

#[derive(Deserialize)]
struct Columns {
    columns: Vec<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Problems {
    total: u64,
}

#[derive(Deserialize)]
struct Check {
    outcome: String,
}

async fn add_version(
    catalogue: &Catalogue,
    run: &RunView,
    project: &ProjectPath,
    purpose: &Purpose,
    version: u32,
    actor: ActorId,
) -> AppResult<ResultDataset> {
    let Purpose::Dataset { name, license, description, source } = purpose else {
        return Err(AppError::Conflict(format!("run {} makes no dataset", run.handle)));
    };
    let (content, report_file) = (made(run, TABLE)?.clone(), made(run, REPORT)?);
    let report: Report = read(catalogue, report_file).await?;
    let raw = run.spec().and_then(|spec| spec.inputs.first());
    let added = VersionAdded {
        dataset: DatasetId::mint(catalogue.now(), random()),
        project: project.clone(),
        name: name.clone(),
        version,
        run: run.id,
        source: raw.map(|raw| FileRef { path: source.clone(), ..raw.clone() }),
        content,
        report: report_file.digest,
        rows: report.rows,
        columns: report.schema.columns.len() as u32,
        problems: report.problems.total,
        checks_failed: report.checks.iter().filter(|check| check.outcome != "true").count() as u32,
        license: license.clone(),
        description: description.clone(),
    };
    let facts = [projects::new_project(catalogue, project).await?, Some(Fact::from(added))];
    let key = format!("dataset {} {project} {name}@{version}", run.id);
    let appended = catalogue.record(actor, Some(key), facts.into_iter().flatten().collect()).await?;
    let added = appended.facts.iter().find_map(|recorded| match &recorded.fact {
        Some(Fact::DatasetVersionAdded(added)) => Some(added.dataset),
        _ => None,
    });
    let added = added.ok_or_else(|| AppError::Conflict(format!("the dataset of run {} was erased", run.handle)))?;
    let dataset = catalogue.ports.views.dataset(added).await?.ok_or_else(|| AppError::not_found("dataset", added))?;
    Ok(ResultDataset { dataset, new: !appended.earlier })
}

/// The report of a recipe that splits a table.
#[derive(Deserialize)]
struct SplitMade {
    method: String,
    parts: Vec<PartMade>,
}

#[derive(Deserialize)]
struct PartMade {
    name: Name,
    rows: u64,
}

async fn add_split(
    catalogue: &Catalogue,
    run: &RunView,
    dataset: DatasetId,
    name: &Name,
    hold_out: Option<&Name>,
    actor: ActorId,
) -> AppResult<ResultDataset> {
    let missing = || AppError::not_found("dataset", dataset);
    let there = catalogue.ports.views.splits(dataset).await?;
    let mut new = !there.iter().any(|split| split.name == *name && split.run == run.id)
        && catalogue.ports.views.split_of_run(run.id).await? != Some(dataset);
    if new {
        let divided = catalogue.ports.views.dataset(dataset).await?.ok_or_else(missing)?;
        // Checked again, because another split may have been added meanwhile.
        split_conflicts::require_no_conflict(catalogue, &divided, name, SplitArguments::of_run(run).as_ref()).await?;
        let report: SplitMade = read(catalogue, made(run, SPLIT)?).await?;
        let mut parts = Vec::with_capacity(report.parts.len());
        for part in report.parts {
            let path = part_path(&part.name);
            let content = made(run, &path)?.clone();
            let hold_out = hold_out == Some(&part.name);
            parts.push(Part { name: part.name, rows: part.rows, content, hold_out });
        }
        if let Some(recorded) = there.iter().find(|split| split.name == *name) {
            split_conflicts::require_same_parts(&divided, recorded, &parts)?;
        }
        let added = SplitAdded { dataset, name: name.clone(), run: run.id, method: report.method, parts };
        let appended = catalogue.record(actor, Some(format!("split {} {dataset}", run.id)), vec![added.into()]).await?;
        new = !appended.earlier;
    }
    let dataset = catalogue.ports.views.dataset(dataset).await?.ok_or_else(missing)?;
    Ok(ResultDataset { dataset, new })
}

async fn read<T: serde::de::DeserializeOwned>(catalogue: &Catalogue, file: &FileRef) -> AppResult<T> {
    let value = document(catalogue, file.digest).await?.ok_or_else(|| AppError::not_found("object", file.digest))?;
    serde_json::from_value(value).map_err(|e| {
        AppError::Store(StoreError::Damaged { what: format!("{} of a recipe", file.path), why: e.to_string() })
    })
}
