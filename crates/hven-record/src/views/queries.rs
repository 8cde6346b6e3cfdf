//! Lists of runs: filters, orders, pages.
//!
//! A page ends with a cursor that contains the sort key of the last row, so a list stays stable while runs are added. Words
//! are compared in lower case, as they were stored.

use std::collections::{BTreeMap, BTreeSet};

use hven_app::ports::{
    StoreError, StoreResult,
    views::{Archived, PREFIX_DIGITS_MIN, Page, RunName, RunOrder, RunQuery, RunRow, RunView, SimilarRun},
};
use hven_core::{
    ActorId, AttemptId, Digest, Malformed, RunId, Time, access::Scope, handle::Handle, params::Params, run::State,
};

use super::{
    additions,
    conditions::{Conditions, NO_TASK, NOT_ARCHIVED, NOT_DELETED, NOT_OWN, Owned, PAGE_MAX, foreign_cursor, ids},
    labels, params, read_back, run_columns,
    run_state::{state_from_int, state_to_int},
    run_views::load_runs,
};
use crate::{
    series::summaries,
    sql::{Connection, Row, SqlResult, keys},
};

/// The maximum number of runs in the answer to an ambiguous name.
const AMBIGUOUS_MAX: usize = 3;

/// The conditions of a list of runs, without those of its page, and whatever it says about tasks.
pub(crate) fn run_conditions(query: &RunQuery) -> Conditions {
    let mut conditions = Conditions::default();
    conditions.scopes(&query.scopes);
    if let Some(project) = &query.project {
        conditions.within_project(project);
    }
    if !query.states.is_empty() {
        let states: Vec<String> = query.states.iter().map(|s| state_to_int(*s).to_string()).collect();
        conditions.texts.push(format!("state IN ({})", states.join(", ")));
        // Says nothing new, but lets the database use the small index of what has (not) ended.
        if query.states.iter().all(|state| state.is_final()) {
            conditions.texts.push("ended_seq IS NOT NULL".to_owned());
        } else if !query.states.iter().any(|state| state.is_final()) {
            conditions.texts.push("ended_seq IS NULL".to_owned());
        }
    }
    if !query.all_kinds {
        conditions.texts.push(NOT_OWN.to_owned());
    }
    match query.archived {
        Archived::Without => conditions.texts.push(NOT_ARCHIVED.to_owned()),
        Archived::Only => conditions.texts.push("archived = 1".to_owned()),
        Archived::With => conditions.texts.push(NOT_DELETED.to_owned()),
    }
    conditions.tags(&query.tags);
    conditions.words(&query.words);
    conditions
}

pub(crate) fn runs_page(sql: &mut Connection, query: &RunQuery) -> StoreResult<Page<RunRow>> {
    let limit = query.limit.clamp(1, PAGE_MAX);
    let mut conditions = run_conditions(query);
    if !query.with_tasks {
        conditions.texts.push(NO_TASK.to_owned());
    }
    if let Some(cursor) = &query.cursor {
        let (wall, seq) = read_cursor(cursor).ok_or_else(|| foreign_cursor(cursor))?;
        let seq = conditions.place(Owned::Int(seq));
        let text = match query.order {
            RunOrder::NewestFirst => format!("seq < {seq}"),
            RunOrder::OldestFirst => format!("seq > {seq}"),
            RunOrder::LongestFirst => {
                let wall = conditions.place(Owned::Real(wall));
                format!("(COALESCE(wall_s, -1) < {wall} OR (COALESCE(wall_s, -1) = {wall} AND seq < {seq}))")
            }
        };
        conditions.texts.push(text);
    }
    let order = match query.order {
        RunOrder::NewestFirst => "seq DESC",
        RunOrder::OldestFirst => "seq ASC",
        RunOrder::LongestFirst => "COALESCE(wall_s, -1) DESC, seq DESC",
    };
    let condition = format!("{} ORDER BY {order} LIMIT {}", conditions.text(), limit + 1);
    let mut rows = rows_where(&condition, |select| sql.query(select, &conditions.values(), stored_row))?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = match rows.last() {
        Some((seq, _, run)) if more => Some(write_cursor(run.wall_s.unwrap_or(-1.0), *seq)),
        _ => None,
    };
    Ok(Page { items: complete(sql, rows)?, next })
}

