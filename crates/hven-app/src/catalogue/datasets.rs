//! Finds datasets, and returns their content.

use hven_core::{
    access::Role,
    catalogue::{Part, Reader},
    name::Name,
    object::FileRef,
    project::ProjectPath,
};

use crate::{
    catalogue::{files::FileContent, floor::Catalogue, object_reads::note_reading},
    kernel::{
        callers::Caller,
        documents::document,
        error::{AppError, AppResult},
        labelled::{Labelled, NeededLabels, NeedsLabels, label},
        origins::{self, Origin},
        soundness::{self, ExplainedSoundness},
    },
    ports::{
        catalogue::{DatasetView, HoldOutReadView, SplitView},
        page::{ListFilter, ListQuery, Page},
        run,
    },
};

pub use crate::kernel::find::dataset::{find, reference};

/// Everything about one version.
#[derive(Clone, Debug)]
pub struct DatasetDetail {
    pub dataset: DatasetView,
    /// The importer's documents; `None` when their bytes are not in the store.
    pub report: Option<serde_json::Value>,
    pub sample: Option<serde_json::Value>,
    pub versions: Vec<DatasetView>,
    pub splits: Vec<SplitView>,
    pub hold_out_reads: Vec<HoldOutReadView>,
    pub hold_out_reads_total: u64,
    pub stands: ExplainedSoundness,
    /// The publication with which it was imported.
    pub origin: Option<Origin>,
    /// Set when the version before was made from the same file by another reader.
    pub reader_change: Option<ReaderChange>,
}

/// Two readers of the same file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReaderChange {
    /// The version that the other reader made.
    pub version: u32,
    pub before: String,
    pub now: String,
}

impl NeedsLabels for DatasetDetail {
    fn add_to(&self, wanted: &mut NeededLabels) {
        self.dataset.add_to(wanted);
        self.origin.add_to(wanted);
        for read in &self.hold_out_reads {
            wanted.actor(read.actor);
            if let Reader::Run(run) = read.by {
                wanted.handle(run);
            }
        }
    }
}

const READS_SHOWN: usize = 100;

/// The importer's sample of the first rows, next to its report.
const SAMPLE: &str = "sample.json";

/// The newest version of each dataset that the caller may see.
pub async fn list(catalogue: &Catalogue, caller: &Caller, filter: ListFilter) -> AppResult<Page<DatasetView>> {
    caller.require_user()?;
    let query = ListQuery { scopes: caller.scopes(), filter };
    Ok(catalogue.ports.views.datasets(&query).await?)
}

/// The same with all labels of a list.
pub async fn rows(
    catalogue: &Catalogue,
    caller: &Caller,
    filter: ListFilter,
) -> AppResult<Labelled<Page<DatasetView>>> {
    label(catalogue, list(catalogue, caller, filter).await?).await
}

/// Everything about one version.
pub async fn detail(
    catalogue: &Catalogue,
    caller: &Caller,
    name: &str,
    project: Option<&ProjectPath>,
) -> AppResult<Labelled<DatasetDetail>> {
    let (dataset, _) = find(catalogue, caller, name, project, Role::Viewer).await?;
    let of = &dataset.version;
    let versions = catalogue.ports.views.dataset_versions(&[(of.project.clone(), of.name.clone())]).await?;
    let splits = catalogue.ports.views.splits(of.dataset).await?;
    let hold_out_reads = catalogue.ports.views.hold_out_reads(of.dataset, READS_SHOWN).await?;
    let hold_out_reads_total = catalogue.ports.views.hold_out_read_count(of.dataset).await?;
    let report = document(catalogue, of.report).await?;
    let sample = match sibling_output(catalogue, &dataset, SAMPLE).await? {
        Some(file) => document(catalogue, file.digest).await?,
        None => None,
    };
    let stands = soundness::explain(catalogue, caller, of.dataset.into()).await?;
    let origin = origins::origin(catalogue, of.dataset).await?;
    let reader_change = match &report {
        Some(report) => reader_change(catalogue, report, &versions, dataset.version.version).await?,
        None => None,
    };
    let detail = DatasetDetail {
        dataset,
        report,
        sample,
        versions,
        splits,
        hold_out_reads,
        hold_out_reads_total,
        stands,
        origin,
        reader_change,
    };
    label(catalogue, detail).await
}

