//! Additions to runs after their end, and rejected messages about runs.

use std::collections::HashMap;

use hven_app::ports::views::{ADDED_SHOWN, AddedPoints, AdditionView, SetAsideView};
use hven_core::{
    ActorId, Fact, RunId, Time, UserId,
    additions::{Added, Addition, Original, Sum, metric_bytes, param_bytes},
    envelope::{Envelope, Header},
};

use super::{Changes, Partition, Seen, Table, View, conditions::ids, kinds, users};
use crate::{
    facts,
    sql::{
        ColumnKind::{Bytes, Int, Text},
        Connection, Row, SqlError, SqlResult, keys,
    },
};

pub(crate) struct Additions;

const TABLES: &[Table] = &[
    Table {
        name: "additions",
        columns: &[
            ("run", Bytes),
            ("seq", Int),
            ("kind", Int),
            ("key", Text),
            ("value", Text),
            ("bytes", Int),
            ("added_by", Bytes),
            ("added", Int),
            ("original", Text),
        ],
        definition: "PRIMARY KEY (run, seq, kind, key)) {by key}",
        indexes: &[],
        key_columns: 4,
    },
    Table {
        name: "set_aside",
        columns: &[
            ("run", Bytes),
            ("seq", Int),
            ("attempt", Int),
            ("time", Int),
            ("message", Text),
            // The number of messages that the row stands for.
            ("messages", Int),
        ],
        definition: "PRIMARY KEY (run, seq)) {by key}",
        indexes: &[],
        key_columns: 2,
    },
];
const METRIC: i64 = 0;
const PARAM: i64 = 1;

/// A message of another program may stand for any number of messages; sums of them stay numbers of the database.
const MESSAGES_MAX: u64 = 1 << 40;

impl View for Additions {
    fn name(&self) -> &'static str {
        "additions"
    }
    fn version(&self) -> u32 {
        2
    }
    fn tables(&self) -> &'static [Table] {
        TABLES
    }
    fn kinds(&self) -> &'static [&'static str] {
        kinds![RunMetricsAdded, RunParamsAdded, RunMessageSetAside]
    }
    fn partition(&self) -> Partition {
        Partition::ByRun
    }

    fn apply(&self, seen: &Seen<'_>, changes: &mut Changes<'_>) -> SqlResult<()> {
        match seen.fact {
            Some(Fact::RunMetricsAdded(added)) => added.summaries().iter().try_for_each(|line| {
                let (value, bytes, original) = (json(line)?, metric_bytes(line), added.original.as_ref());
                add(added.run, &New { kind: METRIC, key: &line.key, value, bytes, original }, seen, changes)
            }),
            Some(Fact::RunParamsAdded(added)) => added.params.iter().try_for_each(|(key, value)| {
                let value = value.to_string();
                let (bytes, original) = (param_bytes(key, &value), added.original.as_ref());
                add(added.run, &New { kind: PARAM, key, value, bytes, original }, seen, changes)
            }),
            Some(Fact::RunMessageSetAside(aside)) => changes
                .sql
                .execute(
                    "INSERT INTO set_aside (run, seq, attempt, time, message, messages) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                    &[
                        (&aside.attempt.run.to_bytes()).into(),
                        seen.seq().into(),
                        aside.attempt.number.into(),
                        seen.header.time.micros().into(),
                        (&json(&aside.message)?).into(),
                        aside.message.count().min(MESSAGES_MAX).into(),
                    ],
                )
                .map(drop),
            _ => Ok(()),
        }
    }

    fn forget(&self, run: RunId, _: &[(Header, Option<Fact>)], changes: &mut Changes<'_>) -> SqlResult<()> {
        changes.sql.execute("DELETE FROM additions WHERE run = ?1", &[(&run.to_bytes()).into()])?;
        changes.sql.execute("DELETE FROM set_aside WHERE run = ?1", &[(&run.to_bytes()).into()]).map(drop)
    }
}

fn json(value: &impl serde::Serialize) -> SqlResult<String> {
    serde_json::to_string(value).map_err(|e| SqlError::Row(e.to_string()))
}

