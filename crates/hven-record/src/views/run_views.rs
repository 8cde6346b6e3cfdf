//! Runs for display: their rows with the data from other tables and from facts. The number of statements does not depend on
//! the number of runs.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use hven_app::ports::{
    queueing::QueueState,
    views::{AdditionView, AttemptView, DeletedView, ExternalWork, NamedRun, RunView, RunWork, SetAsideView},
};
use hven_core::{
    ActorId, AttemptId, Digest, Fact, RunId, RunnerId, Time,
    additions::Addition,
    envelope::Envelope,
    handle::Handle,
    reproduction::Tolerances,
    run::{AttemptResult, Opened},
};

use super::{
    added_files, additions, conditions::ids, labels, params, queueing, read_back::project, run_state::state_from_int,
};
use crate::{
    facts,
    sql::{Connection, Row, SqlError, SqlResult, Value, keys},
};

const VIEW_COLUMNS: &str = "seq, id, handle, project, name, submitted_by, submitted, cache_key, state, attempts, runner, \
     started, ended, ended_seq, software_seq, archived, files_added, deleted_seq";

/// The row of a run before its facts are read.
struct Found {
    view: RunView,
    ended_seq: Option<i64>,
    software_seq: Option<i64>,
    /// The number of files that were added before its end.
    files_added: u64,
    deleted_seq: Option<i64>,
}

fn found(row: &Row<'_>) -> SqlResult<Found> {
    let view = RunView {
        submitted_seq: row.uint(0)?,
        id: RunId::from_bytes(row.array(1)?),
        handle: Handle { count: row.uint(2)? },
        project: project(&row.text(3)?)?,
        name: row.text_or_null(4)?,
        submitted_by: ActorId::from_bytes(row.array(5)?),
        submitted: Time::from_micros(row.int(6)?),
        work: RunWork::Erased,
        files_added: Vec::new(),
        launch: String::new(),
        cache_key: row.array_or_null(7)?.map(Digest::from_bytes),
        purpose: None,
        tolerances: Tolerances::default(),
        state: state_from_int(row.int(8)?)?,
        attempts: row.int(9)? as u32,
        runner: row.array_or_null(10)?.map(RunnerId::from_bytes),
        started: row.int_or_null(11)?.map(Time::from_micros),
        ended: row.int_or_null(12)?.map(Time::from_micros),
        end_recorded: None,
        result: None,
        params: BTreeMap::new(),
        params_before: BTreeMap::new(),
        added: Vec::new(),
        set_aside: Vec::new(),
        software: None,
        tags: BTreeSet::new(),
        note: None,
        archived: row.int(15)? == 1,
        deleted: None,
        queue: QueueState::default(),
    };
    let [ended_seq, software_seq, deleted_seq] = [row.int_or_null(13)?, row.int_or_null(14)?, row.int_or_null(17)?];
    Ok(Found { view, ended_seq, software_seq, files_added: row.uint(16)?, deleted_seq })
}

