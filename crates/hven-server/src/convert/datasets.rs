//! Converts datasets between the wire and the domain.

use hven_api::{datasets as wire, runs::RunName};
use hven_app::{
    AppResult,
    datasets::{DatasetDetail, reference},
    imports::{CatalogueRun, ImportOptions, TableImport},
    labelled::{Labelled, Labels},
    ports::catalogue::{DatasetView, HoldOutReadView, SplitView},
    splits::NewSplit,
};
use hven_core::{RunId, catalogue::Reader, handle::Handle, name::Name};

use super::{
    actor,
    files::{file, file_in},
    origins, parsed, project, runs, sentence, text,
};

pub(crate) fn import(new: wire::AddDataset) -> AppResult<TableImport> {
    let source_settings = new.source_settings();
    Ok(TableImport {
        project: project(new.project.as_deref())?,
        name: parsed(&new.name)?,
        source: file_in(new.source)?,
        options: ImportOptions {
            types: new.types,
            units: new.units,
            nulls: new.nulls,
            checks: new.checks,
            source_settings,
        },
        license: new.license,
        description: new.description,
        memory_limit_bytes: new.memory_limit_bytes,
        fresh: new.fresh,
    })
}

pub(crate) fn split(new: wire::NewSplit) -> AppResult<NewSplit> {
    Ok(NewSplit {
        name: parsed(new.name.as_deref().unwrap_or("split"))?,
        method: new.method,
        by: new.by,
        seed: new.seed,
        parts: new.parts.iter().map(|(part, share)| Ok((parsed::<Name>(part)?, *share))).collect::<AppResult<_>>()?,
        hold_out: new.hold_out.as_deref().map(parsed).transpose()?,
        fresh: new.fresh,
    })
}

pub(crate) fn catalogue_run(shown: &Labelled<CatalogueRun>) -> wire::DatasetRun {
    let Labelled { of: made, labels } = shown;
    wire::DatasetRun {
        schema: "hven.dataset_run/1".to_owned(),
        run: runs::summary(&made.run, labels),
        up_to_date: made.up_to_date,
        dataset: made.dataset.as_ref().map(|view| dataset(view, labels)),
        unchanged: made.unchanged,
    }
}

/// A version as a list shows it.
pub(crate) fn dataset(view: &DatasetView, labels: &Labels) -> wire::DatasetSummary {
    let of = &view.version;
    wire::DatasetSummary {
        id: of.dataset.to_string(),
        project: of.project.to_string(),
        name: of.name.to_string(),
        version: of.version,
        reference: reference(view),
        newest: view.newest,
        soundness: labels.soundness(of.dataset).as_str().to_owned(),
        rows: of.rows,
        columns: of.columns,
        bytes: of.content.size,
        problems: of.problems,
        checks_failed: of.checks_failed,
        license: of.license.clone(),
        description: of.description.clone(),
        added: text(view.added),
        added_by: actor(labels.actor(view.added_by)),
        run: run_named(of.run, view.handle),
        splits: view.splits,
    }
}

fn run_named(run: RunId, handle: Handle) -> RunName {
    RunName { id: run.to_string(), handle: handle.to_string() }
}

/// All details of one version. `server_url` is the address of the pages.
pub(crate) fn detail(shown: Labelled<DatasetDetail>, server_url: &str) -> wire::DatasetDetail {
    let Labelled { of: detail, labels } = shown;
    let of = &detail.dataset.version;
    let versions = detail.versions.iter().map(|view| wire::DatasetVersion {
        id: view.version.dataset.to_string(),
        version: view.version.version,
        added: text(view.added),
        rows: view.version.rows,
    });
    let reads = detail.hold_out_reads.iter().map(|read| hold_out_read(read, &labels));
    let splits = detail.splits.iter().map(|split| wire_split(split, &detail.hold_out_reads));
    wire::DatasetDetail {
        schema: "hven.dataset/1".to_owned(),
        source: of.source.as_ref().map(file),
        content: file(&of.content),
        versions: versions.collect(),
        split_list: splits.collect(),
        hold_out_reads: reads.collect(),
        hold_out_reads_total: detail.hold_out_reads_total,
        suspicion: detail.stands.said.clone().map(sentence),
        origin: detail.origin.as_ref().map(|origin| origins::origin(origin, &labels)),
        url: format!("{server_url}/data/{}", of.dataset),
        summary: dataset(&detail.dataset, &labels),
        reader_change: detail.reader_change.map(|change| wire::ReaderChange {
            version: change.version,
            before: change.before,
            now: change.now,
        }),
        report: detail.report.unwrap_or_default(),
        sample: detail.sample.unwrap_or_default(),
    }
}

fn wire_split(split: &SplitView, reads: &[HoldOutReadView]) -> wire::Split {
    let is_another = |of: &Name| split.parts.iter().all(|part| part.name != *of);
    // A part that belongs to another split may contain rows of this part.
    let is_of = |of: Option<&Name>, part: &Name| of.is_none_or(|of| of == part || is_another(of));
    let reads_of = |part: &Name| reads.iter().filter(|read| is_of(read.part.as_ref(), part)).count();
    let parts = split.parts.iter().map(|part| wire::Part {
        name: part.name.to_string(),
        rows: part.rows,
        content: file(&part.content),
        hold_out: part.hold_out,
        reads: if part.hold_out { reads_of(&part.name) as u64 } else { 0 },
    });
    wire::Split {
        name: split.name.to_string(),
        method: split.method.clone(),
        run: run_named(split.run, split.handle),
        parts: parts.collect(),
    }
}

fn hold_out_read(read: &HoldOutReadView, labels: &Labels) -> wire::HoldOutRead {
    let run = match read.by {
        Reader::Run(run) => labels.handle(run).map(|handle| run_named(run, handle)),
        Reader::User(_) => None,
    };
    wire::HoldOutRead {
        part: read.part.as_ref().map(ToString::to_string),
        run,
        by: actor(labels.actor(read.actor)),
        time: text(read.time),
    }
}
