//! The tables of an export: runs and all that belongs to them, datasets, the lineage, objects.
//!
//! They are read from the views of the very facts that the export holds, so they say what every `show` says.

use std::collections::HashMap;

use hven_app::ports::views::{AttemptView, RunView};
use hven_core::{
    ActorId, ClaimId, DatasetId, Digest, RunId,
    catalogue::{Reader, VersionAdded},
    handle::Handle,
    object::{FileKind, FileRef},
    soundness::{Node, Soundness},
};
use serde::Serialize;

use super::{
    Step, WriteResult,
    beside::{ADDITIONS, SET_ASIDE, write_additions, write_set_aside},
    folder::Folder,
    sheet::{
        Cell,
        Kind::{Bool, Int, Json, Real, Text, Time as AtTime},
        Sheet, Table,
    },
    streams::log_file,
    write::object_path,
};
use crate::{
    lineage::Graph,
    sql::{Connection, SqlResult, Value},
    views::{claims, datasets, objects, run_views, users},
};

pub(super) static RUNS: Table = Table {
    file: "tables/runs.parquet",
    row: "run",
    columns: &[
        ("run", Text, "id, 32 hex digits"),
        ("handle", Text, "its short name"),
        ("project", Text, ""),
        ("name", Text, "the step that it is, where it is one"),
        ("command", Text, "in one line, cut at 200 characters; `spec` has it whole"),
        ("state", Text, "waiting, running, stopping, done, failed, cancelled or lost"),
        ("outcome", Text, "how it ended, in words"),
        ("soundness", Text, "sound, suspect or retracted"),
        ("submitted_at", AtTime, ""),
        ("submitted_by", Text, "name of the user"),
        ("started_at", AtTime, "when the process of the last attempt was started"),
        ("ended_at", AtTime, "when its process ended; where that is not known, when the end was recorded"),
        ("wall_s", Real, "how long the process of the last attempt took, seconds"),
        ("cpu_s", Real, "CPU time of all its processes, user and system, seconds"),
        ("memory_max_bytes", Int, "most resident memory at once, bytes"),
        ("read_bytes", Int, "read from disks, bytes"),
        ("written_bytes", Int, "written to disks, bytes"),
        ("attempts", Int, "how many were given to a runner"),
        ("cache_key", Text, "the same key means the same work, 64 hex digits"),
        ("purpose", Json, "what it became part of: a dataset, a split, a reproduction"),
        ("spec", Json, "what was asked for: argv, folder, inputs, outputs, resources, limits, code, recipe"),
        ("result", Json, "what is known of how it ended: outcome, usage, outputs"),
        ("software", Json, "interpreter and packages"),
        ("tags", Json, "what people tagged it with, a list"),
        ("note", Text, "the newest note that somebody wrote on it"),
        ("archived", Bool, "lists of runs leave it out"),
    ],
};

pub(super) static ATTEMPTS: Table = Table {
    file: "tables/attempts.parquet",
    row: "attempt at a run",
    columns: &[
        ("run", Text, "id of the run"),
        ("handle", Text, "its short name"),
        ("attempt", Int, "counted from 1"),
        ("runner", Text, "id of the runner that had it"),
        ("started_at", AtTime, "when it was given to its runner"),
        ("ended_at", AtTime, "when its process ended; where that is not known, when the end was recorded"),
        ("outcome", Text, "in words"),
        ("wall_s", Real, "seconds"),
        ("cpu_s", Real, "user and system, seconds"),
        ("memory_max_bytes", Int, "bytes"),
        ("retried_because", Text, "why another attempt followed"),
        ("log", Text, "what it printed, as a file of this export"),
    ],
};

pub(super) static PARAMS: Table = Table {
    file: "tables/params.parquet",
    row: "parameter of a run, with its newest value",
    columns: &[
        ("run", Text, "id of the run"),
        ("handle", Text, "its short name"),
        ("key", Text, ""),
        ("value", Json, "as it was logged"),
    ],
};

