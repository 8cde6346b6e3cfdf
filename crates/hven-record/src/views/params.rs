//! Parameters of runs: one row per name, the newest value.

use std::collections::BTreeMap;

use hven_core::{Fact, RunId, envelope::Header};

use super::{Changes, Partition, Seen, Table, View};
use crate::sql::{
    ColumnKind::{Bytes, Int, Text},
    Connection, SqlError, SqlResult,
};

pub(crate) struct Params;

const TABLES: &[Table] = &[Table {
    name: "params",
    columns: &[("run", Bytes), ("key", Text), ("value", Text), ("seq", Int)],
    definition: "PRIMARY KEY (run, key)) {by key}",
    indexes: &[],
    key_columns: 2,
}];

impl View for Params {
    fn name(&self) -> &'static str {
        "params"
    }
    fn version(&self) -> u32 {
        1
    }
    fn tables(&self) -> &'static [Table] {
        TABLES
    }
    fn kinds(&self) -> &'static [&'static str] {
        &["run.params_logged"]
    }
    fn partition(&self) -> Partition {
        Partition::ByRun
    }

    fn apply(&self, seen: &Seen<'_>, changes: &mut Changes<'_>) -> SqlResult<()> {
        let Some(Fact::RunParamsLogged(logged)) = seen.fact else { return Ok(()) };
        for (key, value) in &logged.params {
            changes.sql.execute(
                "INSERT INTO params (run, key, value, seq) VALUES (?1, ?2, ?3, ?4) \
                 ON CONFLICT (run, key) DO UPDATE SET value = excluded.value, seq = excluded.seq",
                &[(&logged.run.to_bytes()).into(), key.into(), (&value.to_string()).into(), seen.seq().into()],
            )?;
        }
        Ok(())
    }

    fn forget(&self, run: RunId, _: &[(Header, Option<Fact>)], changes: &mut Changes<'_>) -> SqlResult<()> {
        changes.sql.execute("DELETE FROM params WHERE run = ?1", &[(&run.to_bytes()).into()]).map(drop)
    }
}

pub(crate) fn of_run(sql: &mut Connection, run: RunId) -> SqlResult<BTreeMap<String, serde_json::Value>> {
    let rows = sql.query("SELECT key, value FROM params WHERE run = ?1", &[(&run.to_bytes()).into()], |row| {
        let text = row.text(1)?;
        let value = serde_json::from_str(&text).map_err(|e| SqlError::Row(format!("a parameter is no JSON: {e}")))?;
        Ok((row.text(0)?, value))
    })?;
    Ok(rows.into_iter().collect())
}