/// The row of a run with the numbers of the facts of its submission and of its end.
pub(super) type StoredRow = (i64, Option<i64>, RunRow);

pub(super) fn rows_where<T>(condition: &str, query: impl FnOnce(&str) -> T) -> T {
    query(&format!(
        "SELECT seq, id, handle, project, name, command, submitted_by, submitted, state, attempts, started, ended, \
         wall_s, outcome, outputs + files_added, cpu_s, memory_max_bytes, ended_seq, own_kind, archived, recipe FROM runs {condition}"
    ))
}

pub(super) fn stored_row(row: &Row<'_>) -> SqlResult<StoredRow> {
    let run = RunRow {
        id: RunId::from_bytes(row.array(1)?),
        handle: Handle { count: row.uint(2)? },
        project: read_back::project(&row.text(3)?)?,
        name: row.text_or_null(4)?,
        command: row.text(5)?,
        own_kind: row.text_or_null(18)?,
        recipe: row.text_or_null(20)?,
        submitted_by: ActorId::from_bytes(row.array(6)?),
        submitted: Time::from_micros(row.int(7)?),
        state: state_from_int(row.int(8)?)?,
        attempts: row.int(9)? as u32,
        started: row.int_or_null(10)?.map(Time::from_micros),
        ended: row.int_or_null(11)?.map(Time::from_micros),
        wall_s: row.real_or_null(12)?,
        outcome: row.text_or_null(13)?,
        outputs: row.int(14)? as u32,
        cpu_s: row.real_or_null(15)?,
        memory_max_bytes: row.int_or_null(16)?.map(|n| n as u64),
        tags: BTreeSet::new(),
        archived: row.int(19)? != 0,
        params: BTreeMap::new(),
        metrics: Vec::new(),
        added: Vec::new(),
        added_total: 0,
        set_aside: 0,
    };
    Ok((row.int(0)?, row.int_or_null(17)?, run))
}

/// The rows of these runs, in any order.
pub(crate) fn rows_of(sql: &mut Connection, runs: &[RunId]) -> SqlResult<Vec<RunRow>> {
    let ids = ids(runs);
    let rows = rows_where("WHERE id IN ({keys})", |select| sql.query_in(select, &[], &keys(&ids), stored_row))?;
    complete(sql, rows)
}

/// Adds to the rows of runs what other tables say: as many statements for many runs as for one.
fn complete(sql: &mut Connection, rows: Vec<StoredRow>) -> SqlResult<Vec<RunRow>> {
    let runs: Vec<RunId> = rows.iter().map(|(_, _, run)| run.id).collect();
    let of: Vec<params::RunToLoad> = rows
        .iter()
        .map(|(_, ended_seq, run)| params::RunToLoad {
            run: run.id,
            last_attempt: run.last_attempt().number,
            ended_seq: *ended_seq,
        })
        .collect();
    let attempts: Vec<AttemptId> = rows.iter().map(|(_, _, run)| run.last_attempt()).collect();
    let mut tags = labels::tags_of(sql, &runs)?;
    let mut params = params::of_runs(sql, &of)?;
    let before = params.iter_mut().map(|(run, params)| (*run, std::mem::take(&mut params.added))).collect();
    let mut shown = additions::shown(sql, &runs, before)?;
    let mut metrics = summaries::sealed(sql, &attempts)?;
    let set_aside = additions::set_aside_counts(sql, &runs)?;
    let completed = rows.into_iter().map(|(_, _, mut run)| {
        run.tags = tags.remove(&run.id).unwrap_or_default();
        run.params = params.remove(&run.id).unwrap_or_default().own;
        let shown = shown.remove(&run.id).unwrap_or_default();
        (run.added, run.added_total) = (shown.added, shown.total);
        run.metrics = metrics.remove(&run.last_attempt()).unwrap_or_default().lines.into_values().collect();
        run.set_aside = set_aside.get(&run.id).copied().unwrap_or_default();
        run
    });
    Ok(completed.collect())
}

