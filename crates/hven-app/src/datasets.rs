//! Datasets that are there: looking for them, and handing out what they hold.

use hven_core::{
    DatasetId, Digest, Fact,
    access::Role,
    catalogue::{DatasetRef, HoldOutRead, Part, Reader},
    name::Name,
    object::FileRef,
    project::ProjectPath,
};

use crate::{
    App, AppError, AppResult, Caller,
    access::{Meant, only_one},
    files::Content,
    ports::{
        catalogue::{DatasetView, HoldOutReadView, SplitView},
        views::{Filter, ListQuery, Page},
    },
    soundness::{self, Stands},
};

/// Everything about one version.
#[derive(Clone, Debug)]
pub struct Detail {
    pub dataset: DatasetView,
    /// The importer's documents as they were written; `None` when they are gone.
    pub report: Option<serde_json::Value>,
    pub sample: Option<serde_json::Value>,
    pub versions: Vec<DatasetView>,
    pub splits: Vec<SplitView>,
    pub hold_out_reads: Vec<HoldOutReadView>,
    pub hold_out_reads_total: u64,
    pub stands: Stands,
}

/// Reports of tables with very many columns are large.
const DOCUMENT_BYTES_MAX: usize = 64 << 20;
const READS_SHOWN: usize = 100;
/// The importer's first rows, beside its report.
const SAMPLE: &str = "sample.json";

pub async fn list(app: &App, caller: &Caller, filter: Filter) -> AppResult<Page<DatasetView>> {
    caller.require_user()?;
    let query = ListQuery { scopes: caller.scopes(), filter };
    Ok(app.ports.views.datasets(&query).await?)
}

pub async fn detail(app: &App, caller: &Caller, name: &str, project: Option<&ProjectPath>) -> AppResult<Detail> {
    let (dataset, _) = find(app, caller, name, project, Role::Viewer).await?;
    let of = &dataset.version;
    let versions = app.ports.views.dataset_versions(&of.project, &of.name).await?;
    let splits = app.ports.views.splits(of.dataset).await?;
    let hold_out_reads = app.ports.views.hold_out_reads(of.dataset, READS_SHOWN).await?;
    let hold_out_reads_total = app.ports.views.hold_out_read_count(of.dataset).await?;
    let report = document(app, of.report).await?;
    let sample = match made_beside(app, &dataset, SAMPLE).await? {
        Some(file) => document(app, file.digest).await?,
        None => None,
    };
    let stands = soundness::stands(app, caller, of.dataset.into()).await?;
    Ok(Detail { dataset, report, sample, versions, splits, hold_out_reads, hold_out_reads_total, stands })
}

/// Another output of the run that made the dataset.
async fn made_beside(app: &App, dataset: &DatasetView, path: &str) -> AppResult<Option<FileRef>> {
    let run = crate::ports::views::RunName::Id(dataset.version.run);
    let run = app.ports.views.runs_named(&run).await?.pop();
    let outputs = run.and_then(|run| run.result).map(|result| result.outputs).unwrap_or_default();
    Ok(outputs.into_iter().find(|file| file.path == path))
}

/// A JSON document of a recipe; `None` when its bytes are gone or are none.
pub(crate) async fn document(app: &App, digest: Digest) -> AppResult<Option<serde_json::Value>> {
    let bytes = app.ports.objects.head(digest, DOCUMENT_BYTES_MAX).await?;
    Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
}

/// The bytes of a dataset, or of a part of it.
pub async fn content(app: &App, caller: &Caller, name: &str, project: Option<&ProjectPath>) -> AppResult<Content> {
    let (dataset, part) = find(app, caller, name, project, Role::Viewer).await?;
    let file = meant(app, &dataset, part.as_ref()).await?;
    let opened = app.ports.objects.open(file.digest, 0).await?;
    let (size, bytes) = opened.ok_or_else(|| AppError::not_found("object", file.digest))?;
    note_reading(app, caller, file.digest).await?;
    Ok(Content { file, size, bytes })
}

/// Which table a name means, without handing it out.
pub async fn table(app: &App, caller: &Caller, name: &str, project: Option<&ProjectPath>) -> AppResult<FileRef> {
    let (dataset, part) = find(app, caller, name, project, Role::Viewer).await?;
    meant(app, &dataset, part.as_ref()).await
}

