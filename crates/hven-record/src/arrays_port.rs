//! The read port of arrays.

use std::collections::HashMap;

use async_trait::async_trait;
use hven_app::ports::{
    Arrays, StoreResult,
    arrays::{
        ArrayTaskCount, ArrayView, COUNTED_MAX, GridCell, OpenTask, RecentTasks, TaskQuery, TaskRow, TaskRunQuery,
        TaskState,
    },
    views::{ListQuery, Page, RunRow},
};
use hven_core::{
    Fact, RunId, Time,
    array::{ArrayId, FilesFound, OtherFiles, TaskCounts, TaskRanges},
    run::State,
};

use crate::{
    facts,
    home::Home,
    sql::{Connection, Row, SqlResult, Value, keys},
    views::{
        arrays::{AGAIN, CANCEL, CANCEL_WAITING, CANCELLED, DONE, FAILED, OPEN},
        conditions::{Conditions, PAGE_MAX, newest_first},
        queries,
        run_state::{state_from_int, state_to_int},
    },
};

/// The columns of an array that are no facts.
struct ArrayRow {
    id: ArrayId,
    seq: u64,
    ended_seq: Option<u64>,
    stopped_seq: Option<u64>,
    gathered_by: Option<RunId>,
    tasks: u64,
    next: u64,
    stop_at: u64,
    /// Rows of tasks, counted.
    counts: TaskCounts,
    again: u64,
    not_gathered_seq: Option<u64>,
    gather_seq: Option<u64>,
    held: bool,
}

const COLUMNS: &str = "id, seq, ended_seq, stopped_seq, gathered_by, tasks, next, stop_at, open, done, failed, cancelled, again, \
                       not_gathered_seq, gather_seq, held";

fn array_row(row: &Row<'_>) -> SqlResult<ArrayRow> {
    let seq = |at: usize| Ok::<_, crate::sql::SqlError>(row.int_or_null(at)?.map(|seq| seq as u64));
    Ok(ArrayRow {
        id: ArrayId::from_bytes(row.array(0)?),
        seq: row.uint(1)?,
        ended_seq: seq(2)?,
        stopped_seq: seq(3)?,
        gathered_by: row.array_or_null(4)?.map(RunId::from_bytes),
        tasks: row.uint(5)?,
        next: row.uint(6)?,
        stop_at: row.uint(7)?,
        counts: TaskCounts {
            queued: 0,
            open: row.uint(8)?,
            done: row.uint(9)?,
            failed: row.uint(10)?,
            cancelled: row.uint(11)?,
        },
        again: row.uint(12)?,
        not_gathered_seq: seq(13)?,
        gather_seq: seq(14)?,
        held: row.int(15)? != 0,
    })
}

fn load(sql: &mut Connection, condition: &str, values: &[Value<'_>]) -> SqlResult<Vec<ArrayView>> {
    let rows = sql.query(&format!("SELECT {COLUMNS} FROM arrays {condition}"), values, array_row)?;
    let seqs: Vec<u64> = rows
        .iter()
        .flat_map(|row| [Some(row.seq), row.ended_seq, row.stopped_seq, row.not_gathered_seq, row.gather_seq])
        .flatten()
        .collect();
    let facts = facts::many(sql, &seqs)?;
    let (running, ahead, other_files) = (running(sql, &rows)?, rows_ahead(sql, &rows)?, other_files(sql, &rows)?);
    let mut arrays = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(envelope) = facts.get(&row.seq) else { continue };
        let Some(Fact::ArraySubmitted(submitted)) = envelope.readable_fact()? else { continue };
        let mut ended = None;
        if let Some(envelope) = row.ended_seq.and_then(|seq| facts.get(&seq))
            && let Some(Fact::ArrayEnded(found)) = envelope.readable_fact()?
        {
            ended = Some((envelope.header.time, found));
        }
        let mut stopped = None;
        if let Some(envelope) = row.stopped_seq.and_then(|seq| facts.get(&seq))
            && let Some(Fact::ArrayStopped(found)) = envelope.readable_fact()?
        {
            stopped = Some(found.rule);
        }
        let mut not_gathered = None;
        if let Some(envelope) = row.not_gathered_seq.and_then(|seq| facts.get(&seq))
            && let Some(Fact::ArrayNotGathered(found)) = envelope.readable_fact()?
        {
            not_gathered = Some(found.because);
        }
        let (mut gather, mut gather_requested) = (submitted.gather.clone(), None);
        if let Some(envelope) = row.gather_seq.and_then(|seq| facts.get(&seq))
            && let Some(Fact::ArrayGatherRequested(found)) = envelope.readable_fact()?
        {
            (gather, gather_requested) = (Some(found.gather), Some(envelope.header.time));
        }
        arrays.push(ArrayView {
            submitted: *submitted,
            time: envelope.header.time,
            by: envelope.header.actor,
            counts: counts(&row, ahead.get(&row.id).copied().unwrap_or_default()),
            running: running.get(&row.id).copied().unwrap_or_default(),
            ended,
            stopped,
            gather,
            gather_requested,
            gathered_by: row.gathered_by,
            not_gathered,
            other_files: other_files.get(&row.id).copied().unwrap_or_default(),
            held: row.held,
        });
    }
    Ok(arrays)
}

