//! The direct edges between nodes of the lineage: from a run to a dataset that it created, from data to a run that read
//! it, and from runs to a claim that was judged on them. [`crate::lineage`] computes what follows from the edges.
//!
//! The number of a node is that of the fact that added it, so it is the same after every rebuild and after its payload is
//! erased. An edge is added by the fact of the later node, from the state at that time: a run that reads bytes rests on the
//! newest dataset with these bytes, else on the newest run that wrote them. Therefore a run that is repeated on corrected
//! data rests on the corrected data, even if some bytes are the same.
//! - A run that reads the file from which a dataset was imported rests on the newest such dataset, because an error in one
//!   is an error in the other. A new import of the file does not, because the new import may be correct.
//! - Two datasets with the same bytes rest on each other, because an error in one is an error in both.
//! - A run that does the same work as an earlier run (both have the same cache key) and writes the same bytes rests on it,
//!   unless it was started to repair it.
//! - No node rests on a run that was started for a comparison with another run (a reproduction).
//! - Empty files are ignored.
//! - A publication rests on its claims, and on the runs that were their evidence when it was created.
//! - Runs that were known to repeat each other still do so after the submission of one was erased. Its cache key is made from the
//!   command, so it is not kept: later runs are not known to repeat it.
//! - A claim rests only on the evidence of its newest judgement. A removed edge stays as a row, so that a reader with the
//!   edges up to some fact can load what changed since.

use std::{
    collections::{BTreeSet, HashMap},
    sync::LazyLock,
};

use hven_core::{Digest, Fact, fact::kind, soundness::NodeId, trace::Trace};

use super::{ALL, Changes, Seen, Table, View};
use crate::sql::{
    ColumnKind::{Bytes, Int},
    Connection, Row, SqlError, SqlResult, keys,
};

pub(crate) struct Lineage;

const TABLES: &[Table] = &[
    Table {
        name: "lineage_nodes",
        columns: &[
            ("id", Bytes),
            ("number", Int),
            ("noun", Int),
            // The cache key of a run, and the number of statements of a claim.
            ("work", Bytes),
            ("revision", Int),
            // Set if the run was started for a comparison: no node rests on it.
            ("compared", Int),
        ],
        definition: "PRIMARY KEY (id)) {by key}",
        indexes: &["lineage_nodes_number ON lineage_nodes (number)"],
        key_columns: 1,
    },
    Table {
        name: "lineage_edges",
        columns: &[("target", Int), ("source", Int), ("seq", Int), ("gone", Int)],
        definition: "PRIMARY KEY (target, source)) {by key}",
        indexes: &["lineage_edges_seq ON lineage_edges (seq)"],
        key_columns: 2,
    },
    Table {
        name: "lineage_sources",
        // The newest dataset with these bytes, the newest run that wrote them, and the newest dataset imported from them.
        columns: &[("digest", Bytes), ("dataset", Int), ("run", Int), ("brought_in", Int)],
        definition: "PRIMARY KEY (digest)) {by key}",
        indexes: &[],
        key_columns: 1,
    },
];

impl View for Lineage {
    fn name(&self) -> &'static str {
        "lineage"
    }
    fn version(&self) -> u32 {
        6
    }
    fn tables(&self) -> &'static [Table] {
        TABLES
    }
    fn kinds(&self) -> &'static [&'static str] {
        &DRAWN
    }

    fn apply(&self, seen: &Seen<'_>, changes: &mut Changes<'_>) -> SqlResult<()> {
        if let Some(Fact::PayloadErased(erased)) = seen.fact {
            return draw_repeats(changes.sql, erased.trace.as_ref(), seen.seq());
        }
        let kind = seen.header.kind.as_str();
        let edges = ALL.iter().filter_map(|view| view.edges());
        edges.filter(|edges| edges.kinds.contains(&kind)).try_for_each(|edges| (edges.draw)(seen, changes.sql))
    }
}

/// The kinds of facts that bring something into the lineage: the nouns say which.
static DRAWN: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let of_nouns = ALL.iter().filter_map(|view| view.edges()).flat_map(|edges| edges.kinds);
    of_nouns.copied().chain([kind::PayloadErased]).collect()
});

