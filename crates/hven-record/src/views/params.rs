//! Parameters of runs: those of each attempt, and those of the run itself. A row contains the newest value of a name.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use hven_core::{
    ActorId, Fact, RunId,
    additions::{Added, Addition},
    envelope::Header,
    fact::kind,
    params::{Given, Origin},
};

use super::{Changes, Partition, Seen, Table, View, kinds, param_values};
use crate::{
    facts,
    sql::{
        ColumnKind::{Bytes, Int, Text},
        Connection, SqlError, SqlResult, keys,
    },
};

pub(crate) struct Params;

const TABLES: &[Table] = &[
    Table {
        name: "params",
        // The attempt: 0 for parameters of the run itself, -1 if the attempt is unknown.
        columns: &[("run", Bytes), ("attempt", Int), ("key", Text), ("value", Text), ("seq", Int)],
        definition: "PRIMARY KEY (run, attempt, key)) {by key}",
        indexes: &[],
        key_columns: 3,
    },
    param_values::TABLE,
];

const NO_ATTEMPT: i64 = 0;
const NOT_KNOWN: i64 = -1;

fn origin_to_int(origin: Origin) -> i64 {
    match origin {
        Origin::Given => NO_ATTEMPT,
        Origin::Attempt(number) => number.into(),
        Origin::NotKnown => NOT_KNOWN,
    }
}

pub(crate) fn origin_from_int(number: i64) -> Origin {
    u32::try_from(number).map_or(Origin::NotKnown, Origin::of_attempt)
}

impl View for Params {
    fn name(&self) -> &'static str {
        "params"
    }
    fn version(&self) -> u32 {
        4
    }
    fn tables(&self) -> &'static [Table] {
        TABLES
    }
    fn kinds(&self) -> &'static [&'static str] {
        kinds![RunSubmitted, RunParamsLogged]
    }
    fn partition(&self) -> Partition {
        Partition::ByRun
    }

    fn apply(&self, seen: &Seen<'_>, changes: &mut Changes<'_>) -> SqlResult<()> {
        let (run, of, params) = match seen.fact {
            Some(Fact::RunParamsLogged(logged)) => (logged.run, logged.of, &logged.params),
            Some(Fact::RunSubmitted(submitted)) => match &submitted.task {
                Some(task) => (submitted.run, Origin::Given, &task.params),
                None => return Ok(()),
            },
            _ => return Ok(()),
        };
        let attempt = origin_to_int(of);
        for (key, value) in params {
            changes.sql.execute(
                "INSERT INTO params (run, attempt, key, value, seq) VALUES (?1, ?2, ?3, ?4, ?5) \
                 ON CONFLICT (run, attempt, key) DO UPDATE SET value = excluded.value, seq = excluded.seq",
                &[(&run.to_bytes()).into(), attempt.into(), key.into(), (&value.to_string()).into(), seen.seq().into()],
            )?;
            param_values::add(run, attempt, key, value, seen.seq(), changes.sql)?;
        }
        Ok(())
    }

    fn forget(&self, run: RunId, _: &[(Header, Option<Fact>)], changes: &mut Changes<'_>) -> SqlResult<()> {
        let id = run.to_bytes();
        param_values::forget(&id, changes.sql)?;
        changes.sql.execute("DELETE FROM params WHERE run = ?1", &[(&id).into()]).map(drop)
    }
}

/// The parameters of a run, by their origin.
#[derive(Debug, Default)]
pub(crate) struct RunParams {
    /// The parameters of the run: the newest value of each name.
    pub(crate) own: hven_core::params::Params,
    /// The parameters from earlier attempts, by the number of the attempt.
    pub(crate) before: BTreeMap<u32, hven_core::params::Params>,
    /// Parameters from users after the end, which the first versions recorded in the same way; newer facts have their own kind.
    pub(crate) added: Vec<Addition>,
}

impl RunParams {
    /// Adds parameters, in the order of their facts.
    fn take(&mut self, of: Origin, last_attempt: u32, params: impl IntoIterator<Item = (String, serde_json::Value)>) {
        match of.earlier_attempt(last_attempt) {
            Some(number) => self.before.entry(number).or_default().extend(params),
            None => self.own.extend(params),
        }
    }
}

/// A run with requested parameters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RunToLoad {
    pub(crate) run: RunId,
    pub(crate) last_attempt: u32,
    pub(crate) ended_seq: Option<i64>,
}

