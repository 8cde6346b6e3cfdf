//! Repairs and their states, and the runs that repeat the work of others for them.

use std::collections::HashMap;

use hven_app::ports::{
    StoreResult,
    repairs::{ClosedRepair, StartedRepair},
    views::{ListQuery, Page},
};
use hven_core::{
    Fact, RepairId,
    envelope::Envelope,
    fact::kind,
    repair::{End, State},
    soundness::{NodeId, RunRepaired},
};

use super::{
    Changes, Seen, Table, View,
    conditions::{Conditions, newest_first},
    kinds,
};
use crate::{
    facts,
    sql::{
        ColumnKind::{Bytes, Int, Text},
        Connection, Row, SqlResult, Value, keys,
    },
};

pub(crate) struct Repairs;

const TABLES: &[Table] = &[
    Table {
        name: "begun_repairs",
        columns: &[
            ("id", Bytes),
            ("seq", Int),
            ("number", Int),
            ("project", Text),
            ("search", Text),
            ("node", Bytes),
            // Zeros when a run is repeated.
            ("replacement", Bytes),
            ("state", Int),
            ("closed_seq", Int),
        ],
        definition: "PRIMARY KEY (id)) {by key}",
        indexes: &[
            "begun_repairs_seq ON begun_repairs (seq)",
            "begun_repairs_number ON begun_repairs (number)",
            "begun_repairs_node ON begun_repairs (node, seq)",
            "begun_repairs_state ON begun_repairs (state, seq)",
        ],
        key_columns: 1,
    },
    Table {
        name: "repair_runs",
        columns: &[("run", Bytes), ("seq", Int)],
        definition: "PRIMARY KEY (run, seq)) {by key}",
        indexes: &[],
        key_columns: 2,
    },
];

const fn state_to_int(state: State) -> i64 {
    match state {
        State::Running => 0,
        State::Done => 1,
        State::Incomplete => 2,
        State::Stopped => 3,
        State::Cancelled => 4,
    }
}

fn replacement(with: Option<NodeId>) -> [u8; 16] {
    with.map_or(0, NodeId::id).to_be_bytes()
}

impl View for Repairs {
    fn name(&self) -> &'static str {
        "repairs"
    }
    fn version(&self) -> u32 {
        1
    }
    fn tables(&self) -> &'static [Table] {
        TABLES
    }
    fn kinds(&self) -> &'static [&'static str] {
        kinds![RepairStarted, RepairEnded, RepairCancelled, RunRepaired]
    }

    fn apply(&self, seen: &Seen<'_>, changes: &mut Changes<'_>) -> SqlResult<()> {
        match (seen.header.kind.as_str(), seen.fact) {
            (_, Some(Fact::RepairStarted(begun))) => {
                let search = format!("repair/{} {}", begun.number, begun.project).to_lowercase();
                changes
                    .sql
                    .execute(
                        "INSERT INTO begun_repairs (id, seq, number, project, search, node, replacement, state, \
                         closed_seq) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, NULL) ON CONFLICT (id) DO NOTHING",
                        &[
                            (&begun.repair.to_bytes()).into(),
                            seen.seq().into(),
                            begun.number.into(),
                            begun.project.as_str().into(),
                            (&search).into(),
                            (&begun.of.id().to_be_bytes()).into(),
                            (&replacement(begun.with)).into(),
                            state_to_int(State::Running).into(),
                        ],
                    )
                    .map(drop)
            }
            (_, Some(Fact::RunRepaired(repaired))) => changes
                .sql
                .execute(
                    "INSERT INTO repair_runs (run, seq) VALUES (?1, ?2)",
                    &[(&repaired.by.to_bytes()).into(), seen.seq().into()],
                )
                .map(drop),
            (kind::RepairCancelled, _) => close(seen, State::Cancelled, changes),
            (kind::RepairEnded, Some(Fact::RepairEnded(ended))) => close(seen, ended.end.into(), changes),
            // How it ended was erased.
            (kind::RepairEnded, _) => close(seen, End::Stopped.into(), changes),
            _ => Ok(()),
        }
    }
}

/// The first end counts.
fn close(seen: &Seen<'_>, state: State, changes: &mut Changes<'_>) -> SqlResult<()> {
    let Some(repair) = seen.header.subject.map(u128::to_be_bytes) else { return Ok(()) };
    let close = "UPDATE begun_repairs SET state = ?2, closed_seq = ?3 WHERE id = ?1 AND closed_seq IS NULL";
    changes.sql.execute(close, &[(&repair).into(), state_to_int(state).into(), seen.seq().into()]).map(drop)
}

type Found = (u64, Option<u64>, i64);

const COLUMNS: &str = "seq, closed_seq, state";

fn found(row: &Row<'_>) -> SqlResult<Found> {
    Ok((row.uint(0)?, row.int_or_null(1)?.map(|seq| seq as u64), row.int(2)?))
}