pub(super) static FILES: Table = Table {
    file: "tables/files.parquet",
    row: "file or folder that a run read or made",
    columns: &[
        ("run", Text, "id of the run"),
        ("handle", Text, "its short name"),
        ("role", Text, "input, standard input or output"),
        ("path", Text, "relative to the folder of the run"),
        ("kind", Text, "file or folder; the object of a folder is a listing (JSON) of its files"),
        ("digest", Text, "BLAKE3, 64 hex digits"),
        ("bytes", Int, "size, bytes"),
        ("object", Text, "its bytes as a file of this export; missing when they were not kept"),
    ],
};

pub(super) static STREAMS: Table = Table {
    file: "tables/streams.parquet",
    row: "sealed part of what an attempt said: a Parquet file",
    columns: &[
        ("run", Text, "id of the run"),
        ("handle", Text, "its short name"),
        ("attempt", Int, "counted from 1"),
        ("stream", Text, "log, metrics, metrics.api (logged by a call to the server) or resources"),
        ("part", Int, "counted from 0"),
        ("from_byte", Int, "its place in the stream"),
        ("to_byte", Int, ""),
        ("rows", Int, "frames of a log, points or samples"),
        ("object", Text, "as a file of this export"),
    ],
};

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
        ("problems", Int, "cells and rows that could not be read"),
        ("checks_failed", Int, ""),
        ("license", Text, "SPDX expression"),
        ("description", Text, ""),
        ("digest", Text, "of the table, BLAKE3"),
        ("bytes", Int, "of the table"),
        ("file", Text, "the table as Parquet, a file of this export"),
        ("report", Text, "schema with units, profile, problems, checks: JSON, a file of this export"),
        ("source_path", Text, "where it was imported from, as the person named it"),
        ("source", Text, "the bytes it was imported from, as a file of this export"),
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
        ("held_out", Bool, "given only to who asks for it by name, and each reading recorded"),
        ("rows", Int, ""),
        ("digest", Text, "of the table, BLAKE3"),
        ("file", Text, "the table as Parquet, a file of this export"),
    ],
};

pub(super) static HOLD_OUT_READS: Table = Table {
    file: "tables/hold_out_reads.parquet",
    row: "reading of what was held out",
    columns: &[
        ("dataset", Text, "id of the dataset"),
        ("part", Text, "missing: the whole dataset"),
        ("read_at", AtTime, ""),
        ("run", Text, "id of the run that was given it"),
        ("user", Text, "name of the user who was given it"),
    ],
};

pub(super) static NODES: Table = Table {
    file: "tables/nodes.parquet",
    row: "node of the lineage",
    columns: &[
        ("node", Text, "`run/ID`, `data/ID`, `claim/ID` or `publication/ID`"),
        ("name", Text, "as people call it"),
        ("soundness", Text, "sound, suspect (it rests on something retracted) or retracted"),
    ],
};

pub(super) static EDGES: Table = Table {
    file: "tables/edges.parquet",
    row: "edge of the lineage: one node rests on another",
    columns: &[
        ("node", Text, "what rests"),
        ("rests_on", Text, "on what"),
        ("independent", Bool, "a named person asserted that nothing is handed on along it"),
    ],
};

pub(super) static OBJECTS: Table = Table {
    file: "tables/objects.parquet",
    row: "object: immutable bytes",
    columns: &[
        ("digest", Text, "BLAKE3, 64 hex digits"),
        ("bytes", Int, "size, bytes"),
        ("file", Text, "a file of this export"),
    ],
};

/// Every table, in the order in which the README speaks of them.
pub(super) static ALL: &[&Table] = &[
    &RUNS,
    &ATTEMPTS,
    &PARAMS,
    &ADDITIONS,
    &SET_ASIDE,
    &super::streams::METRICS,
    &super::streams::RESOURCES,
    &FILES,
    &STREAMS,
    &DATASETS,
    &SPLITS,
    &HOLD_OUT_READS,
    &NODES,
    &EDGES,
    &OBJECTS,
];