/// The node in the columns `id` and `noun`.
pub(crate) fn node(row: &Row<'_>, id: usize, noun: usize) -> SqlResult<NodeId> {
    let number = row.int(noun)?;
    NodeId::of_number(number, u128::from_be_bytes(row.array(id)?))
        .ok_or_else(|| SqlError::Row(format!("{number} is not the number of a noun")))
}

/// Adds a node; returns its number, which differs from `number` if the node existed.
pub(super) fn add_node(sql: &mut Connection, node: NodeId, number: i64, work: Option<&Digest>) -> SqlResult<i64> {
    let added = sql.execute(
        "INSERT INTO lineage_nodes (id, number, noun, work, revision, compared) VALUES (?1, ?2, ?3, ?4, 1, 0) \
         ON CONFLICT (id) DO NOTHING",
        &[(&node.id().to_be_bytes()).into(), number.into(), node.number().into(), work.map(Digest::as_bytes).into()],
    )?;
    Ok(if added == 1 { number } else { number_of(sql, node)?.unwrap_or(number) })
}

/// Adds the node that a fact is about, with edges from the nodes that the fact names; returns its number.
pub(super) fn add_with_named<N: Into<NodeId>>(
    sql: &mut Connection,
    seen: &Seen<'_>,
    of: fn(u128) -> N,
) -> SqlResult<Option<i64>> {
    let Some(id) = seen.header.subject else { return Ok(None) };
    let number = add_node(sql, of(id).into(), seen.seq(), None)?;
    for source in seen.trace().iter().flat_map(|trace| &trace.rests_on) {
        if let Some(source) = number_of(sql, *source)? {
            add_edge(sql, source, number, seen.seq())?;
        }
    }
    Ok(Some(number))
}

/// The runs with the same work that rest on this run, and on which it rests: each pair is a run and the one that it repeats.
pub(crate) fn repeats(sql: &mut Connection, run: NodeId, work: &Digest) -> SqlResult<Vec<(NodeId, NodeId)>> {
    let Some(number) = number_of(sql, run)? else { return Ok(Vec::new()) };
    let find = "SELECT id, noun, \
                (SELECT COUNT(*) FROM lineage_edges WHERE target = ?1 AND source = number AND gone = 0), \
                (SELECT COUNT(*) FROM lineage_edges WHERE target = number AND source = ?1 AND gone = 0) \
                FROM lineage_nodes WHERE work = ?2 AND number <> ?1 ORDER BY number";
    let rows = sql.query(find, &[number.into(), work.as_bytes().into()], |row| {
        Ok((node(row, 0, 1)?, row.int(2)? == 1, row.int(3)? == 1))
    })?;
    let pairs = rows.into_iter().flat_map(|(other, is_repeated, repeats)| {
        [is_repeated.then_some((run, other)), repeats.then_some((other, run))]
    });
    Ok(pairs.flatten().collect())
}

fn draw_repeats(sql: &mut Connection, trace: Option<&Trace>, seq: i64) -> SqlResult<()> {
    for (run, repeated) in trace.iter().flat_map(|trace| &trace.repeats) {
        if let (Some(target), Some(source)) = (number_of(sql, *run)?, number_of(sql, *repeated)?) {
            add_edge(sql, source, target, seq)?;
        }
    }
    Ok(())
}

pub(crate) fn number_of(sql: &mut Connection, node: NodeId) -> SqlResult<Option<i64>> {
    sql.first("SELECT number FROM lineage_nodes WHERE id = ?1", &[(&node.id().to_be_bytes()).into()], |row| row.int(0))
}

/// The numbers of the known nodes among these.
pub(crate) fn numbers_of(sql: &mut Connection, nodes: &[NodeId]) -> SqlResult<HashMap<NodeId, i64>> {
    let ids: Vec<[u8; 16]> = nodes.iter().map(|node| node.id().to_be_bytes()).collect();
    let find = "SELECT id, number FROM lineage_nodes WHERE id IN ({keys})";
    let rows = sql.query_in(find, &[], &keys(&ids), |row| Ok((row.array::<16>(0)?, row.int(1)?)))?;
    let known: HashMap<[u8; 16], i64> = rows.into_iter().collect();
    Ok(nodes.iter().filter_map(|node| Some((*node, *known.get(&node.id().to_be_bytes())?))).collect())
}

