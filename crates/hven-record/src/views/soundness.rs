//! Statements of users about nodes of the lineage: retractions, independences, overridden suspicions, repairs.
//!
//! A statement stays valid after its reason was erased: the headers and the traces contain the ids of its nodes.

use hven_app::ports::soundness::{IndependenceView, OverrideView, RetractionView, RunRepairView};
use hven_core::{Fact, RunId, fact::kind, soundness::NodeId};

use super::{Changes, Edges, Seen, Table, View, kinds, lineage};
use crate::{
    facts,
    sql::{
        ColumnKind::{Bytes, Int},
        Connection, SqlResult, Value, keys,
    },
};

pub(crate) struct Soundness;

const TABLES: &[Table] = &[
    Table {
        name: "retractions",
        columns: &[("node", Bytes), ("seq", Int)],
        definition: "PRIMARY KEY (node)) {by key}",
        indexes: &[],
        key_columns: 1,
    },
    Table {
        name: "independences",
        columns: &[("node", Bytes), ("source", Bytes), ("seq", Int)],
        definition: "PRIMARY KEY (node, source)) {by key}",
        indexes: &["independences_source ON independences (source)"],
        key_columns: 2,
    },
    Table {
        name: "overrides",
        columns: &[("node", Bytes), ("seq", Int)],
        definition: "PRIMARY KEY (node, seq)) {by key}",
        indexes: &[],
        key_columns: 2,
    },
    Table {
        name: "repairs",
        columns: &[("run", Bytes), ("seq", Int)],
        definition: "PRIMARY KEY (run, seq)) {by key}",
        indexes: &[],
        key_columns: 2,
    },
];

impl View for Soundness {
    fn name(&self) -> &'static str {
        "soundness"
    }
    fn version(&self) -> u32 {
        2
    }
    fn tables(&self) -> &'static [Table] {
        TABLES
    }
    fn kinds(&self) -> &'static [&'static str] {
        kinds![NodeRetracted, IndependenceAsserted, SuspicionOverridden, RunRepaired]
    }
    fn edges(&self) -> Option<&'static Edges> {
        Some(&EDGES)
    }

    fn apply(&self, seen: &Seen<'_>, changes: &mut Changes<'_>) -> SqlResult<()> {
        let Some(subject) = seen.header.subject.map(u128::to_be_bytes) else { return Ok(()) };
        let (statement, source) = match seen.header.kind.as_str() {
            kind::NodeRetracted => {
                ("INSERT INTO retractions (node, seq) VALUES (?1, ?2) ON CONFLICT (node) DO NOTHING", None)
            }
            kind::IndependenceAsserted => {
                // Earlier versions of Hven kept nothing of an erased payload, so the assertion is lost.
                let Some(on) = seen.trace().and_then(|trace| trace.other) else { return Ok(()) };
                let statement = "INSERT INTO independences (node, seq, source) VALUES (?1, ?2, ?3) \
                                 ON CONFLICT (node, source) DO UPDATE SET seq = excluded.seq";
                (statement, Some(on.id().to_be_bytes()))
            }
            kind::SuspicionOverridden => ("INSERT INTO overrides (node, seq) VALUES (?1, ?2)", None),
            kind::RunRepaired => ("INSERT INTO repairs (run, seq) VALUES (?1, ?2)", None),
            _ => return Ok(()),
        };
        let values: Vec<Value<'_>> =
            [(&subject).into(), seen.seq().into()].into_iter().chain(source.as_ref().map(Into::into)).collect();
        changes.sql.execute(statement, &values).map(drop)
    }
}

const EDGES: Edges = Edges { kinds: kinds![RunRepaired], draw };

fn draw(seen: &Seen<'_>, sql: &mut Connection) -> SqlResult<()> {
    let Some(by) = seen.trace().and_then(|trace| trace.other) else { return Ok(()) };
    // The repair was started so that it does not rest on the other run.
    sql.execute("UPDATE lineage_nodes SET work = NULL WHERE id = ?1", &[(&by.id().to_be_bytes()).into()]).map(drop)
}

pub(crate) fn is_anything_retracted(sql: &mut Connection) -> SqlResult<bool> {
    Ok(sql.first("SELECT seq FROM retractions LIMIT 1", &[], |row| row.int(0))?.is_some())
}

