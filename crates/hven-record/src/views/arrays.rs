//! Arrays, and the tasks that have a run or a state of their own.
//!
//! Tasks are submitted in the order of their numbers. Those from `next` on have no run yet, those from `stop_at` on get none. Only the
//! others, and cancelled ones, have rows, so an array of a million queued tasks is one row.

use hven_core::{
    Fact, RunId,
    array::{FilesFound, Submitted, TASKS_MAX, TaskRange, TaskRanges},
    fact::kind,
    run::State,
};

use super::{Changes, Edges, Seen, Table, View, kinds, lineage};
use crate::sql::{
    ColumnKind::{Bytes, Int, Text},
    SqlResult,
};

pub(crate) struct Arrays;

const TABLES: &[Table] = &[
    Table {
        name: "arrays",
        columns: &[
            ("id", Bytes),
            ("seq", Int),
            ("number", Int),
            ("project", Text),
            ("search", Text),
            ("tasks", Int),
            ("next", Int),
            ("stop_at", Int),
            // The rows of its tasks, counted by their states.
            ("open", Int),
            ("done", Int),
            ("failed", Int),
            ("cancelled", Int),
            ("again", Int),
            // The facts of its end, of the rule that stopped it, and of its gathered results; all belong to the last end.
            ("ended_seq", Int),
            ("stopped_seq", Int),
            ("gathers", Int),
            ("gathered_by", Bytes),
            ("not_gathered_seq", Int),
            // The fact of the last request to gather them.
            ("gather_seq", Int),
            ("held", Int),
            // When it was submitted, released or had tasks run again, in microseconds: earlier tasks say nothing of its pace.
            ("goes_on_from", Int),
        ],
        definition: "PRIMARY KEY (id)) {by key}",
        indexes: &[
            "arrays_seq ON arrays (seq)",
            "arrays_number ON arrays (number)",
            "arrays_open ON arrays (seq) WHERE ended_seq IS NULL",
        ],
        key_columns: 1,
    },
    Table {
        name: "array_tasks",
        // `files`: how the files that its run found differ from the record, as bits.
        columns: &[("array_id", Bytes), ("task", Int), ("run", Bytes), ("state", Int), ("cancel", Int), ("files", Int)],
        definition: "PRIMARY KEY (array_id, task)) {by key}",
        indexes: &[
            "array_tasks_run ON array_tasks (run)",
            "array_tasks_state ON array_tasks (array_id, state, task)",
            "array_tasks_open ON array_tasks (run) WHERE state = 0",
            "array_tasks_files ON array_tasks (array_id, files, task) WHERE files > 0",
        ],
        key_columns: 2,
    },
];

/// The run that imports a gathered table rests on the runs whose results are in it.
const EDGES: Edges = Edges {
    kinds: kinds![ArrayGathered],
    draw: |seen, sql| lineage::add_with_named(sql, seen, RunId::from_u128).map(drop),
};

pub(crate) const OPEN: i64 = 0;
pub(crate) const DONE: i64 = 1;
pub(crate) const FAILED: i64 = 2;
pub(crate) const CANCELLED: i64 = 3;
/// It is to be submitted again.
pub(crate) const AGAIN: i64 = 4;
/// Cancel its run, or (below) only if the run waits.
pub(crate) const CANCEL: i64 = 1;
pub(crate) const CANCEL_WAITING: i64 = 2;

/// The column that counts the rows of a state.
const fn counter(state: i64) -> &'static str {
    match state {
        OPEN => "open",
        DONE => "done",
        FAILED => "failed",
        CANCELLED => "cancelled",
        _ => "again",
    }
}

/// The number of a task as the tables have it. No array has more tasks than this, whatever a foreign record says.
fn number(task: u64) -> i64 {
    i64::try_from(task.min(TASKS_MAX)).unwrap_or(i64::MAX)
}

