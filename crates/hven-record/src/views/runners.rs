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
        ("units", Text),
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
        2
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
        let json = |text: serde_json::Result<String>| text.map_err(|e| SqlError::Row(e.to_string()));
        let capacity = json(serde_json::to_string(&capacity))?;
        let units = json(serde_json::to_string(&enrolled.map(|e| e.units.clone()).unwrap_or_default()))?;
        changes
            .sql
            .execute(
                "INSERT INTO runners (id, seq, pool, host, capacity, version, enrolled, units) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (id) DO UPDATE SET pool = excluded.pool, \
                 host = excluded.host, capacity = excluded.capacity, version = excluded.version, units = excluded.units, gone = NULL",
                &[
                    (&id).into(),
                    seen.seq().into(),
                    enrolled.map_or("", |e| &e.pool).into(),
                    enrolled.map_or("", |e| &e.host).into(),
                    (&capacity).into(),
                    enrolled.map_or("", |e| &e.version).into(),
                    time.into(),
                    (&units).into(),
                ],
            )
            .map(drop)
    }
}

pub(crate) fn load(sql: &mut Connection) -> SqlResult<Vec<RunnerView>> {
    let find = "SELECT id, pool, host, capacity, version, enrolled, gone, units FROM runners ORDER BY seq";
    sql.query(find, &[], |row| {
        let (capacity, units) = (row.text(3)?, row.text(7)?);
        let malformed = |what: &str, error: serde_json::Error| SqlError::Row(format!("{what} is not JSON: {error}"));
        Ok(RunnerView {
            id: RunnerId::from_bytes(row.array(0)?),
            pool: row.text(1)?,
            host: row.text(2)?,
            capacity: serde_json::from_str(&capacity).map_err(|error| malformed("a capacity", error))?,
            version: row.text(4)?,
            enrolled: Time::from_micros(row.int(5)?),
            gone: row.int_or_null(6)?.map(Time::from_micros),
            units: serde_json::from_str(&units).map_err(|error| malformed("a list of units", error))?,
        })
    })
}

/// The runners that are not gone, in the order of their first connection.
pub(crate) fn not_gone(sql: &mut Connection) -> SqlResult<Vec<RunnerId>> {
    let find = "SELECT id FROM runners WHERE gone IS NULL ORDER BY seq";
    sql.query(find, &[], |row| Ok(RunnerId::from_bytes(row.array(0)?)))
}