/// The last fact about soundness.
pub(crate) fn last_seq(sql: &mut Connection) -> SqlResult<i64> {
    let retracted = sql.first("SELECT MAX(seq) FROM retractions", &[], |row| row.int_or_null(0))?.flatten();
    let asserted = sql.first("SELECT MAX(seq) FROM independences", &[], |row| row.int_or_null(0))?.flatten();
    Ok(retracted.max(asserted).unwrap_or(0))
}

/// The ids of all retracted nodes.
pub(crate) fn retracted(sql: &mut Connection) -> SqlResult<Vec<[u8; 16]>> {
    sql.query("SELECT node FROM retractions ORDER BY node", &[], |row| row.array(0))
}

/// All asserted independences, as pairs of node and source.
pub(crate) fn independent(sql: &mut Connection) -> SqlResult<Vec<([u8; 16], [u8; 16])>> {
    sql.query("SELECT node, source FROM independences ORDER BY node, source", &[], |row| {
        Ok((row.array(0)?, row.array(1)?))
    })
}

/// The retractions of those of the nodes that were retracted.
pub(crate) fn retractions(sql: &mut Connection, nodes: &[NodeId]) -> SqlResult<Vec<RetractionView>> {
    let ids: Vec<[u8; 16]> = nodes.iter().map(|node| node.id().to_be_bytes()).collect();
    let find = "SELECT node, seq FROM retractions WHERE node IN ({keys})";
    let rows = sql.query_in(find, &[], &keys(&ids), |row| Ok((row.array::<16>(0)?, row.uint(1)?)))?;
    let seqs: Vec<u64> = rows.iter().map(|(_, seq)| *seq).collect();
    let facts = facts::many(sql, &seqs)?;
    let mut views = Vec::with_capacity(rows.len());
    for (id, seq) in rows {
        let node = nodes.iter().find(|node| node.id().to_be_bytes() == id);
        let (Some(&node), Some(envelope)) = (node, facts.get(&seq)) else { continue };
        let because = match envelope.readable_fact()? {
            Some(Fact::NodeRetracted(retracted)) => Some(retracted.because),
            _ => None,
        };
        views.push(RetractionView { node, because, time: envelope.header.time, by: envelope.header.actor });
    }
    Ok(views)
}

/// The assertions of independence of the node, and of other nodes from it.
pub(crate) fn independences(sql: &mut Connection, node: NodeId) -> SqlResult<Vec<IndependenceView>> {
    let find = "SELECT seq, node, nodes.noun, source, sources.noun FROM independences \
                JOIN lineage_nodes AS nodes ON nodes.id = independences.node \
                JOIN lineage_nodes AS sources ON sources.id = independences.source \
                WHERE node = ?1 OR source = ?1 ORDER BY seq";
    let rows = sql.query(find, &[(&node.id().to_be_bytes()).into()], |row| {
        Ok((row.uint(0)?, lineage::node(row, 1, 2)?, lineage::node(row, 3, 4)?))
    })?;
    let facts = facts::many(sql, &rows.iter().map(|(seq, ..)| *seq).collect::<Vec<_>>())?;
    let mut views = Vec::with_capacity(rows.len());
    for (seq, of, on) in rows {
        let Some(envelope) = facts.get(&seq) else { continue };
        let because = match envelope.readable_fact()? {
            Some(Fact::IndependenceAsserted(asserted)) => Some(asserted.because),
            _ => None,
        };
        views.push(IndependenceView { of, on, because, time: envelope.header.time, by: envelope.header.actor });
    }
    Ok(views)
}

/// How users overrode suspicions of the node, newest first.
pub(crate) fn overrides(sql: &mut Connection, node: NodeId, limit: usize) -> SqlResult<Vec<OverrideView>> {
    let find = "SELECT seq FROM overrides WHERE node = ?1 ORDER BY seq DESC LIMIT ?2";
    let id = node.id().to_be_bytes();
    let values = [(&id).into(), Value::Int(limit as i64)];
    facts::load_mapped(sql, find, &values, |fact, time, by| match fact {
        Fact::SuspicionOverridden(overridden) => Some(OverrideView { overridden, time, by }),
        _ => None,
    })
}

/// The runs that repaired the run, newest first.
pub(crate) fn repairs(sql: &mut Connection, run: RunId) -> SqlResult<Vec<RunRepairView>> {
    let find = "SELECT seq FROM repairs WHERE run = ?1 ORDER BY seq DESC";
    facts::load_mapped(sql, find, &[(&run.to_bytes()).into()], |fact, time, by| match fact {
        Fact::RunRepaired(repaired) => Some(RunRepairView { repaired, time, by }),
        _ => None,
    })
}