/// Whether the version before a version was made from the same file by another reader.
async fn reader_change(
    catalogue: &Catalogue,
    report: &serde_json::Value,
    versions: &[DatasetView],
    version: u32,
) -> AppResult<Option<ReaderChange>> {
    let Some(before) = versions.iter().find(|before| before.version.version + 1 == version) else { return Ok(None) };
    let Some(older) = document(catalogue, before.version.report).await? else { return Ok(None) };
    let reader = |of: &serde_json::Value| of.get("reader").and_then(|reader| reader.as_str()).map(str::to_owned);
    let source = |of: &serde_json::Value| of.pointer("/source/digest").cloned();
    let is_same_file = source(report).is_some() && source(report) == source(&older);
    let readers = reader(&older).zip(reader(report)).filter(|(before, now)| is_same_file && before != now);
    Ok(readers.map(|(older, now)| ReaderChange { version: before.version.version, before: older, now }))
}

/// Another output of the run that made the dataset.
async fn sibling_output(catalogue: &Catalogue, dataset: &DatasetView, path: &str) -> AppResult<Option<FileRef>> {
    let run = run::RunName::Id(dataset.version.run);
    let run = catalogue.ports.views.runs_named(&run).await?.pop();
    let outputs = run.and_then(|run| run.result).map(|result| result.outputs).unwrap_or_default();
    Ok(outputs.into_iter().find(|file| file.path == path))
}

/// The bytes of a dataset, or of a part of it.
pub async fn content(
    catalogue: &Catalogue,
    caller: &Caller,
    name: &str,
    project: Option<&ProjectPath>,
) -> AppResult<FileContent> {
    let (dataset, part) = find(catalogue, caller, name, project, Role::Viewer).await?;
    let file = table_of(catalogue, &dataset, part.as_ref()).await?;
    let opened = catalogue.ports.objects.open(file.digest, 0).await?;
    let (size, bytes) = opened.ok_or_else(|| AppError::not_found("object", file.digest))?;
    note_reading(catalogue, caller, file.digest).await?;
    Ok(FileContent { file, size, bytes })
}

/// The table that a name refers to, without its bytes.
pub async fn table(
    catalogue: &Catalogue,
    caller: &Caller,
    name: &str,
    project: Option<&ProjectPath>,
) -> AppResult<FileRef> {
    let (dataset, part) = find(catalogue, caller, name, project, Role::Viewer).await?;
    table_of(catalogue, &dataset, part.as_ref()).await
}

/// The name of the part that is the whole dataset, including held-out data.
pub(crate) const ALL: &str = "all";

/// The table of a dataset or of its part. If the dataset holds out data, its name alone refers to the rest.
async fn table_of(catalogue: &Catalogue, dataset: &DatasetView, part: Option<&Name>) -> AppResult<FileRef> {
    let splits = catalogue.ports.views.splits(dataset.version.dataset).await?;
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

fn part_named<'s>(splits: &'s [SplitView], name: &Name) -> Option<&'s Part> {
    splits.iter().flat_map(|split| &split.parts).find(|part| part.name == *name)
}

fn no_part(dataset: &DatasetView, wanted: &Name, splits: &[SplitView]) -> AppError {
    let parts: Vec<&str> = splits.iter().flat_map(|split| &split.parts).map(|part| part.name.as_str()).collect();
    let name = reference(dataset);
    let have = if parts.is_empty() { "it has no parts".to_owned() } else { format!("it has {}", parts.join(", ")) };
    AppError::invalid(format!("the part {wanted} of {name}"), format!("is not there: {have}"))
}
