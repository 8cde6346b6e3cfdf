//! The direct edges between nodes of the lineage: the run that made a dataset, what a run read, the runs on which a claim
//! was judged. What follows from them (what rests on what, and whether it is sound) is worked out in [`crate::lineage`].
//!
//! A node's number is that of the fact that brought it in, so it is the same in every rebuild and stays when a payload is
//! erased. An edge is drawn when the later of its two nodes says so, and from what was there at that time: a run that
//! reads bytes rests on the newest dataset that is these bytes, else on the newest run that had made them. So the work
//! that is done anew on corrected data rests on the corrected data, also where some bytes came out the same.
//! - A run that reads the very file from which a dataset was brought in rests on the newest such dataset: what is wrong in
//!   the one is wrong in the other. To bring the file in once more does not: it may be read rightly then.
//! - Two datasets of the same bytes rest on each other: what is wrong with one is wrong with both.
//! - A run that does the same work as an earlier one (they have one cache key) and makes the same bytes rests on it,
//!   unless it was made to repair it.
//! - A run that was there to be compared with another (a reproduction) made nothing that anybody reads.
//! - Empty files say nothing, and join nothing.
//! - A publication rests on its claims, and on the runs on which they had been judged when it was made.
//! - A claim rests on the evidence of its newest judgement alone. An edge that is gone stays as a row, so that whoever
//!   knows the edges up to some fact can learn what changed since.

use std::{
    collections::{BTreeSet, HashMap},
    sync::LazyLock,
};

use hven_core::{Digest, soundness::Node};

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
            // The cache key of a run, and how often a claim was stated.
            ("work", Bytes),
            ("revision", Int),
            // It was there to be compared: nobody is given what it makes.
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
        // The newest dataset that is these bytes, the newest run that made them, and the newest dataset brought in from them.
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
        5
    }
    fn tables(&self) -> &'static [Table] {
        TABLES
    }
    fn kinds(&self) -> &'static [&'static str] {
        &DRAWN
    }

    fn apply(&self, seen: &Seen<'_>, changes: &mut Changes<'_>) -> SqlResult<()> {
        let kind = seen.header.kind.as_str();
        let edges = ALL.iter().filter_map(|view| view.edges());
        edges.filter(|edges| edges.kinds.contains(&kind)).try_for_each(|edges| (edges.draw)(seen, changes.sql))
    }
}

/// The kinds of facts that bring something into the lineage: the nouns say which.
static DRAWN: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| ALL.iter().filter_map(|view| view.edges()).flat_map(|edges| edges.kinds).copied().collect());

/// The node in the columns `id` and `noun`.
pub(crate) fn node(row: &Row<'_>, id: usize, noun: usize) -> SqlResult<Node> {
    let number = row.int(noun)?;
    Node::of_number(number, u128::from_be_bytes(row.array(id)?))
        .ok_or_else(|| SqlError::Row(format!("{number} is no noun of a node")))
}

/// Brings a node in; answers its number, which is another when it was there before.
pub(super) fn add_node(sql: &mut Connection, node: Node, number: i64, work: Option<&Digest>) -> SqlResult<i64> {
    let added = sql.execute(
        "INSERT INTO lineage_nodes (id, number, noun, work, revision, compared) VALUES (?1, ?2, ?3, ?4, 1, 0) \
         ON CONFLICT (id) DO NOTHING",
        &[(&node.id().to_be_bytes()).into(), number.into(), node.number().into(), work.map(Digest::as_bytes).into()],
    )?;
    Ok(if added == 1 { number } else { number_of(sql, node)?.unwrap_or(number) })
}

/// Brings in the node that an erased fact is about: that it is there stays.
pub(super) fn add_erased<N: Into<Node>>(sql: &mut Connection, seen: &Seen<'_>, of: fn(u128) -> N) -> SqlResult<()> {
    match seen.header.subject {
        Some(id) => add_node(sql, of(id).into(), seen.seq(), None).map(drop),
        None => Ok(()),
    }
}

pub(crate) fn number_of(sql: &mut Connection, node: Node) -> SqlResult<Option<i64>> {
    sql.first("SELECT number FROM lineage_nodes WHERE id = ?1", &[(&node.id().to_be_bytes()).into()], |row| row.int(0))
}

/// The numbers of those of the nodes that are known.
pub(crate) fn numbers_of(sql: &mut Connection, nodes: &[Node]) -> SqlResult<HashMap<Node, i64>> {
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

/// Takes all edges to a node away.
pub(super) fn cut_loose(sql: &mut Connection, target: i64, seq: i64) -> SqlResult<()> {
    sql.execute(
        "UPDATE lineage_edges SET gone = 1, seq = ?2 WHERE target = ?1 AND gone = 0",
        &[target.into(), seq.into()],
    )
    .map(drop)
}

/// What holds some bytes: numbers of nodes.
#[derive(Clone, Copy, Default)]
pub(super) struct Source {
    pub(super) dataset: Option<i64>,
    pub(super) run: Option<i64>,
    pub(super) brought_in: Option<i64>,
}

impl Source {
    /// On what rests whoever reads the bytes; `imports`: to bring them in as a dataset.
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

/// What the node rests on by one edge.
pub(crate) fn direct_sources(sql: &mut Connection, of: Node) -> SqlResult<Vec<Node>> {
    let find = "SELECT sources.id, sources.noun FROM lineage_nodes AS targets \
                JOIN lineage_edges ON lineage_edges.target = targets.number AND lineage_edges.gone = 0 \
                JOIN lineage_nodes AS sources ON sources.number = lineage_edges.source \
                WHERE targets.id = ?1 ORDER BY sources.number";
    sql.query(find, &[(&of.id().to_be_bytes()).into()], |row| node(row, 0, 1))
}

/// What a run that reads these bytes now would rest on; `imports`: to bring them in as a dataset.
pub(crate) fn sources(sql: &mut Connection, digests: &[Digest], imports: bool) -> SqlResult<Vec<Node>> {
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