/// The values that one fact added under one key.
struct New<'a> {
    kind: i64,
    key: &'a str,
    value: String,
    bytes: u64,
    original: Option<&'a Original>,
}

fn add(run: RunId, new: &New<'_>, seen: &Seen<'_>, changes: &mut Changes<'_>) -> SqlResult<()> {
    let original = new.original.map(json).transpose()?;
    changes
        .sql
        .execute(
            "INSERT INTO additions (run, seq, kind, key, value, bytes, added_by, added, original) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            &[
                (&run.to_bytes()).into(),
                seen.seq().into(),
                new.kind.into(),
                new.key.into(),
                (&new.value).into(),
                new.bytes.into(),
                (&seen.header.actor.to_bytes()).into(),
                seen.header.time.micros().into(),
                original.as_ref().into(),
            ],
        )
        .map(drop)
}

const COLUMNS: &str = "seq, kind, key, value, added_by, added, original, run";

fn addition(row: &Row<'_>) -> SqlResult<(RunId, Addition)> {
    let value = row.text(3)?;
    let value = match row.int(1)? {
        METRIC => Added::Metric(read(&value)?),
        _ => Added::Param(read(&value)?),
    };
    let addition = Addition {
        name: row.text(2)?,
        value,
        by: ActorId::from_bytes(row.array(4)?),
        time: Time::from_micros(row.int(5)?),
        seq: row.uint(0)?,
        original: row.text_or_null(6)?.map(|text| read(&text)).transpose()?,
    };
    Ok((RunId::from_bytes(row.array(7)?), addition))
}

fn read<T: serde::de::DeserializeOwned>(text: &str) -> SqlResult<T> {
    serde_json::from_str(text).map_err(|e| SqlError::Row(format!("an addition cannot be read: {e}")))
}

/// All additions to runs, in order for each run.
pub(super) fn of_runs(sql: &mut Connection, runs: &[RunId]) -> SqlResult<Vec<(RunId, Addition)>> {
    let ids = ids(runs);
    let find = format!("SELECT {COLUMNS} FROM additions WHERE run IN ({{keys}}) ORDER BY seq, kind, key");
    sql.query_in(&find, &[], &keys(&ids), addition)
}

/// The additions to a run that a list shows.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// The newest additions, in order.
    pub(super) added: Vec<AdditionView>,
    pub(super) total: u64,
}

/// The additions to runs that a list shows. `before` contains those that earlier versions recorded in another form.
pub(super) fn shown(
    sql: &mut Connection,
    runs: &[RunId],
    before: HashMap<RunId, Vec<Addition>>,
) -> SqlResult<HashMap<RunId, Shown>> {
    let ids = ids(runs);
    let newest = format!(
        "SELECT {COLUMNS} FROM (SELECT {COLUMNS}, ROW_NUMBER() OVER (PARTITION BY run ORDER BY seq DESC, kind DESC, \
         key DESC) AS place FROM additions WHERE run IN ({{keys}})) AS newest WHERE place <= {ADDED_SHOWN} \
         ORDER BY seq, kind, key"
    );
    let mut all = before;
    let mut totals: HashMap<RunId, u64> = all.iter().map(|(run, added)| (*run, added.len() as u64)).collect();
    for (run, addition) in sql.query_in(&newest, &[], &keys(&ids), addition)? {
        all.entry(run).or_default().push(addition);
    }
    let count = "SELECT run, COUNT(*) FROM additions WHERE run IN ({keys}) GROUP BY run";
    let counts = sql.query_in(count, &[], &keys(&ids), |row| Ok((RunId::from_bytes(row.array(0)?), row.uint(1)?)))?;
    for (run, count) in counts {
        *totals.entry(run).or_default() += count;
    }
    let mut newest = Vec::new();
    for (run, mut added) in all {
        added.sort_by_key(|addition| addition.seq);
        newest.extend(added.split_off(added.len().saturating_sub(ADDED_SHOWN)).into_iter().map(|one| (run, one)));
    }
    let mut shown: HashMap<RunId, Shown> =
        totals.into_iter().map(|(run, total)| (run, Shown { added: Vec::new(), total })).collect();
    for (run, view) in named(sql, newest)? {
        shown.entry(run).or_default().added.push(view);
    }
    Ok(shown)
}

