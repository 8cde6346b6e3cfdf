//! Parameters of runs: one row per name, the newest value.

use std::collections::BTreeMap;

use hven_core::{
    ActorId, Fact, RunId,
    additions::{Added, Addition},
    envelope::Header,
};

use super::{Changes, Partition, Seen, Table, View};
use crate::{
    facts,
    sql::{
        ColumnKind::{Bytes, Int, Text},
        Connection, SqlError, SqlResult,
    },
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

/// The parameters of a run, and those that somebody noted after its end, as versions before this one let them do; facts of
/// a kind of their own say that now.
pub(crate) fn of_run(
    sql: &mut Connection,
    run: RunId,
    ended_seq: Option<i64>,
) -> SqlResult<(BTreeMap<String, serde_json::Value>, Vec<Addition>)> {
    let find = "SELECT key, value, seq FROM params WHERE run = ?1";
    let rows = sql.query(find, &[(&run.to_bytes()).into()], |row| {
        let text = row.text(1)?;
        let value = serde_json::from_str(&text).map_err(|e| SqlError::Row(format!("a parameter is no JSON: {e}")))?;
        Ok((row.text(0)?, value, row.int(2)?))
    })?;
    match ended_seq {
        Some(ended) if rows.iter().any(|(_, _, seq)| *seq > ended) => told_apart(sql, run, ended),
        _ => Ok((rows.into_iter().map(|(key, value, _)| (key, value)).collect(), Vec::new())),
    }
}

/// What the run itself noted, also late, and what somebody noted after its end.
fn told_apart(
    sql: &mut Connection,
    run: RunId,
    ended_seq: i64,
) -> SqlResult<(BTreeMap<String, serde_json::Value>, Vec<Addition>)> {
    let (mut own, mut added) = (BTreeMap::new(), Vec::new());
    for envelope in facts::about(sql, run.as_u128())? {
        if envelope.header.kind != "run.params_logged" {
            continue;
        }
        let Header { seq, actor: by, time, .. } = envelope.header;
        let is_own = (seq as i64) < ended_seq || by == ActorId::from(run);
        let Some(Fact::RunParamsLogged(logged)) = envelope.readable_fact()? else { continue };
        if is_own {
            own.extend(logged.params);
        } else {
            let addition = |(name, value)| Addition { name, value: Added::Param(value), by, time, seq, original: None };
            added.extend(logged.params.into_iter().map(addition));
        }
    }
    Ok((own, added))
}

#[cfg(test)]
mod tests {
    use hven_core::{
        Digest, FactId, Time,
        envelope::{Envelope, Payload},
    };

    use super::*;
    use crate::{
        rebuild,
        sql::{Database, Purpose},
        writer,
    };

    /// Earlier programs recorded parameters that cannot be read again.
    #[test]
    fn parameters_that_cannot_be_read_hide_no_others() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut sql = Database::Sqlite.connect(folder.path(), Purpose::Write).expect("a database");
        facts::create_tables(&mut sql).expect("tables");
        rebuild::bring_up_to_date(&mut sql, &mut |_| ()).expect("views");
        let run = RunId::from_u128(7);
        let (mut previous, mut envelopes) = (Digest::ZERO, Vec::new());
        let late = format!(r#"{{"run":"{run}","params":{{"late":1}}}}"#);
        for (seq, actor, payload) in [(1, ActorId::from(run), "{}"), (2, ActorId::SYSTEM, late.as_str())] {
            let header = Header {
                seq,
                id: FactId::from_u128(u128::from(seq)),
                kind: "run.params_logged".to_owned(),
                version: 1,
                time: Time::from_micros(1),
                actor,
                subject: Some(run.as_u128()),
                key: None,
            };
            let envelope =
                Envelope::seal(&previous, header, Payload { salt: [1; 16], bytes: payload.as_bytes().to_vec() });
            previous = envelope.hash;
            envelopes.push(envelope);
        }
        assert_eq!(envelopes.iter().filter(|envelope| envelope.unreadable().is_some()).count(), 1);
        writer::add(&mut sql, &envelopes).expect("recorded");
        let (own, added) = of_run(&mut sql, run, Some(1)).expect("they are read");
        assert!(own.is_empty(), "{own:?}");
        assert_eq!(added.iter().map(|addition| addition.name.as_str()).collect::<Vec<_>>(), ["late"]);
    }
}