/// The rows of tasks from the first one without a run on: those that are to be submitted at all, and those beyond.
type RowsAhead = (u64, u64);

fn rows_ahead(sql: &mut Connection, rows: &[ArrayRow]) -> SqlResult<HashMap<ArrayId, RowsAhead>> {
    let wanted: Vec<[u8; 16]> = rows.iter().filter(|row| row.next <= row.tasks).map(|row| row.id.to_bytes()).collect();
    let count = "SELECT array_tasks.array_id, COUNT(*), \
                 CAST(SUM(CASE WHEN array_tasks.task >= arrays.stop_at THEN 1 ELSE 0 END) AS BIGINT) \
                 FROM array_tasks JOIN arrays ON arrays.id = array_tasks.array_id \
                 WHERE array_tasks.array_id IN ({keys}) AND array_tasks.task >= arrays.next \
                 GROUP BY array_tasks.array_id";
    let found = sql.query_in(count, &[], &keys(&wanted), |row| {
        let (all, beyond) = (row.uint(1)?, row.uint(2)?);
        Ok((ArrayId::from_bytes(row.array(0)?), (all - beyond, beyond)))
    })?;
    Ok(found.into_iter().collect())
}

/// The counts of all tasks, also of those without a row.
fn counts(row: &ArrayRow, (ahead, beyond): RowsAhead) -> TaskCounts {
    let mut counts = row.counts;
    counts.queued = row.stop_at.saturating_sub(row.next).saturating_sub(ahead) + row.again;
    let cut_from = row.stop_at.max(row.next);
    counts.cancelled += (row.tasks + 1).saturating_sub(cut_from).saturating_sub(beyond);
    counts
}

/// How many tasks have a process.
fn running(sql: &mut Connection, rows: &[ArrayRow]) -> SqlResult<HashMap<ArrayId, u64>> {
    let open: Vec<[u8; 16]> = rows.iter().filter(|row| row.counts.open > 0).map(|row| row.id.to_bytes()).collect();
    let running = state_to_int(State::Running);
    let stopping = state_to_int(State::Stopping);
    let count = format!(
        "SELECT array_tasks.array_id, COUNT(*) FROM array_tasks JOIN runs ON runs.id = array_tasks.run \
         WHERE array_tasks.array_id IN ({{keys}}) AND array_tasks.state = {OPEN} AND runs.state IN ({running}, {stopping}) \
         GROUP BY array_tasks.array_id"
    );
    let found =
        sql.query_in(&count, &[], &keys(&open), |row| Ok((ArrayId::from_bytes(row.array(0)?), row.uint(1)?)))?;
    Ok(found.into_iter().collect())
}

/// The tasks whose runs found other files than were recorded.
fn other_files(sql: &mut Connection, rows: &[ArrayRow]) -> SqlResult<HashMap<ArrayId, OtherFiles>> {
    let wanted: Vec<[u8; 16]> = rows.iter().map(|row| row.id.to_bytes()).collect();
    let count = "SELECT array_id, files, COUNT(*), MIN(task) FROM array_tasks WHERE array_id IN ({keys}) AND files > 0 \
                 GROUP BY array_id, files";
    let found = sql.query_in(count, &[], &keys(&wanted), |row| {
        let files = FilesFound::from_bits(row.uint(1)? as u8);
        Ok((ArrayId::from_bytes(row.array(0)?), files, row.uint(2)?, row.uint(3)?))
    })?;
    let mut by_array: HashMap<ArrayId, OtherFiles> = HashMap::new();
    for (array, files, count, first) in found {
        by_array.entry(array).or_default().add(files, count, first);
    }
    Ok(by_array)
}