const RUNS_AT_ONCE: i64 = 500;

fn json<'a>(value: Option<&impl Serialize>) -> SqlResult<Cell<'a>> {
    let text = value.map(serde_json::to_string).transpose();
    text.map(Cell::from).map_err(|e| crate::sql::SqlError::Row(e.to_string()))
}

/// What the tables have in common: names of people, and whether nodes stand.
pub(super) struct Names {
    users: HashMap<ActorId, String>,
    soundness: HashMap<Node, Soundness>,
}

impl Names {
    pub(super) fn read(sql: &mut Connection, graph: &Graph) -> SqlResult<Self> {
        let users = users::load(sql, None)?;
        Ok(Self {
            users: users.into_iter().filter_map(|user| Some((user.id.into(), user.name?))).collect(),
            soundness: graph.nodes().filter(|(_, soundness)| !soundness.is_sound()).collect(),
        })
    }

    /// The name of who did something; the id where there is no name.
    pub(super) fn of(&self, actor: ActorId) -> String {
        match self.users.get(&actor) {
            Some(name) => name.clone(),
            None if actor == ActorId::SYSTEM => "hven".to_owned(),
            None => actor.to_string(),
        }
    }

    pub(super) fn soundness(&self, node: Node) -> &'static str {
        self.soundness.get(&node).copied().unwrap_or_default().as_str()
    }
}

/// Writes all tables but those of streams.
pub(super) fn write(
    folder: &mut Folder,
    sql: &mut Connection,
    stored: &[(Digest, u64)],
    progress: &mut dyn FnMut(Step),
) -> WriteResult<Names> {
    let graph = Graph::whole(sql)?;
    let names = Names::read(sql, &graph)?;
    write_runs(folder, sql, &names, progress)?;
    write_datasets(folder, sql, &names)?;
    write_lineage(folder, sql, &graph)?;
    let mut sheet = Sheet::begin(folder, &OBJECTS)?;
    for (digest, bytes) in stored {
        sheet.add([digest.to_string().into(), (*bytes).into(), object_path(digest).into()])?;
    }
    sheet.end(folder)?;
    Ok(names)
}

fn write_runs(
    folder: &mut Folder,
    sql: &mut Connection,
    names: &Names,
    progress: &mut dyn FnMut(Step),
) -> WriteResult<()> {
    let mut sheets = [&RUNS, &ATTEMPTS, &PARAMS, &ADDITIONS, &SET_ASIDE, &FILES, &STREAMS]
        .into_iter()
        .map(|table| Sheet::begin(folder, table))
        .collect::<Result<Vec<_>, _>>()?;
    let of = sql.first("SELECT COUNT(*) FROM runs", &[], |row| row.uint(0))?;
    let (mut last, mut done) = (0, 0);
    loop {
        progress(Step { what: "runs", done, of });
        let next = [Value::Int(last), Value::Int(RUNS_AT_ONCE)];
        let condition = "WHERE seq > ?1 ORDER BY seq LIMIT ?2";
        let lines = sql.query(&format!("SELECT seq, command, outcome FROM runs {condition}"), &next, |row| {
            Ok((row.int(0)?, row.text(1)?, row.text_or_null(2)?))
        })?;
        let views = run_views::load_runs(sql, condition, &next)?;
        let Some((seq, ..)) = lines.last() else { break };
        last = *seq;
        done += lines.len() as u64;
        for (view, (_, command, outcome)) in views.iter().zip(&lines) {
            let [runs, attempts, params, additions, set_aside, files, streams] = sheets.as_mut_slice() else { break };
            runs.add(run(view, command, outcome.as_ref(), names)?)?;
            write_attempts(attempts, view, &run_views::attempts(sql, view.id)?, folder)?;
            write_params(params, view)?;
            write_additions(additions, view)?;
            write_set_aside(set_aside, view)?;
            write_files(files, view, folder)?;
            write_streams(streams, view, sql)?;
        }
    }
    for sheet in sheets {
        sheet.end(folder)?;
    }
    Ok(())
}