/// The part of a statement that counts this many rows under another state.
fn recounted(before: Option<i64>, after: i64, rows: &str) -> String {
    if before == Some(after) {
        return String::new();
    }
    let less = before.map(|before| format!(", {0} = {0} - {rows}", counter(before))).unwrap_or_default();
    format!(", {0} = {0} + {rows}{less}", counter(after))
}

impl View for Arrays {
    fn name(&self) -> &'static str {
        "arrays"
    }
    fn version(&self) -> u32 {
        2
    }
    fn tables(&self) -> &'static [Table] {
        TABLES
    }
    fn kinds(&self) -> &'static [&'static str] {
        kinds![
            ArraySubmitted,
            ArrayCancelled,
            ArrayHeld,
            ArrayStopped,
            ArrayRetried,
            ArrayTasksReused,
            ArrayEnded,
            ArrayGatherRequested,
            ArrayGathered,
            ArrayNotGathered,
            RunSubmitted,
            RunFinished
        ]
    }

    fn edges(&self) -> Option<&'static Edges> {
        Some(&EDGES)
    }

    fn apply(&self, seen: &Seen<'_>, changes: &mut Changes<'_>) -> SqlResult<()> {
        let subject = seen.header.subject.unwrap_or_default().to_be_bytes();
        let mut rows = Rows { changes, subject, micros: seen.header.time.micros() };
        match (seen.header.kind.as_str(), seen.fact) {
            (_, Some(Fact::ArraySubmitted(submitted))) => rows.submitted(seen.seq(), submitted),
            (_, Some(Fact::RunSubmitted(run))) => match &run.task {
                Some(of) => rows.put(&of.array.to_bytes(), of.task, &run.run.to_bytes(), OPEN),
                None => Ok(()),
            },
            (kind::RunFinished, fact) => {
                let (state, files) = match fact {
                    Some(Fact::RunFinished(finished)) => {
                        (finished.result.outcome.state(), FilesFound::of(&finished.result.changed))
                    }
                    _ => (State::Lost, FilesFound::default()),
                };
                let state = match state {
                    State::Done => DONE,
                    State::Cancelled => CANCELLED,
                    _ => FAILED,
                };
                rows.run_ended(state, files)
            }
            (_, Some(Fact::ArrayTasksReused(reused))) => {
                let array = reused.array.to_bytes();
                reused.tasks.iter().try_for_each(|of| rows.put(&array, of.task, &of.run.to_bytes(), DONE))
            }
            (_, Some(Fact::ArrayCancelled(cancelled))) => match &cancelled.tasks {
                None => rows.cut(CANCEL),
                Some(tasks) => rows.cancel(tasks),
            },
            (_, Some(Fact::ArrayHeld(held))) => {
                rows.set("held", i64::from(held.held))?;
                rows.set("goes_on_from", rows.micros)
            }
            (kind::ArrayStopped, _) => {
                rows.cut(CANCEL_WAITING)?;
                rows.set("stopped_seq", seen.seq())
            }
            (_, Some(Fact::ArrayRetried(retried))) => rows.retry(&retried.tasks, retried.with_rest),
            (kind::ArrayEnded, _) => {
                rows.cut(0)?;
                rows.set("ended_seq", seen.seq())
            }
            (kind::ArrayGatherRequested, _) => rows.gather(seen.seq()),
            (kind::ArrayNotGathered, _) => rows.set("not_gathered_seq", seen.seq()),
            (_, Some(Fact::ArrayGathered(gathered))) => {
                let update = "UPDATE arrays SET gathered_by = ?2 WHERE id = ?1";
                let (array, run) = (gathered.array.to_bytes(), gathered.run.to_bytes());
                rows.changes.sql.execute(update, &[(&array).into(), (&run).into()]).map(drop)
            }
            _ => Ok(()),
        }
    }
}

/// Changes rows about the subject of a fact.
struct Rows<'a, 'b> {
    changes: &'a mut Changes<'b>,
    subject: [u8; 16],
    /// The time of the fact.
    micros: i64,
}