/// The part of a name that stands for the whole dataset, what is held out included.
pub(crate) const ALL: &str = "all";

/// The table of a dataset or of its part. Of a dataset that holds something out, its name alone means the rest.
async fn meant(app: &App, dataset: &DatasetView, part: Option<&Name>) -> AppResult<FileRef> {
    let splits = app.ports.views.splits(dataset.version.dataset).await?;
    let whole = || dataset.version.content.clone();
    let Some(wanted) = part else {
        let holds_out = |split: &&SplitView| split.parts.iter().any(|part| part.hold_out);
        let Some(split) = splits.iter().rfind(holds_out) else { return Ok(whole()) };
        let open: Vec<_> = split.parts.iter().filter(|part| !part.hold_out).collect();
        return match open.as_slice() {
            [only] => Ok(only.content.clone()),
            _ => Err(several_parts(dataset, &open)),
        };
    };
    match part_named(&splits, wanted) {
        Some(part) => Ok(part.content.clone()),
        None if wanted.as_str() == ALL => Ok(whole()),
        None => Err(no_part(dataset, wanted, &splits)),
    }
}

fn several_parts(dataset: &DatasetView, open: &[&Part]) -> AppError {
    let name = reference(dataset);
    let names: Vec<String> = open.iter().map(|part| format!("{name}.{}", part.name)).collect();
    AppError::invalid(name.clone(), format!("is divided: say {}, or {name}.{ALL} for the whole", names.join(", ")))
}

/// Records that a person is given what a dataset holds out, by whichever door. What runs read is recorded when they are
/// submitted.
pub(crate) async fn note_reading(app: &App, caller: &Caller, digest: Digest) -> AppResult<()> {
    let Caller::User { id, .. } = caller else { return Ok(()) };
    let found = app.ports.views.catalogued(&[digest]).await?;
    let reads = found.into_iter().filter(|one| one.held_out);
    let facts: Vec<Fact> =
        reads.map(|one| HoldOutRead { dataset: one.dataset, part: one.part, by: Reader::User(*id) }.into()).collect();
    if !facts.is_empty() {
        app.record(caller.actor(), None, facts).await?;
    }
    Ok(())
}

fn part_named<'s>(splits: &'s [SplitView], name: &Name) -> Option<&'s Part> {
    splits.iter().flat_map(|split| &split.parts).find(|part| part.name == *name)
}

fn no_part(dataset: &DatasetView, wanted: &Name, splits: &[SplitView]) -> AppError {
    let parts: Vec<&str> = splits.iter().flat_map(|split| &split.parts).map(|part| part.name.as_str()).collect();
    let name = reference(dataset);
    let have = if parts.is_empty() { "it has no parts".to_owned() } else { format!("it has {}", parts.join(", ")) };
    AppError::invalid(format!("the part {wanted} of {name}"), format!("is not there: {have}"))
}

/// A version as people write it.
pub fn reference(dataset: &DatasetView) -> String {
    dataset.reference()
}

/// The dataset of that name (`planets`, `planets@2`, `planets@2.train`) or id, and the part that was named, if the caller
/// has the role in its project. Whoever may not look is told that there is none.
pub async fn find(
    app: &App,
    caller: &Caller,
    text: &str,
    project: Option<&ProjectPath>,
    role: Role,
) -> AppResult<(DatasetView, Option<Name>)> {
    caller.require_user()?;
    let (found, part) = match text.parse::<DatasetId>() {
        Ok(id) => (app.ports.views.dataset(id).await?.into_iter().collect(), None),
        Err(_) => {
            let name: DatasetRef = text.parse().map_err(|_| AppError::not_found("dataset", text))?;
            (app.ports.views.datasets_named(&name.name, name.version).await?, name.part)
        }
    };
    let dataset = only_one(caller, &Meant { noun: "dataset", text, project, role }, found, |dataset| {
        let at = &dataset.version.project;
        (at.clone(), format!("{} in {at}", reference(dataset)))
    })?;
    Ok((dataset, part))
}
