//! What was said about runs beside what they measured: additions after their end, and messages that were set aside.

use std::collections::HashMap;

use hven_app::ports::views::{ADDED_SHOWN, AddedPoints, AdditionView, SetAsideView};
use hven_core::{
    ActorId, Fact, RunId, Time, UserId,
    additions::{Added, Addition, Original, Sum, metric_bytes, param_bytes},
    envelope::Header,
};

use super::{Changes, Partition, Seen, Table, View, queries::in_parts, runs, users};
use crate::sql::{
    ColumnKind::{Bytes, Int, Text},
    Connection, SqlError, SqlResult, Value,
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
            // How many messages it stands for.
            ("messages", Int),
        ],
        definition: "PRIMARY KEY (run, seq)) {by key}",
        indexes: &[],
        key_columns: 2,
    },
];

const METRIC: i64 = 0;
const PARAM: i64 = 1;

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
        &["run.metrics_added_after_end", "run.params_added_after_end", "run.message_set_aside"]
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
                        aside.message.count().into(),
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

/// What one fact added of one name.
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

/// Additions that fit a condition, and what follows it.
fn load(sql: &mut Connection, rest: &str, values: &[Value<'_>]) -> SqlResult<Vec<(RunId, Addition)>> {
    let find = format!("SELECT seq, kind, key, value, added_by, added, original, run FROM additions {rest}");
    sql.query(&find, values, |row| {
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
    })
}

/// Additions to one run.
fn load_of(sql: &mut Connection, rest: &str, values: &[Value<'_>]) -> SqlResult<Vec<Addition>> {
    let found = load(sql, &format!("WHERE run = ?1 {rest}"), values)?;
    Ok(found.into_iter().map(|(_, addition)| addition).collect())
}

fn read<T: serde::de::DeserializeOwned>(text: &str) -> SqlResult<T> {
    serde_json::from_str(text).map_err(|e| SqlError::Row(format!("an addition cannot be read: {e}")))
}

/// All additions to these runs, those of each run in the order in which they were made.
pub(super) fn of_runs(sql: &mut Connection, runs: &[Value<'_>]) -> SqlResult<HashMap<RunId, Vec<Addition>>> {
    let mut found: HashMap<RunId, Vec<Addition>> = HashMap::new();
    in_parts(runs, |places, runs| {
        let rest = format!("WHERE run IN ({places}) ORDER BY seq, kind, key");
        for (run, addition) in load(sql, &rest, runs)? {
            found.entry(run).or_default().push(addition);
        }
        Ok(())
    })?;
    Ok(found)
}

/// The additions that a list shows of a run, and how many there are. `before` are those that versions before this one
/// recorded otherwise.
pub(super) fn shown(sql: &mut Connection, run: RunId, before: Vec<Addition>) -> SqlResult<(Vec<AdditionView>, u64)> {
    let total = before.len() as u64 + sum(sql, run)?.values;
    let newest = format!("ORDER BY seq DESC, kind DESC, key DESC LIMIT {ADDED_SHOWN}");
    let mut newest = load_of(sql, &newest, &[(&run.to_bytes()).into()])?;
    newest.reverse();
    let mut all = before;
    all.extend(newest);
    all.sort_by_key(|addition| addition.seq);
    let shown = all.split_off(all.len().saturating_sub(ADDED_SHOWN));
    Ok((named(sql, shown)?, total))
}

/// How much was added to a run.
pub(crate) fn sum(sql: &mut Connection, run: RunId) -> SqlResult<Sum> {
    let find = "SELECT COUNT(*), CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM additions WHERE run = ?1";
    let found =
        sql.first(find, &[(&run.to_bytes()).into()], |row| Ok(Sum { values: row.uint(0)?, bytes: row.uint(1)? }))?;
    Ok(found.unwrap_or_default())
}

/// Names of users, as they are looked up.
#[derive(Default)]
pub(super) struct Names(HashMap<ActorId, Option<String>>);

impl Names {
    /// The additions with the names of those who made them.
    pub(super) fn of(&mut self, sql: &mut Connection, additions: Vec<Addition>) -> SqlResult<Vec<AdditionView>> {
        let mut views = Vec::with_capacity(additions.len());
        for addition in additions {
            let by_name = match self.0.get(&addition.by) {
                Some(name) => name.clone(),
                None => {
                    let user = UserId::from_u128(addition.by.as_u128());
                    let name = users::load(sql, Some(user))?.pop().and_then(|user| user.name);
                    self.0.insert(addition.by, name.clone());
                    name
                }
            };
            views.push(AdditionView { addition, by_name });
        }
        Ok(views)
    }
}

/// With the names of those who made them.
fn named(sql: &mut Connection, additions: Vec<Addition>) -> SqlResult<Vec<AdditionView>> {
    Names::default().of(sql, additions)
}

/// The points of one metric that were added, fact by fact.
pub(crate) fn points(sql: &mut Connection, run: RunId, key: &str) -> SqlResult<Vec<AddedPoints>> {
    let mut all = Vec::new();
    let additions = load_of(sql, "AND key = ?2 ORDER BY seq, kind", &[(&run.to_bytes()).into(), key.into()])?;
    for view in named(sql, additions)? {
        if let (Added::Metric(_), Some(Fact::RunMetricsAdded(added))) =
            (&view.addition.value, runs::fact(sql, view.addition.seq as i64)?)
        {
            let points = added.points.into_iter().filter(|point| point.key == key).collect();
            all.push(AddedPoints { addition: view, points });
        }
    }
    Ok(all)
}

/// The messages about these runs that were set aside, those of each run in order.
pub(super) fn set_aside(sql: &mut Connection, runs: &[Value<'_>]) -> SqlResult<HashMap<RunId, Vec<SetAsideView>>> {
    let mut found: HashMap<RunId, Vec<SetAsideView>> = HashMap::new();
    in_parts(runs, |places, runs| {
        let find =
            format!("SELECT seq, attempt, time, message, run FROM set_aside WHERE run IN ({places}) ORDER BY seq");
        sql.each(&find, runs, &mut |row| {
            let message = serde_json::from_str(&row.text(3)?)
                .map_err(|e| SqlError::Row(format!("what was set aside cannot be read: {e}")))?;
            let view = SetAsideView {
                attempt: row.int(1)? as u32,
                message,
                time: Time::from_micros(row.int(2)?),
                seq: row.uint(0)?,
            };
            found.entry(RunId::from_bytes(row.array(4)?)).or_default().push(view);
            Ok(())
        })
    })?;
    Ok(found)
}

/// How many messages about a run were set aside.
pub(super) fn set_aside_count(sql: &mut Connection, run: RunId) -> SqlResult<u64> {
    let find = "SELECT CAST(COALESCE(SUM(messages), 0) AS BIGINT) FROM set_aside WHERE run = ?1";
    Ok(sql.first(find, &[(&run.to_bytes()).into()], |row| row.uint(0))?.unwrap_or_default())
}
