//! How runs wait for their turn: only runs with a wish have rows. And the use of the runners by ended runs, from the rows of
//! the runs.

use std::collections::{BTreeSet, HashMap};

use hven_app::ports::queueing::{QueueState, UseQuery, UseRow};
use hven_core::{ActorId, Fact, RunId, Time, envelope::Header, fact::kind, queueing::Priority, run::State};

use super::{
    Changes, Partition, Seen, Table, View,
    conditions::{Conditions, Owned, ids},
    kinds,
    read_back::project,
    run_state::state_to_int,
};
use crate::sql::{
    ColumnKind::{Bytes, Int},
    Connection, SqlResult, keys,
};

pub(crate) struct Queueing;

const TABLES: &[Table] = &[
    Table {
        name: "run_queue",
        columns: &[("run", Bytes), ("priority", Int), ("held", Int), ("start_by", Int)],
        definition: "PRIMARY KEY (run)) {by key}",
        indexes: &[],
        key_columns: 1,
    },
    Table {
        name: "run_after",
        columns: &[("run", Bytes), ("before", Bytes)],
        definition: "PRIMARY KEY (run, before)) {by key}",
        indexes: &[],
        key_columns: 2,
    },
];

impl View for Queueing {
    fn name(&self) -> &'static str {
        "queueing"
    }
    fn version(&self) -> u32 {
        1
    }
    fn tables(&self) -> &'static [Table] {
        TABLES
    }
    fn kinds(&self) -> &'static [&'static str] {
        kinds![RunQueueSet, RunHeld]
    }
    fn partition(&self) -> Partition {
        Partition::ByRun
    }

    fn apply(&self, seen: &Seen<'_>, changes: &mut Changes<'_>) -> SqlResult<()> {
        let Some(run) = seen.run() else { return Ok(()) };
        let id = run.to_bytes();
        match (seen.header.kind.as_str(), seen.fact) {
            (kind::RunQueueSet, Some(Fact::RunQueueSet(set))) => {
                let upsert = "INSERT INTO run_queue (run, priority, held, start_by) VALUES (?1, ?2, 0, ?3) \
                              ON CONFLICT (run) DO UPDATE SET priority = excluded.priority, start_by = excluded.start_by";
                let start_by = set.start_by.map(Time::micros);
                changes.sql.execute(upsert, &[(&id).into(), i64::from(set.priority).into(), start_by.into()])?;
                changes.sql.execute("DELETE FROM run_after WHERE run = ?1", &[(&id).into()])?;
                for before in &set.after {
                    let insert = "INSERT INTO run_after (run, before) VALUES (?1, ?2)";
                    changes.sql.execute(insert, &[(&id).into(), (&before.to_bytes()).into()])?;
                }
                Ok(())
            }
            (kind::RunHeld, Some(Fact::RunHeld(held))) => {
                let upsert = "INSERT INTO run_queue (run, priority, held, start_by) VALUES (?1, 0, ?2, NULL) \
                              ON CONFLICT (run) DO UPDATE SET held = excluded.held";
                changes.sql.execute(upsert, &[(&id).into(), i64::from(held.held).into()]).map(drop)
            }
            _ => Ok(()),
        }
    }

    fn forget(&self, run: RunId, _: &[(Header, Option<Fact>)], changes: &mut Changes<'_>) -> SqlResult<()> {
        changes.sql.execute("DELETE FROM run_queue WHERE run = ?1", &[(&run.to_bytes()).into()])?;
        changes.sql.execute("DELETE FROM run_after WHERE run = ?1", &[(&run.to_bytes()).into()]).map(drop)
    }
}

/// The states of the runs that have any wish.
pub(super) fn states_of(sql: &mut Connection, runs: &[RunId]) -> SqlResult<HashMap<RunId, QueueState>> {
    let ids = ids(runs);
    let find = "SELECT run, priority, held, start_by FROM run_queue WHERE run IN ({keys})";
    let rows = sql.query_in(find, &[], &keys(&ids), |row| {
        let state = QueueState {
            // A view holds what the facts hold, and these were checked.
            priority: Priority::try_from(row.int(1)?).unwrap_or_default(),
            held: row.int(2)? != 0,
            after: BTreeSet::new(),
            start_by: row.int_or_null(3)?.map(Time::from_micros),
        };
        Ok((RunId::from_bytes(row.array(0)?), state))
    })?;
    let mut states: HashMap<RunId, QueueState> = rows.into_iter().collect();
    let find = "SELECT run, before FROM run_after WHERE run IN ({keys})";
    let rows = sql.query_in(find, &[], &keys(&ids), |row| {
        Ok((RunId::from_bytes(row.array(0)?), RunId::from_bytes(row.array(1)?)))
    })?;
    for (run, before) in rows {
        states.entry(run).or_default().after.insert(before);
    }
    Ok(states)
}

/// The use of the runners by ended runs. Runs that were imported had no attempt here.
pub(crate) fn used(sql: &mut Connection, query: &UseQuery) -> SqlResult<Vec<UseRow>> {
    let mut conditions = Conditions::default();
    conditions.scopes(&query.scopes);
    if let Some(project) = &query.project {
        conditions.within_project(project);
    }
    let since = conditions.place(Owned::Int(query.since.micros()));
    let until = conditions.place(Owned::Int(query.until.micros()));
    conditions.texts.push(format!("ended >= {since} AND ended < {until} AND ended_seq IS NOT NULL AND attempts > 0"));
    let period = match query.period_us {
        Some(period_us) => {
            let length = conditions.place(Owned::Int(period_us.max(1)));
            format!("ended / {length}")
        }
        None => "CAST(0 AS BIGINT)".to_owned(),
    };
    let is_done = conditions.place(Owned::Int(state_to_int(State::Done)));
    let wall = "COALESCE(wall_s, 0) + COALESCE(earlier_wall_s, 0)";
    let find = format!(
        "SELECT submitted_by, project, period, COUNT(*), CAST(SUM(failed) AS BIGINT), SUM(wall), SUM(wall * cpus), \
         SUM(cpu), CAST(MAX(memory) AS BIGINT) FROM (SELECT submitted_by, project, {period} AS period, \
         CASE WHEN state = {is_done} THEN 0 ELSE 1 END AS failed, {wall} AS wall, cpus, \
         COALESCE(cpu_s, 0) + COALESCE(earlier_cpu_s, 0) AS cpu, COALESCE(memory_max_bytes, 0) AS memory \
         FROM runs {}) AS ended_runs GROUP BY submitted_by, project, period ORDER BY period, project, submitted_by",
        conditions.text()
    );
    sql.query(&find, &conditions.values(), |row| {
        Ok(UseRow {
            user: ActorId::from_bytes(row.array(0)?),
            project: project(&row.text(1)?)?,
            period: row.int(2)?,
            runs: row.uint(3)?,
            failed: row.uint(4)?,
            wall_s: row.real_or_null(5)?.unwrap_or(0.0),
            core_s: row.real_or_null(6)?.unwrap_or(0.0),
            cpu_s: row.real_or_null(7)?.unwrap_or(0.0),
            memory_max_bytes: row.uint(8)?,
        })
    })
}