/// Runs that match a condition, with the data from their facts.
pub(crate) fn load_runs(sql: &mut Connection, condition: &str, values: &[Value<'_>]) -> SqlResult<Vec<RunView>> {
    let rows = sql.query(&format!("SELECT {VIEW_COLUMNS} FROM runs {condition}"), values, found)?;
    complete(sql, rows)
}

/// The runs with these ids, with the data from their facts.
pub(crate) fn many(sql: &mut Connection, runs: &[RunId]) -> SqlResult<Vec<RunView>> {
    let ids = ids(runs);
    let find = format!("SELECT {VIEW_COLUMNS} FROM runs WHERE id IN ({{keys}}) ORDER BY seq");
    let rows = sql.query_in(&find, &[], &keys(&ids), found)?;
    complete(sql, rows)
}

/// The handles and projects of the runs with these ids.
pub(crate) fn names(sql: &mut Connection, runs: &[RunId]) -> SqlResult<Vec<NamedRun>> {
    let ids = ids(runs);
    let find = "SELECT id, handle, project FROM runs WHERE id IN ({keys})";
    sql.query_in(find, &[], &keys(&ids), |row| {
        Ok(NamedRun {
            id: RunId::from_bytes(row.array(0)?),
            handle: Handle { count: row.uint(1)? },
            project: project(&row.text(2)?)?,
        })
    })
}

/// Adds the data from facts to rows of runs, with a fixed number of statements.
fn complete(sql: &mut Connection, rows: Vec<Found>) -> SqlResult<Vec<RunView>> {
    let runs: Vec<RunId> = rows.iter().map(|found| found.view.id).collect();
    let notes = labels::note_seqs_of(sql, &runs)?;
    let of_rows = rows.iter().flat_map(|found| {
        let later =
            [found.ended_seq, found.software_seq, found.deleted_seq].into_iter().flatten().map(|seq| seq as u64);
        later.chain([found.view.submitted_seq])
    });
    let seqs: Vec<u64> = of_rows.chain(notes.values().copied()).collect();
    let facts = facts::many(sql, &seqs)?;
    let of = |found: &Found| params::RunToLoad {
        run: found.view.id,
        last_attempt: found.view.last_attempt().number,
        ended_seq: found.ended_seq,
    };
    let of: Vec<params::RunToLoad> = rows.iter().map(of).collect();
    let mut params = params::of_runs(sql, &of)?;
    // Additions after the end: in older records these are parameters, in newer ones they have facts of their own kind.
    let mut additions: Vec<(RunId, Addition)> = Vec::new();
    for (run, params) in &mut params {
        additions.extend(std::mem::take(&mut params.added).into_iter().map(|addition| (*run, addition)));
    }
    additions.extend(additions::of_runs(sql, &runs)?);
    additions.sort_by_key(|(_, addition)| addition.seq);
    let mut added: HashMap<RunId, Vec<AdditionView>> = HashMap::new();
    for (run, view) in additions::named(sql, additions)? {
        added.entry(run).or_default().push(view);
    }
    let mut set_aside: HashMap<RunId, Vec<SetAsideView>> = HashMap::new();
    for (run, view) in additions::set_aside(sql, &runs)? {
        set_aside.entry(run).or_default().push(view);
    }
    let with_files: Vec<RunId> = rows.iter().filter(|row| row.files_added > 0).map(|row| row.view.id).collect();
    let mut files_added = added_files::of_runs(sql, &with_files)?;
    let mut tags = labels::tags_of(sql, &runs)?;
    let mut queues = queueing::states_of(sql, &runs)?;
    let mut views = Vec::with_capacity(rows.len());
    for Found { mut view, ended_seq, software_seq, deleted_seq, .. } in rows {
        let envelope = |seq: Option<i64>| seq.and_then(|seq| facts.get(&(seq as u64)));
        let submitted = facts.get(&view.submitted_seq).map(Envelope::readable_fact).transpose()?.flatten();
        match submitted {
            Some(Fact::RunSubmitted(submitted)) => {
                view.launch = submitted.launch;
                view.purpose = submitted.purpose;
                view.tolerances = submitted.tolerances;
                view.work = RunWork::Started(Box::new(submitted.spec));
            }
            Some(Fact::RunOpened(Opened { external, parent, .. })) => {
                view.work = RunWork::External(Box::new(ExternalWork { external, parent, end: None }));
            }
            _ => {}
        }
        if let Some(envelope) = envelope(ended_seq) {
            view.end_recorded = Some(envelope.header.time);
            match (envelope.readable_fact()?, &mut view.work) {
                (Some(Fact::RunFinished(finished)), _) => view.result = Some(finished.result),
                (Some(Fact::RunClosed(closed)), RunWork::External(work)) => work.end = Some(closed.end),
                _ => {}
            }
        }
        view.files_added = files_added.remove(&view.id).unwrap_or_default();
        view.deleted = match envelope(deleted_seq) {
            Some(envelope) => match envelope.readable_fact()? {
                Some(Fact::RunDeleted(deleted)) => Some(DeletedView {
                    because: deleted.because,
                    by: envelope.header.actor,
                    time: envelope.header.time,
                }),
                _ => None,
            },
            None => None,
        };
        view.software = match envelope(software_seq).map(Envelope::readable_fact).transpose()?.flatten() {
            Some(Fact::RunSoftwareCaptured(captured)) => Some(captured.software),
            _ => None,
        };
        let params = params.remove(&view.id).unwrap_or_default();
        (view.params, view.params_before) = (params.own, params.before);
        view.added = added.remove(&view.id).unwrap_or_default();
        view.set_aside = set_aside.remove(&view.id).unwrap_or_default();
        view.tags = tags.remove(&view.id).unwrap_or_default();
        view.queue = queues.remove(&view.id).unwrap_or_default();
        view.note = notes.get(&view.id).and_then(|seq| facts.get(seq)).map(labels::note_in).transpose()?;
        if view.deleted.is_some() {
            // That there was a note is no statement about a deleted run.
            view.note = None;
        }
        views.push(view);
    }
    Ok(views)
}

/// The result in a fact, and the reason for another attempt.
fn result(envelope: &Envelope) -> SqlResult<Option<(AttemptResult, Option<String>)>> {
    Ok(match envelope.readable_fact()? {
        Some(Fact::RunFinished(finished)) => Some((finished.result, None)),
        Some(Fact::RunAttemptEnded(ended)) => Some((ended.result, Some(ended.retry_because))),
        _ => None,
    })
}

pub(crate) fn attempts(sql: &mut Connection, run: RunId) -> SqlResult<Vec<AttemptView>> {
    let rows = sql.query(
        "SELECT number, runner, started, ended, ended_seq, units FROM attempts WHERE run = ?1 ORDER BY number",
        &[(&run.to_bytes()).into()],
        |row| {
            let units = row.text_or_null(5)?.map(|units| serde_json::from_str(&units)).transpose();
            let view = AttemptView {
                id: AttemptId { run, number: row.int(0)? as u32 },
                runner: RunnerId::from_bytes(row.array_or_null(1)?.unwrap_or_default()),
                started: Time::from_micros(row.int(2)?),
                ended: row.int_or_null(3)?.map(Time::from_micros),
                result: None,
                retry_because: None,
                units: units.map_err(|error| SqlError::Row(error.to_string()))?.unwrap_or_default(),
            };
            Ok((view, row.int_or_null(4)?))
        },
    )?;
    let seqs: Vec<u64> = rows.iter().filter_map(|(_, ended_seq)| *ended_seq).map(|seq| seq as u64).collect();
    let facts = facts::many(sql, &seqs)?;
    let with_result = rows.into_iter().map(|(mut view, ended_seq)| {
        let envelope = ended_seq.and_then(|seq| facts.get(&(seq as u64)));
        if let Some((found, because)) = envelope.map(result).transpose()?.flatten() {
            view.units.clone_from(&found.units);
            view.result = Some(found);
            view.retry_because = because;
        }
        Ok(view)
    });
    with_result.collect()
}
