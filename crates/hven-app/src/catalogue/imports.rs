//! Imports tables: an import is a run of a recipe over the raw bytes, and its result becomes a version of a dataset.

use std::collections::BTreeMap;

use hven_core::{
    Unit,
    access::Role,
    catalogue::Purpose,
    dataset::ColumnType,
    expression::Expression,
    licence, limits,
    name::Name,
    object::{FileKind, FileRef},
    project::ProjectPath,
    recipe::StartedBy,
    run::{Limits, Spec},
};
use serde_json::{Map, Value, json};

use crate::{
    catalogue::{floor::Catalogue, object_reads, recipe_results, result_files},
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        labelled::{Labelled, NeededLabels as Names, NeedsLabels, label},
        object_rights,
    },
    ports::{
        catalogue::DatasetView,
        objects::Presence,
        run::RunView,
        tables::{TableError, TableSource},
    },
    work::{
        fresh_folders::fresh_run,
        lookup::{self, LookupAnswer},
        submit::{
            start,
            submission::{RunRequest, SubmitOutcome},
        },
    },
};

/// A table to import.
#[derive(Clone, Debug)]
pub struct TableImport {
    pub project: ProjectPath,
    pub name: Name,
    /// The raw bytes, under the path that the person named.
    pub source: FileRef,
    /// Settings of the recipe other than name and licence: format, types, units, nulls, checks.
    pub options: ImportOptions,
    pub license: Option<String>,
    pub description: Option<String>,
    pub memory_limit_bytes: Option<u64>,
    pub fresh: bool,
}

/// How to read the source, as far as the caller specifies it.
#[derive(Clone, Debug, Default)]
pub struct ImportOptions {
    pub types: BTreeMap<String, String>,
    pub units: BTreeMap<String, String>,
    /// Texts for a missing value, in addition to the empty cell and the usual words.
    pub nulls: Option<Vec<String>>,
    pub checks: Vec<String>,
    /// How the source is read, by the names of the recipe's arguments: delimiter, encoding and so on.
    pub source_settings: Map<String, Value>,
}

impl ImportOptions {
    /// Refuses options that are wrong for every source.
    fn check(&self) -> AppResult<()> {
        for (column, text) in &self.types {
            if let Err(wrong) = text.parse::<ColumnType>() {
                return Err(AppError::invalid(format!("the type of {column}"), format!("is refused: {wrong}")));
            }
        }
        for (column, text) in &self.units {
            if let Err(wrong) = Unit::read(text) {
                return Err(AppError::invalid(format!("the unit of {column}"), format!("is refused: {wrong}")));
            }
        }
        for text in &self.checks {
            if let Err(wrong) = Expression::parse(text) {
                return Err(AppError::invalid("the check cannot be read:", format!("\n{}", wrong.render(text))));
            }
        }
        Ok(())
    }
}

/// A run whose result belongs into the catalogue.
#[derive(Clone, Debug)]
pub struct CatalogueRun {
    pub run: RunView,
    pub up_to_date: bool,
    /// The existing dataset, when no run was started.
    pub dataset: Option<DatasetView>,
    /// The newest version had the same bytes, so no new version was made.
    pub unchanged: bool,
}

impl NeedsLabels for CatalogueRun {
    fn add_to(&self, wanted: &mut Names) {
        self.run.add_to(wanted);
        self.dataset.add_to(wanted);
    }
}

/// The default memory limit of an import. An import that needs more is stopped.
const MEMORY_LIMIT_BYTES: u64 = 1 << 30;

/// The outputs of an import.
const OUTPUTS: [&str; 4] = [result_files::TABLE, result_files::REPORT, "sample.json", "problems"];

pub async fn add(
    catalogue: &Catalogue,
    caller: &Caller,
    key: Option<String>,
    import: TableImport,
) -> AppResult<Labelled<CatalogueRun>> {
    may_import(catalogue, caller, &import).await?;
    label(catalogue, catalogue_run(catalogue, caller, key, submission(catalogue, import)?).await?).await
}

/// Requires the right to import this source into its project.
async fn may_import(catalogue: &Catalogue, caller: &Caller, import: &TableImport) -> AppResult<()> {
    caller.require(Role::Member, &import.project)?;
    let source = import.source.digest;
    let is_hidden = object_rights::unnameable_objects(catalogue, caller, &[source]).await?.contains(&source);
    if is_hidden || !matches!(catalogue.ports.objects.presence(source).await?, Presence::Whole { .. }) {
        return Err(AppError::not_found("object", source));
    }
    Ok(())
}