fn next(sql: &mut Connection, array: ArrayId, limit: usize) -> SqlResult<Vec<u64>> {
    let id = array.to_bytes();
    let again =
        format!("SELECT task FROM array_tasks WHERE array_id = ?1 AND state = {AGAIN} ORDER BY task LIMIT {limit}");
    let mut tasks = sql.query(&again, &[(&id).into()], |row| row.uint(0))?;
    let find = "SELECT next, stop_at FROM arrays WHERE id = ?1";
    let Some((mut from, stop_at)) = sql.first(find, &[(&id).into()], |row| Ok((row.uint(0)?, row.uint(1)?)))? else {
        return Ok(tasks);
    };
    while tasks.len() < limit && from < stop_at {
        let to = stop_at.min(from + (limit - tasks.len()) as u64);
        let taken = "SELECT task FROM array_tasks WHERE array_id = ?1 AND task >= ?2 AND task < ?3 ORDER BY task";
        let taken = sql.query(taken, &[(&id).into(), from.into(), to.into()], |row| row.uint(0))?;
        tasks.extend((from..to).filter(|task| taken.binary_search(task).is_err()));
        from = to;
    }
    Ok(tasks)
}

/// The state of a task with a row, from this row and from the state of its run.
fn task_state(state: i64, run: Option<State>) -> TaskState {
    match state {
        DONE => TaskState::Done,
        FAILED => TaskState::Failed,
        CANCELLED => TaskState::Cancelled,
        AGAIN => TaskState::Queued,
        _ if matches!(run, Some(State::Running | State::Stopping)) => TaskState::Running,
        _ => TaskState::Waiting,
    }
}

/// The condition of a state, for rows of tasks joined with runs.
fn state_condition(state: TaskState) -> String {
    let [running, stopping] = [State::Running, State::Stopping].map(state_to_int);
    match state {
        TaskState::Queued => format!("array_tasks.state = {AGAIN}"),
        TaskState::Waiting => {
            format!("array_tasks.state = {OPEN} AND runs.state NOT IN ({running}, {stopping})")
        }
        TaskState::Running => format!("array_tasks.state = {OPEN} AND runs.state IN ({running}, {stopping})"),
        TaskState::Done => format!("array_tasks.state = {DONE}"),
        TaskState::Failed => format!("array_tasks.state = {FAILED}"),
        TaskState::Cancelled => format!("array_tasks.state = {CANCELLED}"),
    }
}

fn tasks(sql: &mut Connection, array: ArrayId, query: &TaskQuery) -> SqlResult<Vec<TaskRow>> {
    let condition = query.state.map(|state| format!("AND {}", state_condition(state))).unwrap_or_default();
    // One more than a page tells whether there is another page.
    let limit = query.limit.clamp(1, PAGE_MAX + 1);
    let find = format!(
        "SELECT array_tasks.task, array_tasks.state, array_tasks.run, runs.state FROM array_tasks \
         LEFT JOIN runs ON runs.id = array_tasks.run WHERE array_tasks.array_id = ?1 AND array_tasks.task >= ?2 \
         {condition} ORDER BY array_tasks.task LIMIT {limit}"
    );
    let rows = sql.query(&find, &[(&array.to_bytes()).into(), query.from.into()], |row| {
        let run = row.int_or_null(3)?.map(state_from_int).transpose()?;
        Ok((row.uint(0)?, task_state(row.int(1)?, run), row.array_or_null(2)?.map(RunId::from_bytes)))
    })?;
    let runs: Vec<RunId> = rows.iter().filter_map(|(_, _, run)| *run).collect();
    let mut runs: HashMap<RunId, RunRow> = queries::rows_of(sql, &runs)?.into_iter().map(|run| (run.id, run)).collect();
    let mut row = |(task, state, run): (u64, TaskState, Option<RunId>)| {
        // An earlier run may have done the work of several tasks.
        let run = run.and_then(|run| runs.get(&run).cloned().or_else(|| runs.remove(&run)));
        TaskRow { task, state, run }
    };
    Ok(rows.into_iter().map(&mut row).collect())
}

