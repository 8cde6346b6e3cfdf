//! What was said about runs beside what they measured: additions after their end, and messages that were set aside.

use hven_app::ports::views::{AddedPoints, AdditionView, SetAsideView};
use hven_core::{
    ActorId, Fact, RunId, Time, UserId,
    additions::{Added, Addition},
    envelope::Header,
};

use super::{Changes, Partition, Seen, Table, View, runs, users};
use crate::sql::{
    ColumnKind::{Bytes, Int, Text},
    Connection, SqlError, SqlResult,
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
            ("added_by", Bytes),
            ("added", Int),
        ],
        definition: "PRIMARY KEY (run, seq, kind, key)) {by key}",
        indexes: &[],
        key_columns: 4,
    },
    Table {
        name: "set_aside",
        columns: &[("run", Bytes), ("seq", Int), ("attempt", Int), ("time", Int), ("message", Text)],
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
        1
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
            Some(Fact::RunMetricsAdded(added)) => added
                .summaries()
                .iter()
                .try_for_each(|line| add(added.run, METRIC, &line.key, &json(line)?, seen, changes)),
            Some(Fact::RunParamsAdded(added)) => added
                .params
                .iter()
                .try_for_each(|(name, value)| add(added.run, PARAM, name, &value.to_string(), seen, changes)),
            Some(Fact::RunMessageSetAside(aside)) => changes
                .sql
                .execute(
                    "INSERT INTO set_aside (run, seq, attempt, time, message) VALUES (?1, ?2, ?3, ?4, ?5)",
                    &[
                        (&aside.attempt.run.to_bytes()).into(),
                        seen.seq().into(),
                        aside.attempt.number.into(),
                        seen.header.time.micros().into(),
                        (&json(&aside.message)?).into(),
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

fn add(run: RunId, kind: i64, key: &str, value: &str, seen: &Seen<'_>, changes: &mut Changes<'_>) -> SqlResult<()> {
    changes
        .sql
        .execute(
            "INSERT INTO additions (run, seq, kind, key, value, added_by, added) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            &[
                (&run.to_bytes()).into(),
                seen.seq().into(),
                kind.into(),
                key.into(),
                value.into(),
                (&seen.header.actor.to_bytes()).into(),
                seen.header.time.micros().into(),
            ],
        )
        .map(drop)
}

/// All additions to a run, in the order in which they were made.
pub(crate) fn of_run(sql: &mut Connection, run: RunId) -> SqlResult<Vec<AdditionView>> {
    let unreadable = |e: serde_json::Error| SqlError::Row(format!("an addition cannot be read: {e}"));
    let find = "SELECT seq, kind, key, value, added_by, added FROM additions WHERE run = ?1 ORDER BY seq, kind, key";
    let additions = sql.query(find, &[(&run.to_bytes()).into()], |row| {
        let value = row.text(3)?;
        let value = match row.int(1)? {
            METRIC => Added::Metric(serde_json::from_str(&value).map_err(unreadable)?),
            _ => Added::Param(serde_json::from_str(&value).map_err(unreadable)?),
        };
        Ok(Addition {
            name: row.text(2)?,
            value,
            by: ActorId::from_bytes(row.array(4)?),
            time: Time::from_micros(row.int(5)?),
            seq: row.uint(0)?,
        })
    })?;
    named(sql, additions)
}

/// With the names of those who made them.
pub(super) fn named(sql: &mut Connection, additions: Vec<Addition>) -> SqlResult<Vec<AdditionView>> {
    let mut names: Vec<(ActorId, Option<String>)> = Vec::new();
    let mut views = Vec::with_capacity(additions.len());
    for addition in additions {
        let by_name = match names.iter().find(|(actor, _)| *actor == addition.by) {
            Some((_, name)) => name.clone(),
            None => {
                let user = UserId::from_u128(addition.by.as_u128());
                let name = users::load(sql, Some(user))?.pop().and_then(|user| user.name);
                names.push((addition.by, name.clone()));
                name
            }
        };
        views.push(AdditionView { addition, by_name });
    }
    Ok(views)
}

/// The points of one metric that were added, fact by fact.
pub(crate) fn points(sql: &mut Connection, run: RunId, key: &str) -> SqlResult<Vec<AddedPoints>> {
    let mut all = Vec::new();
    for view in of_run(sql, run)?.into_iter().filter(|view| view.addition.name == key) {
        if let (Added::Metric(_), Some(Fact::RunMetricsAdded(added))) =
            (&view.addition.value, runs::fact(sql, view.addition.seq as i64)?)
        {
            let points = added.points.into_iter().filter(|point| point.key == key).collect();
            all.push(AddedPoints { addition: view, points });
        }
    }
    Ok(all)
}

pub(crate) fn set_aside(sql: &mut Connection, run: RunId) -> SqlResult<Vec<SetAsideView>> {
    let find = "SELECT seq, attempt, time, message FROM set_aside WHERE run = ?1 ORDER BY seq";
    sql.query(find, &[(&run.to_bytes()).into()], |row| {
        let message = serde_json::from_str(&row.text(3)?)
            .map_err(|e| SqlError::Row(format!("what was set aside cannot be read: {e}")))?;
        Ok(SetAsideView {
            attempt: row.int(1)? as u32,
            message,
            time: Time::from_micros(row.int(2)?),
            seq: row.uint(0)?,
        })
    })
}