fn load(sql: &mut Connection, condition: &str, values: &[Value<'_>]) -> SqlResult<Vec<StartedRepair>> {
    let rows = sql.query(&format!("SELECT {COLUMNS} FROM begun_repairs {condition}"), values, found)?;
    complete(sql, rows)
}

/// Reads with which facts they began and ended.
fn complete(sql: &mut Connection, rows: Vec<Found>) -> SqlResult<Vec<StartedRepair>> {
    let seqs: Vec<u64> = rows.iter().flat_map(|(seq, closed, _)| [Some(*seq), *closed]).flatten().collect();
    let facts = facts::many(sql, &seqs)?;
    let mut repairs = Vec::with_capacity(rows.len());
    for (seq, closed, state) in rows {
        let Some(envelope) = facts.get(&seq) else { continue };
        let Some(Fact::RepairStarted(begun)) = envelope.readable_fact()? else { continue };
        let state = State::ALL.into_iter().find(|known| state_to_int(*known) == state).unwrap_or(State::Stopped);
        let closed = match closed.and_then(|seq| facts.get(&seq)) {
            Some(envelope) => Some(closed_by(envelope, state)?),
            None => None,
        };
        repairs.push(StartedRepair { begun, seq, time: envelope.header.time, by: envelope.header.actor, closed });
    }
    Ok(repairs)
}

fn closed_by(envelope: &Envelope, state: State) -> SqlResult<ClosedRepair> {
    let ended = match envelope.readable_fact()? {
        Some(Fact::RepairEnded(ended)) => Some(ended),
        _ => None,
    };
    let header = &envelope.header;
    Ok(ClosedRepair { state, seq: header.seq, time: header.time, by: header.actor, ended })
}

pub(crate) fn one(sql: &mut Connection, repair: RepairId) -> SqlResult<Option<StartedRepair>> {
    Ok(load(sql, "WHERE id = ?1", &[(&repair.to_bytes()).into()])?.pop())
}

pub(crate) fn many(sql: &mut Connection, repairs: &[RepairId]) -> SqlResult<Vec<StartedRepair>> {
    let ids: Vec<[u8; 16]> = repairs.iter().map(|repair| repair.to_bytes()).collect();
    let find = format!("SELECT {COLUMNS} FROM begun_repairs WHERE id IN ({{keys}}) ORDER BY seq");
    let rows = sql.query_in(&find, &[], &keys(&ids), found)?;
    complete(sql, rows)
}

pub(crate) fn numbered(sql: &mut Connection, number: u32) -> SqlResult<Option<StartedRepair>> {
    Ok(load(sql, "WHERE number = ?1 ORDER BY seq LIMIT 1", &[number.into()])?.pop())
}

pub(crate) fn newest(sql: &mut Connection, of: NodeId, with: Option<NodeId>) -> SqlResult<Option<StartedRepair>> {
    let condition = "WHERE node = ?1 AND replacement = ?2 ORDER BY seq DESC LIMIT 1";
    Ok(load(sql, condition, &[(&of.id().to_be_bytes()).into(), (&replacement(with)).into()])?.pop())
}

pub(crate) fn number_last(sql: &mut Connection) -> SqlResult<u32> {
    let last = sql.first("SELECT MAX(number) FROM begun_repairs", &[], |row| row.int_or_null(0))?.flatten();
    Ok(last.unwrap_or(0) as u32)
}

pub(crate) fn open(sql: &mut Connection) -> SqlResult<Vec<StartedRepair>> {
    load(sql, "WHERE state = ?1 ORDER BY seq", &[state_to_int(State::Running).into()])
}

pub(crate) fn page(sql: &mut Connection, query: &ListQuery, is_open: bool) -> StoreResult<Page<StartedRepair>> {
    let mut conditions = Conditions::default();
    if is_open {
        conditions.texts.push(format!("state = {}", state_to_int(State::Running)));
    }
    newest_first(sql, "begun_repairs", query, conditions, load)
}

pub(crate) fn runs_unfinished(sql: &mut Connection) -> SqlResult<Vec<(u64, RunRepaired)>> {
    let find = "SELECT repair_runs.seq FROM repair_runs JOIN runs ON runs.id = repair_runs.run \
                WHERE runs.ended_seq IS NULL ORDER BY repair_runs.seq";
    let seqs = sql.query(find, &[], |row| row.uint(0))?;
    let facts: HashMap<u64, Envelope> = facts::many(sql, &seqs)?;
    let mut runs = Vec::with_capacity(seqs.len());
    for seq in seqs {
        let Some(envelope) = facts.get(&seq) else { continue };
        if let Some(Fact::RunRepaired(repaired)) = envelope.readable_fact()? {
            runs.push((seq, repaired));
        }
    }
    Ok(runs)
}