pub(super) fn add_edge(sql: &mut Connection, source: i64, target: i64, seq: i64) -> SqlResult<()> {
    if source == target {
        return Ok(());
    }
    sql.execute(
        "INSERT INTO lineage_edges (target, source, seq, gone) VALUES (?1, ?2, ?3, 0) \
         ON CONFLICT (target, source) DO UPDATE SET seq = excluded.seq, gone = 0",
        &[target.into(), source.into(), seq.into()],
    )
    .map(drop)
}

/// Removes all edges to a node.
pub(super) fn remove_edges_to(sql: &mut Connection, target: i64, seq: i64) -> SqlResult<()> {
    sql.execute(
        "UPDATE lineage_edges SET gone = 1, seq = ?2 WHERE target = ?1 AND gone = 0",
        &[target.into(), seq.into()],
    )
    .map(drop)
}

/// The nodes with the same bytes, by their numbers.
#[derive(Clone, Copy, Default)]
pub(super) struct Source {
    pub(super) dataset: Option<i64>,
    pub(super) run: Option<i64>,
    pub(super) brought_in: Option<i64>,
}

impl Source {
    /// The nodes on which a reader of the bytes rests; `imports`: whether the reader imports them as a dataset.
    pub(super) fn of_reader(self, imports: bool) -> impl Iterator<Item = i64> {
        self.dataset.or(self.run).into_iter().chain(self.brought_in.filter(|_| !imports))
    }
}

pub(super) fn source(sql: &mut Connection, digest: &Digest) -> SqlResult<Source> {
    let find = "SELECT dataset, run, brought_in FROM lineage_sources WHERE digest = ?1";
    let found = sql.first(find, &[digest.as_bytes().into()], |row| {
        Ok(Source { dataset: row.int_or_null(0)?, run: row.int_or_null(1)?, brought_in: row.int_or_null(2)? })
    })?;
    Ok(found.unwrap_or_default())
}

/// Whether a run made these bytes, or a dataset is them or was imported from them.
pub(crate) fn is_source(sql: &mut Connection, digest: &Digest) -> SqlResult<bool> {
    let find = "SELECT 1 FROM lineage_sources WHERE digest = ?1";
    Ok(sql.first(find, &[digest.as_bytes().into()], |_| Ok(()))?.is_some())
}

pub(super) fn set_source(sql: &mut Connection, digest: &Digest, column: &'static str, number: i64) -> SqlResult<()> {
    sql.execute(
        &format!(
            "INSERT INTO lineage_sources (digest, {column}) VALUES (?1, ?2) \
             ON CONFLICT (digest) DO UPDATE SET {column} = excluded.{column}"
        ),
        &[digest.as_bytes().into(), number.into()],
    )
    .map(drop)
}

/// The nodes on which a node directly rests.
pub(crate) fn direct_sources(sql: &mut Connection, of: NodeId) -> SqlResult<Vec<NodeId>> {
    let find = "SELECT sources.id, sources.noun FROM lineage_nodes AS targets \
                JOIN lineage_edges ON lineage_edges.target = targets.number AND lineage_edges.gone = 0 \
                JOIN lineage_nodes AS sources ON sources.number = lineage_edges.source \
                WHERE targets.id = ?1 ORDER BY sources.number";
    sql.query(find, &[(&of.id().to_be_bytes()).into()], |row| node(row, 0, 1))
}

/// The nodes on which a run that reads these bytes now would rest; `imports`: whether it imports them as a dataset.
pub(crate) fn sources(sql: &mut Connection, digests: &[Digest], imports: bool) -> SqlResult<Vec<NodeId>> {
    let mut numbers = BTreeSet::new();
    for digest in digests {
        numbers.extend(source(sql, digest)?.of_reader(imports));
    }
    let mut nodes = Vec::with_capacity(numbers.len());
    for number in numbers {
        let find = "SELECT id, noun FROM lineage_nodes WHERE number = ?1";
        nodes.extend(sql.first(find, &[number.into()], |row| node(row, 0, 1))?);
    }
    Ok(nodes)
}