impl Rows<'_, '_> {
    fn submitted(&mut self, seq: i64, submitted: &Submitted) -> SqlResult<()> {
        let Submitted { number: of_home, project, name, spec, tasks, .. } = submitted;
        let command = super::run_columns::command_line(&spec.words());
        let search =
            format!("array/{of_home}\n{}\n{command}\n{project}", name.as_deref().unwrap_or_default()).to_lowercase();
        let insert = "INSERT INTO arrays (id, seq, number, project, search, tasks, next, stop_at, open, done, failed, \
                      cancelled, again, ended_seq, stopped_seq, gathers, gathered_by, not_gathered_seq, gather_seq, held, \
                      goes_on_from) \
                      VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, ?7, 0, 0, 0, 0, 0, NULL, NULL, ?8, NULL, NULL, NULL, 0, ?9) \
                      ON CONFLICT (id) DO NOTHING";
        let values = [
            (&self.subject).into(),
            seq.into(),
            (*of_home).into(),
            project.as_str().into(),
            (&search).into(),
            number(*tasks).into(),
            (number(*tasks) + 1).into(),
            i64::from(submitted.gather.is_some()).into(),
            self.micros.into(),
        ];
        self.changes.sql.execute(insert, &values).map(drop)
    }

    /// The state of a task that has a row.
    fn state(&mut self, array: &[u8; 16], task: u64) -> SqlResult<Option<i64>> {
        let find = "SELECT state FROM array_tasks WHERE array_id = ?1 AND task = ?2";
        self.changes.sql.first(find, &[array.into(), number(task).into()], |row| row.int(0))
    }

    /// Gives a task a run.
    fn put(&mut self, array: &[u8; 16], task: u64, run: &[u8; 16], state: i64) -> SqlResult<()> {
        let before = self.state(array, task)?;
        let upsert = "INSERT INTO array_tasks (array_id, task, run, state, cancel, files) VALUES (?1, ?2, ?3, ?4, 0, 0) \
                      ON CONFLICT (array_id, task) DO UPDATE SET run = excluded.run, state = excluded.state, cancel = 0, \
                      files = 0";
        self.changes.sql.execute(upsert, &[array.into(), number(task).into(), run.into(), state.into()])?;
        let update = format!(
            "UPDATE arrays SET next = CASE WHEN next < ?2 THEN ?2 ELSE next END{} WHERE id = ?1",
            recounted(before, state, "1")
        );
        self.changes.sql.execute(&update, &[array.into(), (number(task) + 1).into()]).map(drop)
    }

    /// Notes that this many rows have another state.
    fn moved(&mut self, array: &[u8; 16], before: Option<i64>, after: i64, rows: i64) -> SqlResult<()> {
        if before == Some(after) || rows == 0 {
            return Ok(());
        }
        let update = format!("UPDATE arrays SET next = next{} WHERE id = ?1", recounted(before, after, "?2"));
        self.changes.sql.execute(&update, &[array.into(), rows.into()]).map(drop)
    }

    /// The run that is the subject has ended, which may belong to a task.
    fn run_ended(&mut self, state: i64, files: FilesFound) -> SqlResult<()> {
        let find = "SELECT array_id, task FROM array_tasks WHERE run = ?1 AND state = 0";
        let found = self.changes.sql.query(find, &[(&self.subject).into()], |row| Ok((row.array(0)?, row.uint(1)?)))?;
        for (array, task) in found {
            let update = "UPDATE array_tasks SET state = ?3, files = ?4 WHERE array_id = ?1 AND task = ?2";
            let files = i64::from(files.bits());
            self.changes.sql.execute(update, &[(&array).into(), number(task).into(), state.into(), files.into()])?;
            self.moved(&array, Some(OPEN), state, 1)?;
        }
        Ok(())
    }

    /// No further task is submitted. Runs of open tasks are cancelled.
    fn cut(&mut self, cancel: i64) -> SqlResult<()> {
        let array = self.subject;
        let stop = "UPDATE arrays SET stop_at = next WHERE id = ?1 AND stop_at > next";
        self.changes.sql.execute(stop, &[(&array).into()])?;
        self.change_all(AGAIN, CANCELLED, TaskRange { first: 1, last: TASKS_MAX })?;
        self.flag(cancel, TaskRange { first: 1, last: TASKS_MAX })
    }

