//! The metrics of runs by name: one row per metric and attempt, for filters and orders of lists. Points never enter it.
//!
//! The table belongs to the view of the parts of streams, because the summaries of the parts are its only source. It is
//! stored in the order of the names, so a list reads one range for each name that it needs. A name is its first 64 bits of
//! BLAKE3: the same in each home and in each order of facts. Two names with the same bits in one run would be mixed; no
//! program writes such a pair by accident, and a user who searches for one mixes only metrics of their own runs.

use std::collections::{BTreeMap, BTreeSet};

use hven_core::{AttemptId, RunId, run::MetricSummary};

use super::Table;
use crate::sql::{
    ColumnKind::{Bytes, Int, Real},
    Connection, SqlError, SqlResult, Value,
};

pub(super) const TABLE: Table = Table {
    name: "metric_values",
    columns: &[
        ("name", Int),
        ("run", Bytes),
        ("attempt", Int),
        // The value of the last point; NULL if it is not a number, because SQLite stores NaN as NULL.
        ("last", Real),
        ("last_step", Int),
        ("last_time", Int),
        // The lowest and the highest finite value.
        ("low", Real),
        ("high", Real),
    ],
    definition: "PRIMARY KEY (name, run, attempt)) {by key}",
    indexes: &[],
    key_columns: 3,
};

/// The first 64 bits of the digest of a name.
pub(crate) fn name_bits(name: &str) -> i64 {
    let digest = blake3::hash(name.as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&digest.as_bytes()[..8]);
    i64::from_le_bytes(first)
}

/// Adds the summaries of a new part of an attempt.
pub(super) fn add(attempt: AttemptId, summary: &[MetricSummary], sql: &mut Connection) -> SqlResult<()> {
    const INSERT: &str = "INSERT INTO metric_values (name, run, attempt, last, last_step, last_time, low, high) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (name, run, attempt) DO UPDATE SET \
         last = CASE WHEN excluded.last_step > metric_values.last_step OR (excluded.last_step = metric_values.last_step \
         AND excluded.last_time >= metric_values.last_time) THEN excluded.last ELSE metric_values.last END, \
         last_time = CASE WHEN excluded.last_step > metric_values.last_step OR (excluded.last_step = \
         metric_values.last_step AND excluded.last_time >= metric_values.last_time) THEN excluded.last_time \
         ELSE metric_values.last_time END, \
         last_step = CASE WHEN excluded.last_step > metric_values.last_step THEN excluded.last_step \
         ELSE metric_values.last_step END, \
         low = CASE WHEN metric_values.low IS NULL OR excluded.low < metric_values.low THEN excluded.low \
         ELSE metric_values.low END, \
         high = CASE WHEN metric_values.high IS NULL OR excluded.high > metric_values.high THEN excluded.high \
         ELSE metric_values.high END";
    let run = attempt.run.to_bytes();
    for line in summary {
        let last = Some(line.last.0).filter(|last| !last.is_nan());
        let values: [Value<'_>; 8] = [
            name_bits(&line.key).into(),
            (&run).into(),
            attempt.number.into(),
            last.into(),
            line.last_step.into(),
            line.last_time.micros().into(),
            line.min.into(),
            line.max.into(),
        ];
        sql.execute(INSERT, &values)?;
    }
    Ok(())
}

/// Removes the rows of the run whose names are in the recorded summaries of its parts. With `attempt`, only those of this
/// attempt; then returns the summaries of the parts, in their order.
pub(super) fn remove(
    run: RunId,
    attempt: Option<u32>,
    more: Option<&str>,
    sql: &mut Connection,
) -> SqlResult<Vec<Vec<MetricSummary>>> {
    let id = run.to_bytes();
    let find = "SELECT attempt, summary FROM parts WHERE run = ?1 AND summary IS NOT NULL ORDER BY attempt, stream, part";
    let mut parts = sql.query(find, &[(&id).into()], |row| Ok((row.int(0)? as u32, row.text(1)?)))?;
    parts.retain(|(number, _)| attempt.is_none_or(|wanted| wanted == *number));
    let read = |text: &str| -> SqlResult<Vec<MetricSummary>> {
        serde_json::from_str(text).map_err(|e| SqlError::Row(format!("a summary cannot be read: {e}")))
    };
    let summaries = parts.iter().map(|(_, text)| read(text)).collect::<SqlResult<Vec<_>>>()?;
    let replaced = more.map(read).transpose()?.unwrap_or_default();
    let names: BTreeSet<i64> = summaries.iter().flatten().chain(&replaced).map(|line| name_bits(&line.key)).collect();
    for name in names {
        match attempt {
            None => sql.execute("DELETE FROM metric_values WHERE name = ?1 AND run = ?2", &[name.into(), (&id).into()])?,
            Some(number) => sql.execute(
                "DELETE FROM metric_values WHERE name = ?1 AND run = ?2 AND attempt = ?3",
                &[name.into(), (&id).into(), number.into()],
            )?,
        };
    }
    Ok(summaries)
}

/// Computes the rows of an attempt again, after a part was sealed again: text in it was erased. `replaced` is the earlier
/// summary of that part.
pub(super) fn again(attempt: AttemptId, replaced: Option<&str>, sql: &mut Connection) -> SqlResult<()> {
    let mut lines = BTreeMap::new();
    for summary in remove(attempt.run, Some(attempt.number), replaced, sql)? {
        MetricSummary::gather(&mut lines, summary);
    }
    let lines: Vec<MetricSummary> = lines.into_values().collect();
    add(attempt, &lines, sql)
}
