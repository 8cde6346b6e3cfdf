//! All runners that ever connected, and which of them are gone.

use hven_app::ports::views::RunnerView;
use hven_core::{Fact, RunnerId, Time, fact::kind, resources::Resources};

use super::{Changes, Seen, Table, View, kinds};
use crate::sql::{
    ColumnKind::{Bytes, Int, Text},
    Connection, SqlError, SqlResult,
};

pub(crate) struct Runners;

const TABLES: &[Table] = &[Table {
    name: "runners",
    columns: &[
        ("id", Bytes),
        ("seq", Int),
        ("pool", Text),
        ("host", Text),
        ("capacity", Text),
        ("version", Text),
        ("enrolled", Int),
        ("gone", Int),
    ],
    definition: "PRIMARY KEY (id)) {by key}",
    indexes: &[],
    key_columns: 1,
}];

impl View for Runners {
    fn name(&self) -> &'static str {
        "runners"
    }
    fn version(&self) -> u32 {
        1
    }
    fn tables(&self) -> &'static [Table] {
        TABLES
    }
    fn kinds(&self) -> &'static [&'static str] {
        kinds![RunnerEnrolled, RunnerGone]
    }

    fn apply(&self, seen: &Seen<'_>, changes: &mut Changes<'_>) -> SqlResult<()> {
        let Some(id) = seen.header.subject.map(u128::to_be_bytes) else { return Ok(()) };
        let time = seen.header.time.micros();
        if seen.header.kind == kind::RunnerGone {
            let values = [time.into(), (&id).into()];
            return changes.sql.execute("UPDATE runners SET gone = ?1 WHERE id = ?2", &values).map(drop);
        }
        let enrolled = match seen.fact {
            Some(Fact::RunnerEnrolled(enrolled)) => Some(enrolled),
            _ => None,
        };
        let capacity = enrolled.map_or_else(Resources::none, |e| e.capacity.clone());
        let capacity = serde_json::to_string(&capacity).map_err(|e| SqlError::Row(e.to_string()))?;
        changes
            .sql
            .execute(
                "INSERT INTO runners (id, seq, pool, host, capacity, version, enrolled) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (id) DO UPDATE SET pool = excluded.pool, \
                 host = excluded.host, capacity = excluded.capacity, version = excluded.version, gone = NULL",
                &[
                    (&id).into(),
                    seen.seq().into(),
                    enrolled.map_or("", |e| &e.pool).into(),
                    enrolled.map_or("", |e| &e.host).into(),
                    (&capacity).into(),
                    enrolled.map_or("", |e| &e.version).into(),
                    time.into(),
                ],
            )
            .map(drop)
    }
}

pub(crate) fn load(sql: &mut Connection) -> SqlResult<Vec<RunnerView>> {
    let find = "SELECT id, pool, host, capacity, version, enrolled, gone FROM runners ORDER BY seq";
    sql.query(find, &[], |row| {
        let capacity = row.text(3)?;
        Ok(RunnerView {
            id: RunnerId::from_bytes(row.array(0)?),
            pool: row.text(1)?,
            host: row.text(2)?,
            capacity: serde_json::from_str(&capacity)
                .map_err(|e| SqlError::Row(format!("a capacity is not JSON: {e}")))?,
            version: row.text(4)?,
            enrolled: Time::from_micros(row.int(5)?),
            gone: row.int_or_null(6)?.map(Time::from_micros),
        })
    })
}

/// The runners that are not gone, in the order of their first connection.
pub(crate) fn not_gone(sql: &mut Connection) -> SqlResult<Vec<RunnerId>> {
    let find = "SELECT id FROM runners WHERE gone IS NULL ORDER BY seq";
    sql.query(find, &[], |row| Ok(RunnerId::from_bytes(row.array(0)?)))
}