fn run<'a>(
    view: &'a RunView,
    command: &'a str,
    outcome: Option<&'a String>,
    names: &Names,
) -> SqlResult<[Cell<'a>; 26]> {
    let usage =
        view.result.as_ref().filter(|result| result.started.is_some()).map(|result| (result.wall_s, result.usage));
    Ok([
        view.id.to_string().into(),
        view.handle.to_string().into(),
        view.project.as_str().into(),
        view.name.as_ref().into(),
        command.into(),
        view.state.as_str().into(),
        outcome.into(),
        names.soundness(view.id.into()).into(),
        view.submitted.into(),
        names.of(view.submitted_by).into(),
        view.started.into(),
        view.ended.into(),
        usage.map(|(wall_s, _)| wall_s).into(),
        usage.map(|(_, usage)| usage.cpu_user_s + usage.cpu_system_s).into(),
        usage.map(|(_, usage)| usage.memory_max_bytes).into(),
        usage.map(|(_, usage)| usage.read_bytes).into(),
        usage.map(|(_, usage)| usage.written_bytes).into(),
        view.attempts.into(),
        view.cache_key.map(|key| key.to_string()).into(),
        json(view.purpose.as_ref())?,
        json(view.spec.as_ref())?,
        json(view.result.as_ref())?,
        json(view.software.as_ref())?,
        json(Some(&view.tags))?,
        view.note.as_ref().and_then(|note| note.text.as_ref()).into(),
        view.archived.into(),
    ])
}

fn write_attempts(sheet: &mut Sheet, run: &RunView, attempts: &[AttemptView], folder: &Folder) -> WriteResult<()> {
    for attempt in attempts {
        let result = attempt.result.as_ref();
        let usage = result.filter(|result| result.started.is_some()).map(|result| (result.wall_s, result.usage));
        let log = log_file(run.handle, attempt.id.number);
        sheet.add([
            run.id.to_string().into(),
            run.handle.to_string().into(),
            attempt.id.number.into(),
            attempt.runner.to_string().into(),
            attempt.started.into(),
            attempt.ended.into(),
            result.map(|result| result.outcome.to_string()).into(),
            usage.map(|(wall_s, _)| wall_s).into(),
            usage.map(|(_, usage)| usage.cpu_user_s + usage.cpu_system_s).into(),
            usage.map(|(_, usage)| usage.memory_max_bytes).into(),
            attempt.retry_because.as_ref().into(),
            folder.path(&log).exists().then_some(log).into(),
        ])?;
    }
    Ok(())
}

fn write_params(sheet: &mut Sheet, run: &RunView) -> WriteResult<()> {
    for (key, value) in &run.params {
        let (id, handle) = (run.id.to_string(), run.handle.to_string());
        sheet.add([id.into(), handle.into(), key.into(), value.to_string().into()])?;
    }
    Ok(())
}

fn write_files(sheet: &mut Sheet, run: &RunView, folder: &Folder) -> WriteResult<()> {
    let inputs = run.spec.iter().flat_map(|spec| &spec.inputs).map(|file| ("input", file));
    let outputs = run.result.iter().flat_map(|result| &result.outputs).map(|file| ("output", file));
    let on_stdin = hven_app::stdin::file_of(run);
    let on_stdin = on_stdin.iter().map(|file| ("standard input", file));
    for (role, file) in inputs.chain(on_stdin).chain(outputs) {
        let FileRef { path, digest, size, kind } = file;
        sheet.add([
            run.id.to_string().into(),
            run.handle.to_string().into(),
            role.into(),
            path.into(),
            if *kind == FileKind::Folder { "folder" } else { "file" }.into(),
            digest.to_string().into(),
            (*size).into(),
            kept(folder, digest).into(),
        ])?;
    }
    Ok(())
}