/// The number and size of the additions to a run.
pub(crate) fn sum(sql: &mut Connection, run: RunId) -> SqlResult<Sum> {
    let find = "SELECT COUNT(*), CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM additions WHERE run = ?1";
    let found =
        sql.first(find, &[(&run.to_bytes()).into()], |row| Ok(Sum { values: row.uint(0)?, bytes: row.uint(1)? }))?;
    Ok(found.unwrap_or_default())
}

/// Adds the names of the users who made the additions.
pub(super) fn named<K>(sql: &mut Connection, additions: Vec<(K, Addition)>) -> SqlResult<Vec<(K, AdditionView)>> {
    let mut makers: Vec<UserId> =
        additions.iter().map(|(_, addition)| UserId::from_u128(addition.by.as_u128())).collect();
    makers.sort_unstable();
    makers.dedup();
    let users = users::many(sql, &makers)?;
    let names: HashMap<ActorId, Option<String>> =
        users.into_iter().map(|user| (ActorId::from(user.id), user.name)).collect();
    let named = additions.into_iter().map(|(of, addition)| {
        let by_name = names.get(&addition.by).cloned().flatten();
        (of, AdditionView { addition, by_name })
    });
    Ok(named.collect())
}

/// The points that were added to one metric, by fact.
pub(crate) fn points(sql: &mut Connection, run: RunId, key: &str) -> SqlResult<Vec<AddedPoints>> {
    let find = format!("SELECT {COLUMNS} FROM additions WHERE run = ?1 AND key = ?2 ORDER BY seq, kind");
    let additions = sql.query(&find, &[(&run.to_bytes()).into(), key.into()], addition)?;
    let seqs: Vec<u64> = additions.iter().map(|(_, addition)| addition.seq).collect();
    let facts = facts::many(sql, &seqs)?;
    let mut all = Vec::new();
    for (_, view) in named(sql, additions)? {
        let fact = facts.get(&view.addition.seq).map(Envelope::readable_fact).transpose()?.flatten();
        if let (Added::Metric(_), Some(Fact::RunMetricsAdded(added))) = (&view.addition.value, fact) {
            let points = added.points.into_iter().filter(|point| point.key == key).collect();
            all.push(AddedPoints { addition: view, points });
        }
    }
    Ok(all)
}

/// Rejected messages about runs, in order for each run.
pub(super) fn set_aside(sql: &mut Connection, runs: &[RunId]) -> SqlResult<Vec<(RunId, SetAsideView)>> {
    let ids = ids(runs);
    let find = "SELECT seq, attempt, time, message, run FROM set_aside WHERE run IN ({keys}) ORDER BY seq";
    sql.query_in(find, &[], &keys(&ids), |row| {
        let message = serde_json::from_str(&row.text(3)?)
            .map_err(|e| SqlError::Row(format!("a rejected message cannot be read: {e}")))?;
        let view = SetAsideView {
            attempt: row.int(1)? as u32,
            message,
            time: Time::from_micros(row.int(2)?),
            seq: row.uint(0)?,
        };
        Ok((RunId::from_bytes(row.array(4)?), view))
    })
}

/// The numbers of rejected messages about runs.
pub(super) fn set_aside_counts(sql: &mut Connection, runs: &[RunId]) -> SqlResult<HashMap<RunId, u64>> {
    let ids = ids(runs);
    let find =
        "SELECT run, CAST(COALESCE(SUM(messages), 0) AS BIGINT) FROM set_aside WHERE run IN ({keys}) GROUP BY run";
    let counts = sql.query_in(find, &[], &keys(&ids), |row| Ok((RunId::from_bytes(row.array(0)?), row.uint(1)?)))?;
    Ok(counts.into_iter().collect())
}
