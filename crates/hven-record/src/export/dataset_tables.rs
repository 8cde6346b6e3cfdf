//! The tables of datasets and their splits.

use hven_core::{
    DatasetId,
    catalogue::{Reader, VersionAdded},
};

use super::{
    WriteResult,
    folder::Folder,
    names::{Names, existing_file, named},
    sheet::{
        Cell,
        Kind::{Bool, Int, Text, Time as AtTime},
        Sheet, Table,
    },
};
use crate::{sql::Connection, views::datasets};

pub(super) static DATASETS: Table = Table {
    file: "tables/datasets.parquet",
    row: "version of a dataset",
    columns: &[
        ("dataset", Text, "id, 32 hex digits"),
        ("project", Text, ""),
        ("name", Text, ""),
        ("version", Int, "counted from 1 within project and name"),
        ("soundness", Text, "sound, suspect or retracted"),
        ("added_at", AtTime, ""),
        ("added_by", Text, "name of the user"),
        ("run", Text, "id of the run that made it"),
        ("handle", Text, "short name of that run"),
        ("rows", Int, ""),
        ("columns", Int, ""),
        ("problems", Int, "number of unreadable cells and rows"),
        ("checks_failed", Int, ""),
        ("license", Text, "SPDX expression"),
        ("description", Text, ""),
        ("digest", Text, "of the table, BLAKE3"),
        ("bytes", Int, "of the table"),
        ("file", Text, "the table as Parquet, a file of this export"),
        ("report", Text, "schema with units, profile, problems, checks: JSON, a file of this export"),
        ("source_path", Text, "path or URL of the import, as the user gave it"),
        ("source", Text, "the imported bytes, a file of this export"),
    ],
};

pub(super) static SPLITS: Table = Table {
    file: "tables/splits.parquet",
    row: "part of a split of a dataset",
    columns: &[
        ("dataset", Text, "id of the dataset"),
        ("split", Text, "name of the split"),
        ("method", Text, "in words"),
        ("run", Text, "id of the run that made it"),
        ("part", Text, "name of the part"),
        ("held_out", Bool, "Hven gives it only on a request by name, and records each reading"),
        ("rows", Int, ""),
        ("digest", Text, "of the table, BLAKE3"),
        ("file", Text, "the table as Parquet, a file of this export"),
    ],
};

pub(super) static HOLD_OUT_READS: Table = Table {
    file: "tables/hold_out_reads.parquet",
    row: "reading of a held-out part",
    columns: &[
        ("dataset", Text, "id of the dataset"),
        ("part", Text, "missing: the whole dataset"),
        ("read_at", AtTime, ""),
        ("run", Text, "id of the run that read it"),
        ("user", Text, "name of the user who read it"),
    ],
};

pub(super) fn write_datasets(folder: &mut Folder, sql: &mut Connection, names: &Names) -> WriteResult<()> {
    let all = sql.query("SELECT id FROM datasets ORDER BY seq", &[], |row| Ok(DatasetId::from_bytes(row.array(0)?)))?;
    let mut sheet = Sheet::begin(folder, &DATASETS)?;
    let mut splits = Sheet::begin(folder, &SPLITS)?;
    let mut reads = Sheet::begin(folder, &HOLD_OUT_READS)?;
    for id in all {
        let Some(view) = datasets::one(sql, id)? else { continue };
        let version = &view.version;
        let name = format!("{}/{}@{}", version.project, version.name, version.version);
        let file = named(folder, &version.content.digest, &name, ".parquet", id)?;
        let report = named(folder, &version.report, &name, ".report.json", id)?;
        let VersionAdded { source, .. } = version;
        sheet.add([
            id.to_string().into(),
            version.project.as_str().into(),
            version.name.as_str().into(),
            version.version.into(),
            names.soundness(id.into()).into(),
            view.added.into(),
            names.of(view.added_by).into(),
            version.run.to_string().into(),
            view.handle.to_string().into(),
            version.rows.into(),
            version.columns.into(),
            version.problems.into(),
            version.checks_failed.into(),
            version.license.as_ref().into(),
            version.description.as_ref().into(),
            version.content.digest.to_string().into(),
            version.content.size.into(),
            file.into(),
            report.into(),
            source.as_ref().map(|source| &source.path).into(),
            source.as_ref().and_then(|source| existing_file(folder, &source.digest)).into(),
        ])?;
        for split in datasets::splits(sql, id)? {
            for part in &split.parts {
                let file = named(folder, &part.content.digest, &format!("{name}.{}", part.name), ".parquet", id)?;
                splits.add([
                    id.to_string().into(),
                    split.name.as_str().into(),
                    Cell::from(&split.method),
                    split.run.to_string().into(),
                    part.name.as_str().into(),
                    part.hold_out.into(),
                    part.rows.into(),
                    part.content.digest.to_string().into(),
                    file.into(),
                ])?;
            }
        }
        for read in datasets::hold_out_reads(sql, id, usize::MAX >> 1)? {
            let (run, user) = match read.by {
                Reader::Run(run) => (Some(run.to_string()), None),
                Reader::User(user) => (None, Some(names.of(user.into()))),
            };
            let part = read.part.map(|part| part.to_string());
            reads.add([id.to_string().into(), part.into(), read.time.into(), run.into(), user.into()])?;
        }
    }
    for sheet in [sheet, splits, reads] {
        sheet.end(folder)?;
    }
    Ok(())
}
