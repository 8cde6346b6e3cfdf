//! The table of the use of the runners over time, as changes in minutes.
//!
//! An ended attempt reserved and used something from the start of its process to its end. The table has these two changes, added up for
//! each minute, so that an attempt of days costs as much as one of seconds, and a minute with a thousand attempts is as
//! small as one with a single attempt. Each change is also multiplied by its time within the minute: so the mean of any
//! whole number of minutes is exact. All numbers are whole, because their sum does not depend on the order. The changes of
//! all ended attempts together are zero, so a period is read from its begin on, without the time before it.

use std::collections::BTreeMap;

use hven_app::ports::machine::{LevelChange, Levels, LiveUse, PeriodQuery, PeriodUse};
use hven_core::{RunnerId, Time, resources::Resources};

use super::{
    Changes, Table,
    attempt_use::{AttemptUse, MIB, Reserved},
};
use crate::sql::{
    ColumnKind::{Int, Text},
    Connection, Row, SqlError, SqlResult, Value,
};

pub(super) const TABLE: Table = Table {
    name: "use_changes",
    columns: &[
        // The minute since 1970, and the named resources of the attempts: as in `runs`, empty without any.
        ("minute", Int),
        ("named", Text),
        // How many attempts began or ended.
        ("events", Int),
        ("attempts", Int),
        ("cpus", Int),
        ("memory_mib", Int),
        // The processor time of an attempt, divided by its duration; none if it is not known. Then its cores are unmeasured.
        ("used_millicores", Int),
        ("unmeasured_cpus", Int),
        // Each change times the milliseconds of the minute before it.
        ("attempts_ms", Int),
        ("cpus_ms", Int),
        ("memory_mib_ms", Int),
        ("used_millicores_ms", Int),
        ("unmeasured_cpus_ms", Int),
    ],
    definition: "PRIMARY KEY (minute, named)) {by key}",
    indexes: &[],
    key_columns: 2,
};

/// The columns that change, in the order of the table.
const LEVELS: [&str; 5] = ["attempts", "cpus", "memory_mib", "used_millicores", "unmeasured_cpus"];

/// The rows that one answer reads at most, from the newest back: about a year of minutes in which attempts began or ended.
pub(crate) const ROWS_MAX: usize = 600_000;

/// The processes that an answer reads at most. A runner holds 4,096 attempts at most.
const LIVE_MAX: usize = 20_000;

pub(super) fn write_changes(changes: &mut Changes<'_>) -> SqlResult<()> {
    let added = |column: &str| format!("{column} = use_changes.{column} + excluded.{column}");
    let mut upsert = String::new();
    for ((minute, named), change) in std::mem::take(&mut changes.pending.use_changes).0 {
        if upsert.is_empty() {
            let columns: Vec<String> =
                LEVELS.iter().map(|&level| level.to_owned()).chain(LEVELS.map(|level| format!("{level}_ms"))).collect();
            let sums: Vec<String> = columns.iter().map(|column| added(column)).collect();
            upsert = format!(
                "INSERT INTO use_changes (minute, named, events, {}) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) \
                 ON CONFLICT (minute, named) DO UPDATE SET {}, {}",
                columns.join(", "),
                added("events"),
                sums.join(", ")
            );
        }
        let mut values: Vec<Value<'_>> = vec![minute.into(), (&named).into(), change.events.into()];
        values.extend(change.levels.iter().chain(&change.levels_ms).map(|level| Value::from(*level)));
        changes.sql.execute(&upsert, &values)?;
        if change.events < 0 {
            let none = "DELETE FROM use_changes WHERE minute = ?1 AND named = ?2 AND events = 0";
            changes.sql.execute(none, &values[..2])?;
        }
    }
    Ok(())
}

/// Removes what the attempts of a run used.
pub(super) fn forget(run: &[u8; 16], changes: &mut Changes<'_>) -> SqlResult<()> {
    let find = "SELECT used_from, used_until, cpus, memory_bytes, named, cpu_s FROM attempts \
                WHERE run = ?1 AND used_from IS NOT NULL";
    let uses = changes.sql.query(find, &[run.into()], |row| {
        let reserved = Reserved { cpus: row.int(2)? as u32, memory_bytes: row.uint(3)?, named: row.text_or_null(4)? };
        Ok(AttemptUse { from: row.int(0)?, until: row.int(1)?, reserved, cpu_s: row.real_or_null(5)? })
    })?;
    for used in &uses {
        changes.pending.use_changes.remove(used);
    }
    Ok(())
}