/// How the import would read the source: delimiter, names, types, doubtful cells and first rows. Records nothing, except
/// that held-out data was read.
pub async fn look(catalogue: &Catalogue, caller: &Caller, import: TableImport) -> AppResult<Value> {
    may_import(catalogue, caller, &import).await?;
    let source = import.source.digest;
    let ask = submission(catalogue, import)?;
    let arguments = ask.recipe.map(|recipe| recipe.arguments).unwrap_or_default();
    let opened = catalogue.ports.objects.open(source, 0).await?;
    let (size, bytes) = opened.ok_or_else(|| AppError::not_found("object", source))?;
    object_reads::note_reading(catalogue, caller, source).await?;
    catalogue.ports.tables.look(TableSource { size, bytes }, &arguments).await.map_err(|wrong| match wrong {
        TableError::Refused(why) => AppError::invalid("the table", format!("cannot be read: {why}")),
        TableError::Store(error) => error.into(),
    })
}

/// Whether the import was done before, and if not, why it would run.
pub async fn look_up(catalogue: &Catalogue, caller: &Caller, import: TableImport) -> AppResult<Labelled<LookupAnswer>> {
    lookup::look_up(catalogue, caller, submission(catalogue, import)?).await
}

/// The request for the run of an import.
fn submission(catalogue: &Catalogue, import: TableImport) -> AppResult<RunRequest> {
    if import.source.kind != FileKind::File {
        return Err(AppError::invalid(&import.source.path, "is a folder: name the file of the table"));
    }
    limits::path("the source", &import.source.path)?;
    limits::whole("the size of the source", import.source.size, limits::WHOLE_MAX)?;
    for text in import.license.iter().chain(&import.description) {
        limits::lines("the licence or the description", text, limits::TEXT_BYTES_MAX)?;
    }
    import.license.as_deref().map(licence::form).transpose()?;
    import.options.check()?;
    let ImportOptions { types, units, nulls, checks, source_settings } = &import.options;
    let mut arguments = json!({
        "name": import.name,
        "license": import.license,
        "types": types,
        "units": units,
        "nulls": nulls,
        "checks": checks,
    });
    // A setting that is not given is left out, so that the content key of an import without it stays the same.
    if let Value::Object(arguments) = &mut arguments {
        arguments.extend(source_settings.clone());
    }
    let recipe = catalogue.recipes.started_by(StartedBy::Import, arguments)?;
    catalogue.recipes.find(recipe.clone())?;
    let checked = catalogue.ports.tables.check(&recipe.arguments);
    checked.map_err(|why| AppError::invalid("the import", format!("is refused: {why}")))?;
    let staged = FileRef { path: staged_path(&import.source.path), ..import.source.clone() };
    let purpose = Purpose::Dataset {
        name: import.name.clone(),
        license: import.license,
        description: import.description,
        source: import.source.path,
    };
    let spec = fresh_run(vec![staged], OUTPUTS.map(str::to_owned).to_vec());
    let memory_bytes = Some(import.memory_limit_bytes.unwrap_or(MEMORY_LIMIT_BYTES));
    let spec = Spec { limits: Limits { memory_bytes, ..Limits::default() }, ..spec };
    Ok(RunRequest {
        name: Some(format!("import {}", import.name)),
        recipe: Some(recipe),
        purpose: Some(purpose),
        fresh: import.fresh,
        ..RunRequest::of(import.project, spec)
    })
}

/// Submits a run whose result belongs into the catalogue. If the same work was done before, adds its result at once.
pub(crate) async fn catalogue_run(
    catalogue: &Catalogue,
    caller: &Caller,
    key: Option<String>,
    submit: RunRequest,
) -> AppResult<CatalogueRun> {
    let (project, purpose) = (submit.project.clone(), submit.purpose.clone());
    match Box::pin(start::submit_known(catalogue, caller, key, submit)).await? {
        SubmitOutcome::New(name, handle, _) => {
            let run = catalogue.ports.views.runs_named(&name).await?.pop();
            let run = run.ok_or_else(|| AppError::not_found("run", handle))?;
            Ok(CatalogueRun { run, up_to_date: false, dataset: None, unchanged: false })
        }
        SubmitOutcome::UpToDate(run) => {
            let result = match &purpose {
                Some(purpose) => recipe_results::add_result(catalogue, &run, &project, purpose, caller.actor()).await?,
                None => None,
            };
            let unchanged = result.as_ref().is_some_and(|result| !result.new);
            let dataset = result.map(|result| result.dataset);
            Ok(CatalogueRun { run: *run, up_to_date: true, dataset, unchanged })
        }
    }
}

/// The name of the source in the recipe's folder: always the same except for the extension, so that renaming a file
/// does not cause a new import.
fn staged_path(path: &str) -> String {
    let file = path.rsplit('/').next().unwrap_or_default();
    let ending = file.rsplit_once('.').map(|(_, ending)| ending.to_lowercase());
    match ending.filter(|ending| !ending.is_empty() && ending.len() <= 10 && ending.chars().all(char::is_alphanumeric))
    {
        Some(ending) => format!("source.{ending}"),
        None => "source".to_owned(),
    }
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