fn ranges(sql: &mut Connection, array: ArrayId, states: &[TaskState]) -> SqlResult<TaskRanges> {
    let any: Vec<String> = states.iter().map(|state| format!("({})", state_condition(*state))).collect();
    let find = format!(
        "SELECT array_tasks.task FROM array_tasks LEFT JOIN runs ON runs.id = array_tasks.run \
         WHERE array_tasks.array_id = ?1 AND ({}) ORDER BY array_tasks.task",
        any.join(" OR ")
    );
    Ok(TaskRanges::of(sql.query(&find, &[(&array.to_bytes()).into()], |row| row.uint(0))?))
}

fn grid(sql: &mut Connection, array: ArrayId, cells: u64) -> SqlResult<Vec<GridCell>> {
    let find = format!("SELECT {COLUMNS} FROM arrays WHERE id = ?1");
    let Some(row) = sql.first(&find, &[(&array.to_bytes()).into()], array_row)? else { return Ok(Vec::new()) };
    let size = row.tasks.div_ceil(cells.max(1)).max(1);
    let count = row.tasks.div_ceil(size);
    let mut grid = vec![GridCell::default(); usize::try_from(count).unwrap_or_default()];
    let mut unseen: Vec<u64> = (0..count).map(|cell| size.min(row.tasks - cell * size)).collect();
    let select = format!(
        "SELECT (array_tasks.task - 1) / {size}, array_tasks.state, runs.state, COUNT(*) FROM array_tasks \
         LEFT JOIN runs ON runs.id = array_tasks.run AND array_tasks.state = {OPEN} WHERE array_tasks.array_id = ?1 \
         GROUP BY 1, 2, 3"
    );
    let rows = sql.query(&select, &[(&array.to_bytes()).into()], |row| {
        let run = row.int_or_null(2)?.map(state_from_int).transpose()?;
        Ok((row.uint(0)?, task_state(row.int(1)?, run), row.uint(3)?))
    })?;
    for (cell, state, count) in rows {
        let at = usize::try_from(cell).unwrap_or(usize::MAX);
        let (Some(cell), Some(unseen)) = (grid.get_mut(at), unseen.get_mut(at)) else { continue };
        *unseen = unseen.saturating_sub(count);
        let counts = &mut cell.counts;
        match state {
            TaskState::Queued => counts.queued += count,
            TaskState::Waiting => counts.open += count,
            TaskState::Running => {
                counts.open += count;
                cell.running += count;
            }
            TaskState::Done => counts.done += count,
            TaskState::Failed => counts.failed += count,
            TaskState::Cancelled => counts.cancelled += count,
        }
    }
    // Tasks without a row wait, up to the one at which the array was cut.
    let cut = row.stop_at.max(row.next);
    for (at, (cell, unseen)) in grid.iter_mut().zip(unseen).enumerate() {
        let first = at as u64 * size + 1;
        let before_cut = cut.saturating_sub(first).min(unseen);
        cell.counts.queued += before_cut;
        cell.counts.cancelled += unseen - before_cut;
    }
    Ok(grid)
}

/// How many of the last tasks with a run are looked at.
const RECENT: u64 = 1500;

fn recent_tasks(sql: &mut Connection, array: ArrayId) -> SqlResult<RecentTasks> {
    let id = array.to_bytes();
    let find = "SELECT next, goes_on_from FROM arrays WHERE id = ?1";
    let found = sql.first(find, &[(&id).into()], |row| Ok((row.uint(0)?, row.int(1)?)))?;
    let Some((next, goes_on_from)) = found else { return Ok(RecentTasks::default()) };
    let first = next.saturating_sub(RECENT);
    let select = format!(
        "SELECT runs.started, CASE WHEN array_tasks.state = {OPEN} THEN NULL ELSE runs.ended END FROM array_tasks \
         JOIN runs ON runs.id = array_tasks.run WHERE array_tasks.array_id = ?1 AND array_tasks.task >= ?2 \
         AND array_tasks.state IN ({OPEN}, {DONE}, {FAILED}) AND runs.started >= ?3"
    );
    let times = sql.query(&select, &[(&id).into(), first.into(), goes_on_from.into()], |row| {
        Ok((Time::from_micros(row.int(0)?), row.int_or_null(1)?.map(Time::from_micros)))
    })?;
    Ok(RecentTasks { times, is_whole: first <= 1 })
}