/// The use in a period, and the processes that run now.
pub(crate) fn period(sql: &mut Connection, query: &PeriodQuery) -> SqlResult<PeriodUse> {
    let &PeriodQuery { since_minute: since, bin_minutes, bins } = query;
    let until = since.saturating_add(bin_minutes.saturating_mul(bins));
    let real = |column: &str| format!("CAST({column} AS DOUBLE PRECISION)");
    let sums = LEVELS.map(|level| {
        let (change, change_ms) = (real(level), real(&format!("{level}_ms")));
        format!("SUM({change}), SUM({change} * into_bin_ms + {change_ms})")
    });
    // Changes after the period are one more bin: the level at the end of the period follows from them.
    let find = format!(
        "SELECT bin, named, COUNT(*), MIN(minute), {} FROM (SELECT \
         CASE WHEN minute >= ({until}) THEN ({bins}) ELSE (minute - ({since})) / ({bin_minutes}) END AS bin, \
         CASE WHEN minute >= ({until}) THEN {} ELSE {} END AS into_bin_ms, \
         use_changes.* FROM use_changes WHERE minute >= ({since}) ORDER BY minute DESC LIMIT {ROWS_MAX}) AS newest \
         GROUP BY bin, named ORDER BY bin, named",
        sums.join(", "),
        real("0"),
        real(&format!("((minute - ({since})) % ({bin_minutes})) * 60000"))
    );
    let (mut rows, mut oldest) = (0, i64::MAX);
    let changes = sql.query(&find, &[], |row| {
        rows += row.uint(2)?;
        oldest = oldest.min(row.int(3)?);
        Ok(LevelChange {
            bin: row.uint(0)? as usize,
            named: named(&row.text(1)?)?,
            change: levels(row, 4)?,
            change_ms: levels(row, 5)?,
        })
    })?;
    // The oldest minute that was read may have rows that were not.
    let known_since_minute = (rows as usize >= ROWS_MAX).then(|| oldest.saturating_add(1));
    Ok(PeriodUse { changes, known_since_minute, live: live(sql)?, tasks_queued: tasks_queued(sql)? })
}

/// Every second column from this one on.
fn levels(row: &Row<'_>, first: usize) -> SqlResult<Levels> {
    let real = |level: usize| row.real_or_null(first + 2 * level).map(|sum| sum.unwrap_or(0.0));
    Ok(Levels {
        attempts: real(0)?,
        cores: real(1)?,
        memory_bytes: real(2)? * MIB as f64,
        used_cores: real(3)? / 1000.0,
        unmeasured_cores: real(4)?,
    })
}

fn named(json: &str) -> SqlResult<BTreeMap<String, u64>> {
    if json.is_empty() {
        return Ok(BTreeMap::new());
    }
    serde_json::from_str(json).map_err(|e| SqlError::Row(format!("named resources are not JSON: {e}")))
}

fn live(sql: &mut Connection) -> SqlResult<Vec<LiveUse>> {
    let find = format!(
        "SELECT started, runner, cpus, memory_bytes, named FROM runs WHERE started IS NOT NULL AND ended_seq IS NULL \
         ORDER BY seq LIMIT {LIVE_MAX}"
    );
    sql.query(&find, &[], |row| {
        let named = named(&row.text_or_null(4)?.unwrap_or_default())?;
        Ok(LiveUse {
            started: Time::from_micros(row.int(0)?),
            runner: row.array_or_null(1)?.map(RunnerId::from_bytes),
            resources: Resources { cpus: row.int(2)? as u32, memory_bytes: row.uint(3)?, named },
        })
    })
}

/// The tasks of arrays that wait and have no run yet.
fn tasks_queued(sql: &mut Connection) -> SqlResult<u64> {
    let all = "SELECT CAST(COALESCE(SUM(CASE WHEN stop_at > next THEN stop_at - next ELSE 0 END + again), 0) AS BIGINT) \
               FROM arrays WHERE ended_seq IS NULL";
    let has_row = "SELECT COUNT(*) FROM array_tasks JOIN arrays ON arrays.id = array_tasks.array_id \
                   WHERE arrays.ended_seq IS NULL AND array_tasks.task >= arrays.next AND array_tasks.task < arrays.stop_at";
    let all = sql.first(all, &[], |row| row.uint(0))?.unwrap_or(0);
    let has_row = sql.first(has_row, &[], |row| row.uint(0))?.unwrap_or(0);
    Ok(all.saturating_sub(has_row))
}
