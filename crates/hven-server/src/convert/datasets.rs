//! Datasets, inwards and outwards.

use hven_api::datasets as wire;
use hven_app::{
    App, AppError, AppResult,
    datasets::{Detail, reference},
    facts::Teller,
    imports::{CatalogueRun, Import, Options},
    ports::catalogue::{DatasetView, HoldOutReadView, SplitView},
    soundness::of_one,
    splits::NewSplit,
};
use hven_core::{DatasetId, catalogue::Reader, handle::Handle, name::Name};

use super::{actor, file, file_in, parsed, project, sentence, submitter, summary, text};
use crate::Server;

pub(crate) fn import(new: wire::AddDataset) -> AppResult<Import> {
    Ok(Import {
        project: project(new.project.as_deref())?,
        name: parsed(&new.name)?,
        source: file_in(new.source)?,
        options: Options { types: new.types, units: new.units, nulls: new.nulls, checks: new.checks },
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

pub(crate) async fn catalogue_run(app: &App, made: CatalogueRun) -> AppResult<wire::DatasetRun> {
    let by = submitter(app, made.run.submitted_by).await?;
    let metrics = app.ports.series.summaries(made.run.last_attempt()).await?;
    Ok(wire::DatasetRun {
        schema: "hven.dataset_run/1".to_owned(),
        run: summary(&made.run, of_one(app, made.run.id).await?, &metrics, by, app.now()),
        up_to_date: made.up_to_date,
        dataset: match &made.dataset {
            Some(view) => Some(dataset(app, &mut Teller::default(), view).await?),
            None => None,
        },
        unchanged: made.unchanged,
    })
}

/// A version as a list shows it.
pub(crate) async fn dataset(app: &App, teller: &mut Teller, view: &DatasetView) -> AppResult<wire::DatasetSummary> {
    let of = &view.version;
    Ok(wire::DatasetSummary {
        id: of.dataset.to_string(),
        project: of.project.to_string(),
        name: of.name.to_string(),
        version: of.version,
        reference: reference(view),
        newest: view.newest,
        soundness: of_one(app, of.dataset).await?.as_str().to_owned(),
        rows: of.rows,
        columns: of.columns,
        bytes: of.content.size,
        problems: of.problems,
        checks_failed: of.checks_failed,
        license: of.license.clone(),
        description: of.description.clone(),
        added: text(view.added),
        added_by: actor(teller.actor(app, view.added_by).await?),
        run: run_named(of.run, view.handle),
        splits: view.splits,
    })
}

fn run_named(run: hven_core::RunId, handle: Handle) -> hven_api::runs::RunName {
    hven_api::runs::RunName { id: run.to_string(), handle: handle.to_string() }
}

pub(crate) async fn dataset_detail(server: &Server, detail: Detail) -> AppResult<wire::DatasetDetail> {
    let app = &server.app;
    let mut teller = Teller::default();
    let of = &detail.dataset.version;
    let versions = detail.versions.iter().map(|view| wire::DatasetVersion {
        id: view.version.dataset.to_string(),
        version: view.version.version,
        added: text(view.added),
        rows: view.version.rows,
    });
    let mut reads = Vec::with_capacity(detail.hold_out_reads.len());
    for read in &detail.hold_out_reads {
        reads.push(hold_out_read(app, &mut teller, read).await?);
    }
    let splits = detail.splits.iter().map(|split| wire_split(split, &detail.hold_out_reads));
    Ok(wire::DatasetDetail {
        schema: "hven.dataset/1".to_owned(),
        source: of.source.as_ref().map(file),
        content: file(&of.content),
        report: detail.report.unwrap_or_default(),
        sample: detail.sample.unwrap_or_default(),
        versions: versions.collect(),
        split_list: splits.collect(),
        hold_out_reads: reads,
        hold_out_reads_total: detail.hold_out_reads_total,
        suspicion: detail.stands.said.clone().map(sentence),
        origin: super::publications::origin(app, of.dataset).await?,
        url: dataset_url(server, of.dataset),
        summary: dataset(app, &mut teller, &detail.dataset).await?,
    })
}

fn dataset_url(server: &Server, dataset: DatasetId) -> String {
    format!("{}/data/{dataset}", server.options.url)
}

fn wire_split(split: &SplitView, reads: &[HoldOutReadView]) -> wire::Split {
    let is_another = |of: &Name| split.parts.iter().all(|part| part.name != *of);
    // A part of another split may hold rows of it.
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

async fn hold_out_read(app: &App, teller: &mut Teller, read: &HoldOutReadView) -> AppResult<wire::HoldOutRead> {
    let run = match read.by {
        Reader::Run(run) => teller.run_by_id(app, run).await?.map(|(handle, _)| run_named(run, handle)),
        Reader::User(_) => None,
    };
    Ok(wire::HoldOutRead {
        part: read.part.as_ref().map(ToString::to_string),
        run,
        by: actor(teller.actor(app, read.actor).await?),
        time: text(read.time),
    })
}

/// What a run was to make is not there (yet).
pub(crate) fn nothing_made(run: &str) -> AppError {
    AppError::NotFound { noun: "dataset", name: format!("of run {run}") }
}