fn task_counts(sql: &mut Connection, query: &TaskRunQuery) -> SqlResult<Vec<ArrayTaskCount>> {
    let mut conditions = queries::run_conditions(&query.runs);
    conditions.texts.push("task IS NOT NULL".to_owned());
    if let Some(name) = &query.name {
        conditions.named(name);
    }
    if let Some(time) = query.since {
        conditions.since(time);
    }
    if let Some(user) = query.submitted_by {
        conditions.submitted_by(user);
    }
    let select = format!(
        "SELECT arrays.number, COUNT(*), MIN(array_tasks.task) FROM (SELECT id FROM runs {} LIMIT {}) AS fitting \
         JOIN array_tasks ON array_tasks.run = fitting.id JOIN arrays ON arrays.id = array_tasks.array_id \
         GROUP BY arrays.number ORDER BY arrays.number DESC",
        conditions.text(),
        COUNTED_MAX + 1
    );
    sql.query(&select, &conditions.values(), |row| {
        Ok(ArrayTaskCount { array: row.uint(0)? as u32, tasks: row.uint(1)?, first: row.uint(2)? })
    })
}

fn tasks_open(sql: &mut Connection) -> SqlResult<Vec<OpenTask>> {
    let select = format!("SELECT array_id, run FROM array_tasks WHERE state = {OPEN}");
    sql.query(&select, &[], |row| {
        Ok(OpenTask { array: ArrayId::from_bytes(row.array(0)?), run: RunId::from_bytes(row.array(1)?) })
    })
}

fn runs_to_cancel(sql: &mut Connection, array: ArrayId) -> SqlResult<Vec<RunId>> {
    let [waiting, running] = [State::Waiting, State::Running].map(state_to_int);
    let select = format!(
        "SELECT runs.id FROM array_tasks JOIN runs ON runs.id = array_tasks.run WHERE array_tasks.array_id = ?1 \
         AND array_tasks.state = {OPEN} AND ((array_tasks.cancel = {CANCEL} AND runs.state IN ({waiting}, {running})) \
         OR (array_tasks.cancel = {CANCEL_WAITING} AND runs.state = {waiting})) ORDER BY array_tasks.task"
    );
    sql.query(&select, &[(&array.to_bytes()).into()], |row| Ok(RunId::from_bytes(row.array(0)?)))
}

fn task_of(sql: &mut Connection, run: RunId) -> SqlResult<Option<(ArrayId, u32, u64)>> {
    let select = "SELECT arrays.id, arrays.number, array_tasks.task FROM array_tasks \
                  JOIN arrays ON arrays.id = array_tasks.array_id JOIN runs ON runs.id = array_tasks.run \
                  WHERE array_tasks.run = ?1 AND runs.seq > arrays.seq ORDER BY array_tasks.task LIMIT 1";
    sql.first(select, &[(&run.to_bytes()).into()], |row| {
        Ok((ArrayId::from_bytes(row.array(0)?), row.uint(1)? as u32, row.uint(2)?))
    })
}