/// The file of an object, when the export has it.
fn kept(folder: &Folder, digest: &Digest) -> Option<String> {
    let file = object_path(digest);
    folder.path(&file).exists().then_some(file)
}

fn write_streams(sheet: &mut Sheet, run: &RunView, sql: &mut Connection) -> WriteResult<()> {
    for part in objects::parts_of_run(sql, run.id)? {
        sheet.add([
            run.id.to_string().into(),
            run.handle.to_string().into(),
            part.attempt.number.into(),
            Cell::from(&part.stream),
            part.part.into(),
            part.from.into(),
            part.to.into(),
            part.rows.into(),
            object_path(&part.object).into(),
        ])?;
    }
    Ok(())
}

/// Gives a table, or what is said of it, a second name that a person can read.
fn named(
    folder: &mut Folder,
    digest: &Digest,
    wanted: &str,
    ending: &str,
    dataset: DatasetId,
) -> WriteResult<Option<String>> {
    let Some(object) = kept(folder, digest) else { return Ok(None) };
    let mut file = format!("datasets/{wanted}{ending}");
    // Names that differ, but not for this disk.
    if folder.path(&file).exists() {
        file = format!("datasets/{wanted}.{dataset}{ending}");
    }
    folder.link(&object, digest, &file)?;
    Ok(Some(file))
}

fn write_datasets(folder: &mut Folder, sql: &mut Connection, names: &Names) -> WriteResult<()> {
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
            source.as_ref().and_then(|source| kept(folder, &source.digest)).into(),
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

fn write_lineage(folder: &mut Folder, sql: &mut Connection, graph: &Graph) -> WriteResult<()> {
    let mut sheet = Sheet::begin(folder, &NODES)?;
    for (node, soundness) in graph.nodes() {
        sheet.add([node.to_string().into(), called(sql, node)?.into(), soundness.as_str().into()])?;
    }
    sheet.end(folder)?;
    let mut sheet = Sheet::begin(folder, &EDGES)?;
    for (node, on, independent) in graph.edges() {
        sheet.add([node.to_string().into(), on.to_string().into(), independent.into()])?;
    }
    sheet.end(folder)?;
    Ok(())
}

/// What people call a node; `None` when its name was erased.
fn called(sql: &mut Connection, node: Node) -> SqlResult<Option<String>> {
    let id = node.id().to_be_bytes();
    match node {
        Node::Run(_) => {
            let find = "SELECT handle FROM runs WHERE id = ?1";
            sql.first(find, &[(&id).into()], |row| Ok(Handle { count: row.uint(0)? }.to_string()))
        }
        Node::Dataset(_) => {
            let find = "SELECT name, version FROM datasets WHERE id = ?1";
            sql.first(find, &[(&id).into()], |row| Ok(format!("{}@{}", row.text(0)?, row.int(1)?)))
        }
        Node::Claim(_) => {
            let find = "SELECT name FROM claims WHERE id = ?1";
            sql.first(find, &[(&id).into()], |row| Ok(format!("claim/{}", row.text(0)?)))
        }
        Node::Publication(_) => {
            let find = "SELECT name, version FROM publications WHERE id = ?1";
            sql.first(find, &[(&id).into()], |row| Ok(format!("publication/{}@{}", row.text(0)?, row.int(1)?)))
        }
    }
}

/// All claims, in the order in which they were stated.
pub(super) fn all_claims(sql: &mut Connection) -> SqlResult<Vec<ClaimId>> {
    sql.query("SELECT id FROM claims ORDER BY seq", &[], |row| Ok(ClaimId::from_bytes(row.array(0)?)))
}

/// All runs that were judged by, named in documents by their handles.
pub(super) fn handle_of(sql: &mut Connection, run: RunId) -> SqlResult<Option<String>> {
    called(sql, run.into())
}

pub(super) use claims::{judgements, one as claim};