    fn flag(&mut self, cancel: i64, TaskRange { first, last }: TaskRange) -> SqlResult<()> {
        let flag = "UPDATE array_tasks SET cancel = ?2 WHERE array_id = ?1 AND state = 0 AND task >= ?3 AND task <= ?4";
        let values = [(&self.subject).into(), cancel.into(), number(first).into(), number(last).into()];
        self.changes.sql.execute(flag, &values).map(drop)
    }

    /// Gives all rows of a state in a range another state.
    fn change_all(&mut self, before: i64, after: i64, TaskRange { first, last }: TaskRange) -> SqlResult<()> {
        let array = self.subject;
        let update =
            "UPDATE array_tasks SET state = ?3 WHERE array_id = ?1 AND state = ?2 AND task >= ?4 AND task <= ?5";
        let values = [(&array).into(), before.into(), after.into(), number(first).into(), number(last).into()];
        let rows = self.changes.sql.execute(update, &values)?;
        self.moved(&array, Some(before), after, rows as i64)
    }

    fn cancel(&mut self, tasks: &TaskRanges) -> SqlResult<()> {
        let array = self.subject;
        let find = "SELECT next, stop_at FROM arrays WHERE id = ?1";
        let found = self.changes.sql.first(find, &[(&array).into()], |row| Ok((row.int(0)?, row.int(1)?)))?;
        let Some((next, stop_at)) = found else { return Ok(()) };
        for range in tasks.ranges() {
            self.change_all(AGAIN, CANCELLED, *range)?;
            self.flag(CANCEL, *range)?;
            let (first, last) = (number(range.first).max(next), number(range.last).min(stop_at - 1));
            if first > last {
                continue;
            }
            let insert = "WITH RECURSIVE numbers (n) AS (SELECT CAST(?2 AS BIGINT) UNION ALL SELECT n + 1 FROM numbers \
                          WHERE n < ?3) INSERT INTO array_tasks (array_id, task, run, state, cancel, files) \
                          SELECT ?1, n, NULL, 3, 0, 0 FROM numbers WHERE TRUE ON CONFLICT (array_id, task) DO NOTHING";
            let rows = self.changes.sql.execute(insert, &[(&array).into(), first.into(), last.into()])?;
            self.moved(&array, None, CANCELLED, rows as i64)?;
        }
        Ok(())
    }

    fn retry(&mut self, tasks: &TaskRanges, with_rest: bool) -> SqlResult<()> {
        for range in tasks.ranges() {
            self.change_all(FAILED, AGAIN, *range)?;
            self.change_all(CANCELLED, AGAIN, *range)?;
        }
        let rest = if with_rest { ", stop_at = tasks + 1" } else { "" };
        let reopen = format!(
            "UPDATE arrays SET ended_seq = NULL, stopped_seq = NULL, gathered_by = NULL, \
             not_gathered_seq = NULL, goes_on_from = ?2{rest} WHERE id = ?1"
        );
        self.changes.sql.execute(&reopen, &[(&self.subject).into(), self.micros.into()]).map(drop)
    }

    /// The results are gathered again, or for the first time.
    fn gather(&mut self, seq: i64) -> SqlResult<()> {
        let update =
            "UPDATE arrays SET gathers = 1, gathered_by = NULL, not_gathered_seq = NULL, gather_seq = ?2 WHERE id = ?1";
        self.changes.sql.execute(update, &[(&self.subject).into(), seq.into()]).map(drop)
    }

    /// Sets a column of the array, such as the number of a fact about it.
    fn set(&mut self, column: &str, value: i64) -> SqlResult<()> {
        let update = format!("UPDATE arrays SET {column} = ?2 WHERE id = ?1");
        self.changes.sql.execute(&update, &[(&self.subject).into(), value.into()]).map(drop)
    }
}