/// The parameters of runs.
pub(crate) fn of_runs(sql: &mut Connection, runs: &[RunToLoad]) -> SqlResult<HashMap<RunId, RunParams>> {
    let ids: Vec<[u8; 16]> = runs.iter().map(|of| of.run.to_bytes()).collect();
    let find = "SELECT run, attempt, key, value, seq FROM params WHERE run IN ({keys}) ORDER BY seq";
    let rows = sql.query_in(find, &[], &keys(&ids), |row| {
        let text = row.text(3)?;
        let value: serde_json::Value =
            serde_json::from_str(&text).map_err(|e| SqlError::Row(format!("a parameter is not JSON: {e}")))?;
        Ok((RunId::from_bytes(row.array(0)?), row.int(1)?, row.text(2)?, value, row.int(4)?))
    })?;
    let of: HashMap<RunId, RunToLoad> = runs.iter().map(|of| (of.run, *of)).collect();
    let is_late = |run: &RunId, seq: i64| of.get(run).and_then(|of| of.ended_seq).is_some_and(|ended| seq > ended);
    let late: BTreeSet<RunId> = rows.iter().filter(|row| is_late(&row.0, row.4)).map(|row| row.0).collect();
    let mut params: HashMap<RunId, RunParams> = HashMap::new();
    for (run, attempt, key, value, _) in rows {
        if let Some(of) = of.get(&run).filter(|_| !late.contains(&run)) {
            params.entry(run).or_default().take(origin_from_int(attempt), of.last_attempt, [(key, value)]);
        }
    }
    let late: Vec<RunToLoad> = runs.iter().filter(|of| late.contains(&of.run)).copied().collect();
    params.extend(by_origin(sql, &late)?);
    Ok(params)
}

/// The known parameters of the request for a run.
pub(crate) fn given(sql: &mut Connection, run: RunId) -> SqlResult<Given> {
    let find = "SELECT attempt, key, value FROM params WHERE run = ?1 AND attempt <= ?2";
    let rows = sql.query(find, &[(&run.to_bytes()).into(), NO_ATTEMPT.into()], |row| {
        let text = row.text(2)?;
        let value: serde_json::Value =
            serde_json::from_str(&text).map_err(|e| SqlError::Row(format!("a parameter is not JSON: {e}")))?;
        Ok((row.int(0)?, row.text(1)?, value))
    })?;
    let mut given = Given::default();
    for (attempt, key, value) in rows {
        let params = if attempt == NO_ATTEMPT { &mut given.known } else { &mut given.maybe };
        params.insert(key, value);
    }
    Ok(given)
}

/// Separates the parameters from runs, even late ones, from those that users added after the ends.
fn by_origin(sql: &mut Connection, runs: &[RunToLoad]) -> SqlResult<HashMap<RunId, RunParams>> {
    let subjects: Vec<u128> = runs.iter().map(|of| of.run.as_u128()).collect();
    let mut all: HashMap<RunId, RunParams> = runs.iter().map(|of| (of.run, RunParams::default())).collect();
    let of: HashMap<RunId, &RunToLoad> = runs.iter().map(|of| (of.run, of)).collect();
    for envelope in facts::about_each(sql, &subjects)? {
        if !matches!(envelope.header.kind.as_str(), kind::RunParamsLogged | kind::RunSubmitted) {
            continue;
        }
        let Header { seq, actor: by, time, subject, .. } = envelope.header;
        let Some(run) = subject.map(RunId::from_u128) else { continue };
        let (Some(of), Some(params)) = (of.get(&run), all.get_mut(&run)) else { continue };
        let is_own = of.ended_seq.is_none_or(|ended| (seq as i64) < ended) || by == ActorId::from(run);
        let logged = match envelope.readable_fact()? {
            Some(Fact::RunParamsLogged(logged)) => logged,
            Some(Fact::RunSubmitted(submitted)) => {
                let given = submitted.task.map(|task| task.params).unwrap_or_default();
                params.take(Origin::Given, of.last_attempt, given);
                continue;
            }
            _ => continue,
        };
        if is_own {
            params.take(logged.of, of.last_attempt, logged.params);
        } else {
            let addition = |(name, value)| Addition { name, value: Added::Param(value), by, time, seq, original: None };
            params.added.extend(logged.params.into_iter().map(addition));
        }
    }
    Ok(all)
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

    /// Earlier versions recorded some unreadable parameters.
    #[test]
    fn unreadable_parameters_do_not_hide_other_parameters() {
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
                kind: kind::RunParamsLogged.to_owned(),
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
        let of = [RunToLoad { run, last_attempt: 1, ended_seq: Some(1) }];
        let params = of_runs(&mut sql, &of).expect("they are read").remove(&run).expect("the run's");
        assert!(params.own.is_empty() && params.before.is_empty(), "{params:?}");
        assert_eq!(params.added.iter().map(|addition| addition.name.as_str()).collect::<Vec<_>>(), ["late"]);
    }
}