fn write_cursor(wall_s: f64, seq: i64) -> String {
    format!("{:016x}{seq:x}", wall_s.to_bits())
}

fn read_cursor(cursor: &str) -> Option<(f64, i64)> {
    let (wall, seq) = cursor.split_at_checked(16)?;
    Some((f64::from_bits(u64::from_str_radix(wall, 16).ok()?), i64::from_str_radix(seq, 16).ok()?))
}

pub(crate) fn runs_named(sql: &mut Connection, name: &RunName) -> StoreResult<Vec<RunView>> {
    Ok(match name {
        RunName::Id(run) => load_runs(sql, "WHERE id = ?1", &[(&run.to_bytes()).into()])?,
        RunName::Handle(handle) => load_runs(sql, "WHERE handle = ?1 LIMIT 3", &[handle.count.into()])?,
        RunName::Prefix(prefix) => {
            let (from, to) = prefix_range(prefix)?;
            let condition = format!("WHERE id >= ?1 AND id <= ?2 ORDER BY id LIMIT {AMBIGUOUS_MAX}");
            load_runs(sql, &condition, &[(&from).into(), (&to).into()])?
        }
        RunName::Last => load_runs(sql, &format!("WHERE {NOT_OWN} AND {NO_TASK} ORDER BY seq DESC LIMIT 1"), &[])?,
        RunName::Task { array, task } => {
            let condition = "WHERE id IN (SELECT array_tasks.run FROM array_tasks JOIN arrays \
                             ON arrays.id = array_tasks.array_id WHERE arrays.number = ?1 AND array_tasks.task = ?2)";
            load_runs(sql, condition, &[(*array).into(), (*task).into()])?
        }
        RunName::Step { project: Some(project), step } => {
            super::claims::last_named(sql, project, step.as_str())?.into_iter().collect()
        }
        RunName::Step { project: None, step } => {
            let condition = "WHERE seq IN (SELECT MAX(seq) FROM runs WHERE name = ?1 GROUP BY project) ORDER BY seq";
            load_runs(sql, condition, &[step.as_str().into()])?
        }
    })
}

/// The lowest and the highest id with these first digits.
fn prefix_range(prefix: &str) -> Result<([u8; 16], [u8; 16]), StoreError> {
    let bad = |why: &str| Malformed::Text { noun: "prefix of an id", text: prefix.to_owned(), why: why.to_owned() };
    if !(PREFIX_DIGITS_MIN..=32).contains(&prefix.len()) {
        return Err(bad("it has too few or too many digits").into());
    }
    let digits = u128::from_str_radix(prefix, 16).ok().filter(|_| prefix.bytes().all(|b| b.is_ascii_hexdigit()));
    let digits = digits.ok_or_else(|| bad("it has hexadecimal digits only"))?;
    let missing = 4 * (32 - prefix.len() as u32);
    let from = digits.checked_shl(missing).unwrap_or(digits);
    let to = from | 1_u128.checked_shl(missing).unwrap_or(1).wrapping_sub(1);
    Ok((from.to_be_bytes(), to.to_be_bytes()))
}

pub(crate) fn run_counts(sql: &mut Connection, scopes: &[Scope]) -> SqlResult<BTreeMap<State, u64>> {
    let mut conditions = Conditions::default();
    conditions.scopes(scopes);
    let find = format!("SELECT state, CAST(SUM(runs) AS BIGINT) FROM run_counts {} GROUP BY state", conditions.text());
    let rows = sql.query(&find, &conditions.values(), |row| Ok((state_from_int(row.int(0)?)?, row.uint(1)?)))?;
    Ok(rows.into_iter().collect())
}