#[async_trait]
impl Arrays for Home {
    async fn array(&self, array: ArrayId) -> StoreResult<Option<ArrayView>> {
        let find = move |sql: &mut Connection| load(sql, "WHERE id = ?1", &[(&array.to_bytes()).into()]);
        self.inner.readers.read(move |sql| Ok(find(sql)?.pop())).await
    }
    async fn array_numbered(&self, number: u32) -> StoreResult<Option<ArrayView>> {
        let find = move |sql: &mut Connection| load(sql, "WHERE number = ?1 ORDER BY seq LIMIT 1", &[number.into()]);
        self.inner.readers.read(move |sql| Ok(find(sql)?.pop())).await
    }
    async fn array_number_last(&self) -> StoreResult<u32> {
        let last = |sql: &mut Connection| sql.first("SELECT MAX(number) FROM arrays", &[], |row| row.int_or_null(0));
        self.inner.readers.read(move |sql| Ok(last(sql)?.flatten().unwrap_or(0) as u32)).await
    }
    async fn arrays_open(&self) -> StoreResult<Vec<ArrayView>> {
        let open = |sql: &mut Connection| load(sql, "WHERE ended_seq IS NULL ORDER BY seq", &[]);
        self.inner.readers.read(move |sql| Ok(open(sql)?)).await
    }
    async fn array_page(&self, query: &ListQuery, is_open: bool) -> StoreResult<Page<ArrayView>> {
        let query = query.clone();
        let mut conditions = Conditions::default();
        if is_open {
            conditions.texts.push("ended_seq IS NULL".to_owned());
        }
        self.inner.readers.read(move |sql| newest_first(sql, "arrays", &query, conditions, load)).await
    }
    async fn array_next(&self, array: ArrayId, limit: usize) -> StoreResult<Vec<u64>> {
        self.inner.readers.read(move |sql| Ok(next(sql, array, limit)?)).await
    }
    async fn array_tasks(&self, array: ArrayId, query: &TaskQuery) -> StoreResult<Vec<TaskRow>> {
        let query = query.clone();
        self.inner.readers.read(move |sql| Ok(tasks(sql, array, &query)?)).await
    }
    async fn array_cursor(&self, array: ArrayId) -> StoreResult<(u64, u64)> {
        let find = "SELECT next, stop_at FROM arrays WHERE id = ?1";
        let cursor = move |sql: &mut Connection| {
            sql.first(find, &[(&array.to_bytes()).into()], |row| Ok((row.uint(0)?, row.uint(1)?)))
        };
        self.inner.readers.read(move |sql| Ok(cursor(sql)?.unwrap_or((1, 1)))).await
    }
    async fn array_task_counts(&self, query: &TaskRunQuery) -> StoreResult<Vec<ArrayTaskCount>> {
        let query = query.clone();
        self.inner.readers.read(move |sql| Ok(task_counts(sql, &query)?)).await
    }
    async fn array_recent_tasks(&self, array: ArrayId) -> StoreResult<RecentTasks> {
        self.inner.readers.read(move |sql| Ok(recent_tasks(sql, array)?)).await
    }
    async fn array_ranges(&self, array: ArrayId, states: &[TaskState]) -> StoreResult<TaskRanges> {
        let states = states.to_vec();
        self.inner.readers.read(move |sql| Ok(ranges(sql, array, &states)?)).await
    }
    async fn array_grid(&self, array: ArrayId, cells: u64) -> StoreResult<Vec<GridCell>> {
        self.inner.readers.read(move |sql| Ok(grid(sql, array, cells)?)).await
    }
    async fn array_tasks_open(&self) -> StoreResult<Vec<OpenTask>> {
        self.inner.readers.read(|sql| Ok(tasks_open(sql)?)).await
    }
    async fn array_runs_to_cancel(&self, array: ArrayId) -> StoreResult<Vec<RunId>> {
        self.inner.readers.read(move |sql| Ok(runs_to_cancel(sql, array)?)).await
    }
    async fn arrays_to_gather(&self) -> StoreResult<Vec<ArrayId>> {
        let select = "SELECT id FROM arrays WHERE gathers = 1 AND gathered_by IS NULL AND not_gathered_seq IS NULL \
                      AND ended_seq IS NOT NULL";
        let find = move |sql: &mut Connection| sql.query(select, &[], |row| Ok(ArrayId::from_bytes(row.array(0)?)));
        self.inner.readers.read(move |sql| Ok(find(sql)?)).await
    }
    async fn task_of(&self, run: RunId) -> StoreResult<Option<(ArrayId, u32, u64)>> {
        self.inner.readers.read(move |sql| Ok(task_of(sql, run)?)).await
    }
    async fn array_launches(&self, since: Time) -> StoreResult<Vec<(ArrayId, String)>> {
        let condition = "WHERE ended_seq IS NULL OR failed > 0 OR cancelled > 0 OR stop_at <= tasks ORDER BY seq";
        let arrays = self.inner.readers.read(move |sql| Ok(load(sql, condition, &[])?)).await?;
        let kept = arrays.into_iter().filter(|array| array.ended.as_ref().is_none_or(|(time, _)| *time >= since));
        Ok(kept.map(|array| (array.submitted.array, array.submitted.launch)).collect())
    }
}
