//! The tables of runs, their attempts, parameters, files and streams.

use hven_app::ports::views::{AttemptView, RunView};
use hven_core::object::{FileKind, FileRef};

use super::{
    Step, WriteResult,
    addition_tables::{ADDITIONS, SET_ASIDE, write_additions, write_set_aside},
    folder::Folder,
    layout::object_path,
    names::{Names, existing_file, json},
    sheet::{
        Cell,
        Kind::{Bool, Int, Json, Real, Text, Time as AtTime},
        Sheet, Table,
    },
    streams::log_file,
};
use crate::{
    sql::{Connection, SqlResult, Value},
    views::{objects, run_views},
};

pub(super) static RUNS: Table = Table {
    file: "tables/runs.parquet",
    row: "run",
    columns: &[
        ("run", Text, "id, 32 hex digits"),
        ("handle", Text, "its short name"),
        ("project", Text, ""),
        ("name", Text, "the name of its step in a pipeline, if it has one"),
        ("command", Text, "in one line, cut at 200 characters; `spec` contains all of it"),
        ("state", Text, "waiting, running, stopping, done, failed, cancelled, lost or unknown"),
        ("outcome", Text, "description of its end"),
        ("soundness", Text, "sound, suspect or retracted"),
        ("submitted_at", AtTime, ""),
        ("submitted_by", Text, "name of the user"),
        ("started_at", AtTime, "when the process of the last attempt was started"),
        ("ended_at", AtTime, "when its process ended, or if that is unknown, when the end was recorded"),
        ("wall_s", Real, "duration of the process of the last attempt, seconds"),
        ("cpu_s", Real, "CPU time of all its processes, user and system, seconds"),
        ("memory_max_bytes", Int, "maximum resident memory, bytes"),
        ("read_bytes", Int, "read from disks, bytes"),
        ("written_bytes", Int, "written to disks, bytes"),
        ("attempts", Int, "number of attempts that a runner received"),
        ("cache_key", Text, "the same key means the same work, 64 hex digits"),
        ("purpose", Json, "the dataset, split or reproduction that the run belongs to"),
        ("spec", Json, "the request: argv, folder, inputs, outputs, resources, limits, code, recipe"),
        ("result", Json, "the known results: outcome, usage, outputs"),
        ("software", Json, "interpreter and packages"),
        ("tags", Json, "list of the tags from users"),
        ("note", Text, "the newest note of a user"),
        ("archived", Bool, "whether lists of runs omit it"),
        ("external", Json, "for work that is done elsewhere: what reports it, its command, host, folder and start"),
    ],
};

pub(super) static ATTEMPTS: Table = Table {
    file: "tables/attempts.parquet",
    row: "attempt at a run",
    columns: &[
        ("run", Text, "id of the run"),
        ("handle", Text, "its short name"),
        ("attempt", Int, "counted from 1"),
        ("runner", Text, "id of its runner"),
        ("started_at", AtTime, "when its runner received it"),
        ("ended_at", AtTime, "when its process ended, or if that is unknown, when the end was recorded"),
        ("outcome", Text, "in words"),
        ("wall_s", Real, "seconds"),
        ("cpu_s", Real, "user and system, seconds"),
        ("memory_max_bytes", Int, "bytes"),
        ("retried_because", Text, "reason for another attempt"),
        ("log", Text, "its output, a file of this export"),
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
    row: "file or folder that a run read or wrote",
    columns: &[
        ("run", Text, "id of the run"),
        ("handle", Text, "its short name"),
        ("role", Text, "input, standard input or output"),
        ("path", Text, "relative to the folder of the run"),
        ("kind", Text, "file or folder; the object of a folder is a listing (JSON) of its files"),
        ("digest", Text, "BLAKE3, 64 hex digits"),
        ("bytes", Int, "size, bytes"),
        ("object", Text, "its bytes, a file of this export; missing when they were not kept"),
    ],
};

pub(super) static STREAMS: Table = Table {
    file: "tables/streams.parquet",
    row: "sealed part of a stream of an attempt: a Parquet file",
    columns: &[
        ("run", Text, "id of the run"),
        ("handle", Text, "its short name"),
        ("attempt", Int, "counted from 1"),
        ("stream", Text, "log, metrics, metrics.api (logged by a call to the server) or resources"),
        ("part", Int, "counted from 0"),
        ("from_byte", Int, "its offset in the stream"),
        ("to_byte", Int, ""),
        ("rows", Int, "frames of a log, points or samples"),
        ("object", Text, "a file of this export"),
    ],
};

const RUNS_AT_ONCE: i64 = 500;

pub(super) fn write_runs(
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

pub(super) fn run<'a>(
    view: &'a RunView,
    command: &'a str,
    outcome: Option<&'a String>,
    names: &Names,
) -> SqlResult<[Cell<'a>; 27]> {
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
        json(view.spec())?,
        json(view.result.as_ref())?,
        json(view.software.as_ref())?,
        json(Some(&view.tags))?,
        view.note.as_ref().and_then(|note| note.text.as_ref()).into(),
        view.archived.into(),
        json(view.external().map(|work| &work.external))?,
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
    let inputs = run.spec().into_iter().flat_map(|spec| &spec.inputs).map(|file| ("input", file));
    let outputs = run.outputs().map(|file| ("output", file));
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
            existing_file(folder, digest).into(),
        ])?;
    }
    Ok(())
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