pub(crate) fn runs_unfinished(sql: &mut Connection) -> SqlResult<Vec<RunView>> {
    load_runs(sql, "WHERE ended_seq IS NULL ORDER BY seq", &[])
}

pub(crate) fn runs_submitted(sql: &mut Connection) -> SqlResult<u64> {
    // Use the number after the highest one, so that a skipped number is never used again.
    let last = sql.first("SELECT MAX(handle) FROM runs", &[], |row| row.int_or_null(0))?.flatten();
    Ok(last.map_or(0, |last| last as u64 + 1))
}

/// The maximum number of runs with the same work that are compared, newest first. If the files or parameters of all of them
/// differ, the work is done again.
const CACHED_MAX: usize = 100;

pub(crate) fn run_cached(sql: &mut Connection, key: Digest, given: Option<&Params>) -> SqlResult<Option<RunView>> {
    let condition = "WHERE cache_key = ?1 AND state = ?2 AND seq < ?3 ORDER BY seq DESC LIMIT 1";
    let mut before = i64::MAX;
    for _ in 0..CACHED_MAX {
        let values = [key.as_bytes().into(), state_to_int(State::Done).into(), before.into()];
        let Some(run) = load_runs(sql, condition, &values)?.pop() else { return Ok(None) };
        // A run that found other files than the recorded ones did other work than its key says.
        let is_as_recorded = run.result.as_ref().is_none_or(|result| result.changed.is_empty());
        let fits = match given {
            Some(now) if is_as_recorded => params::given(sql, run.id)?.others(now).is_empty(),
            _ => is_as_recorded,
        };
        if fits {
            return Ok(Some(run));
        }
        before = run.submitted_seq as i64;
    }
    Ok(None)
}

/// A run of the same command is searched among this number of the newest facts, because there is no index of commands.
const NEAR_FACTS: u64 = 50_000;
/// The maximum number of loaded runs with the same name, or with commands that start with the same text.
const LIKE_MAX: usize = 8;

pub(crate) fn run_like(sql: &mut Connection, like: &SimilarRun) -> SqlResult<Option<RunView>> {
    let (project, before) = (like.project.as_str(), like.before);
    if let Some(name) = &like.name {
        let condition =
            format!("WHERE project = ?1 AND name = ?2 AND seq < ?3 AND {NOT_OWN} ORDER BY seq DESC LIMIT {LIKE_MAX}");
        let named = load_runs(sql, &condition, &[project.into(), name.as_str().into(), before.into()])?;
        return Ok(of_the_folder(named, &like.cwd));
    }
    let command = run_columns::command_line(&like.words);
    let newest = sql.first("SELECT MAX(seq) FROM runs WHERE seq < ?1", &[before.into()], |row| row.int_or_null(0))?;
    let Some(newest) = newest.flatten() else { return Ok(None) };
    let from = (newest as u64).saturating_sub(NEAR_FACTS);
    let condition = format!(
        "WHERE project = ?1 AND command = ?2 AND seq >= ?3 AND seq < ?4 AND {NOT_OWN} ORDER BY seq DESC LIMIT {LIKE_MAX}"
    );
    let alike = load_runs(sql, &condition, &[project.into(), (&command).into(), from.into(), before.into()])?;
    let has_words = |run: &RunView| run.spec().is_some_and(|spec| *spec.words() == *like.words);
    Ok(of_the_folder(alike.into_iter().filter(has_words).collect(), &like.cwd))
}

/// The first of the runs with this or an unknown folder, otherwise the first of all runs.
fn of_the_folder(mut runs: Vec<RunView>, cwd: &str) -> Option<RunView> {
    let place = runs.iter().position(|run| run.spec().is_none_or(|spec| spec.cwd == cwd)).unwrap_or(0);
    (place < runs.len()).then(|| runs.swap_remove(place))
}
