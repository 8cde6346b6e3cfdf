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

use std::collections::{BTreeSet, HashMap};

use hven_core::{
    ClaimId, DatasetId, Digest, Fact, PublicationId, RunId,
    catalogue::{Purpose, VersionAdded},
    claim::{Judged, Stated},
    publication::Made,
    run::{Finished, Submitted},
    soundness::Node,
};

use super::{Changes, Seen, Table, View};
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
        &[
            "run.submitted",
            "run.finished",
            "dataset.version_added",
            "claim.stated",
            "claim.judged",
            "publication.made",
            "soundness.run_repaired",
        ]
    }

    fn apply(&self, seen: &Seen<'_>, changes: &mut Changes<'_>) -> SqlResult<()> {
        let sql = &mut *changes.sql;
        let seq = seen.seq();
        match seen.fact {
            Some(Fact::RunSubmitted(submitted)) => run_submitted(sql, submitted, seq),
            Some(Fact::RunFinished(finished)) => run_finished(sql, finished, seq),
            Some(Fact::DatasetVersionAdded(added)) => version_added(sql, added, seq),
            Some(Fact::ClaimStated(stated)) => claim_stated(sql, stated, seq),
            Some(Fact::ClaimJudged(judged)) => claim_judged(sql, judged, seq),
            Some(Fact::PublicationMade(made)) => publication_made(sql, made, seq),
            // It was made so as not to rest on the other.
            Some(Fact::RunRepaired(repaired)) => sql
                .execute("UPDATE lineage_nodes SET work = NULL WHERE id = ?1", &[(&repaired.by.to_bytes()).into()])
                .map(drop),
            Some(_) => Ok(()),
            // What it said is erased; that it is there stays.
            None => match (seen.header.kind.as_str(), seen.header.subject) {
                ("run.submitted", Some(id)) => add_node(sql, RunId::from_u128(id).into(), seq, None).map(drop),
                ("dataset.version_added", Some(id)) => {
                    add_node(sql, DatasetId::from_u128(id).into(), seq, None).map(drop)
                }
                ("claim.stated", Some(id)) => add_node(sql, ClaimId::from_u128(id).into(), seq, None).map(drop),
                ("publication.made", Some(id)) => {
                    add_node(sql, PublicationId::from_u128(id).into(), seq, None).map(drop)
                }
                _ => Ok(()),
            },
        }
    }
}

const NOUNS: [&str; 4] = ["run", "data", "claim", "publication"];

fn noun_to_int(node: Node) -> i64 {
    match node {
        Node::Run(_) => 0,
        Node::Dataset(_) => 1,
        Node::Claim(_) => 2,
        Node::Publication(_) => 3,
    }
}

/// The node in the columns `id` and `noun`.
pub(crate) fn node(row: &Row<'_>, id: usize, noun: usize) -> SqlResult<Node> {
    let number = row.int(noun)?;
    let noun = usize::try_from(number).ok().and_then(|n| NOUNS.get(n));
    noun.and_then(|noun| Some(Node::of(noun, u128::from_be_bytes(row.array(id).ok()?))))
        .flatten()
        .ok_or_else(|| SqlError::Row(format!("{number} is no noun of a node")))
}

/// Brings a node in; answers its number, which is another when it was there before.
fn add_node(sql: &mut Connection, node: Node, number: i64, work: Option<&Digest>) -> SqlResult<i64> {
    let added = sql.execute(
        "INSERT INTO lineage_nodes (id, number, noun, work, revision, compared) VALUES (?1, ?2, ?3, ?4, 1, 0) \
         ON CONFLICT (id) DO NOTHING",
        &[
            (&node.id().to_be_bytes()).into(),
            number.into(),
            noun_to_int(node).into(),
            work.map(Digest::as_bytes).into(),
        ],
    )?;
    Ok(if added == 1 { number } else { number_of(sql, node)?.unwrap_or(number) })
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

fn add_edge(sql: &mut Connection, source: i64, target: i64, seq: i64) -> SqlResult<()> {
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
fn cut_loose(sql: &mut Connection, target: i64, seq: i64) -> SqlResult<()> {
    sql.execute(
        "UPDATE lineage_edges SET gone = 1, seq = ?2 WHERE target = ?1 AND gone = 0",
        &[target.into(), seq.into()],
    )
    .map(drop)
}

#[derive(Clone, Copy, Default)]
struct Source {
    dataset: Option<i64>,
    run: Option<i64>,
    brought_in: Option<i64>,
}

impl Source {
    /// On what rests whoever reads the bytes; `imports`: to bring them in as a dataset.
    fn of_reader(self, imports: bool) -> impl Iterator<Item = i64> {
        self.dataset.or(self.run).into_iter().chain(self.brought_in.filter(|_| !imports))
    }
}

fn source(sql: &mut Connection, digest: &Digest) -> SqlResult<Source> {
    let find = "SELECT dataset, run, brought_in FROM lineage_sources WHERE digest = ?1";
    let found = sql.first(find, &[digest.as_bytes().into()], |row| {
        Ok(Source { dataset: row.int_or_null(0)?, run: row.int_or_null(1)?, brought_in: row.int_or_null(2)? })
    })?;
    Ok(found.unwrap_or_default())
}

fn set_source(sql: &mut Connection, digest: &Digest, column: &'static str, number: i64) -> SqlResult<()> {
    sql.execute(
        &format!(
            "INSERT INTO lineage_sources (digest, {column}) VALUES (?1, ?2) \
             ON CONFLICT (digest) DO UPDATE SET {column} = excluded.{column}"
        ),
        &[digest.as_bytes().into(), number.into()],
    )
    .map(drop)
}

fn run_submitted(sql: &mut Connection, submitted: &Submitted, seq: i64) -> SqlResult<()> {
    let run = add_node(sql, submitted.run.into(), seq, submitted.cache_key.as_ref())?;
    if submitted.purpose.as_ref().is_some_and(|purpose| !purpose.is_catalogued()) {
        let compared = "UPDATE lineage_nodes SET compared = 1 WHERE number = ?1";
        sql.execute(compared, &[run.into()])?;
    }
    let mut sources = BTreeSet::new();
    // Which of several datasets of the same bytes is divided is known.
    let divided = match submitted.purpose {
        Some(Purpose::Split { dataset, .. }) => number_of(sql, dataset.into())?,
        _ => None,
    };
    let imports = matches!(submitted.purpose, Some(Purpose::Dataset { .. }));
    sources.extend(divided);
    let digests: BTreeSet<&Digest> =
        submitted.spec.files_read().filter(|file| file.size > 0).map(|file| &file.digest).collect();
    for digest in digests {
        let from = source(sql, digest)?;
        if from.dataset.is_none() || divided.is_none() {
            sources.extend(from.of_reader(imports));
        }
    }
    sources.into_iter().try_for_each(|source| add_edge(sql, source, run, seq))
}

/// What came through a pipe is known when the run has ended: it rests on whatever made the same bytes.
fn read_through_pipe(sql: &mut Connection, finished: &Finished, seq: i64) -> SqlResult<()> {
    let read = finished.result.stdin.filter(|read| read.bytes > 0);
    let Some(digest) = read.and_then(|read| read.digest) else { return Ok(()) };
    let Some(run) = number_of(sql, finished.run.into())? else { return Ok(()) };
    source(sql, &digest)?.of_reader(false).try_for_each(|source| add_edge(sql, source, run, seq))
}

fn run_finished(sql: &mut Connection, finished: &Finished, seq: i64) -> SqlResult<()> {
    read_through_pipe(sql, finished, seq)?;
    let made = finished.result.outputs.iter().filter(|file| file.size > 0);
    let digests: BTreeSet<&Digest> = made.map(|file| &file.digest).collect();
    if digests.is_empty() {
        return Ok(());
    }
    let find = "SELECT number FROM lineage_nodes WHERE id = ?1 AND compared = 0";
    let run = sql.first(find, &[(&finished.run.to_bytes()).into()], |row| row.int(0))?;
    let Some(run) = run else { return Ok(()) };
    for digest in digests {
        if let Some(earlier) = source(sql, digest)?.run
            && earlier != run
        {
            let same = "SELECT later.number FROM lineage_nodes AS later JOIN lineage_nodes AS earlier \
                        ON earlier.work = later.work WHERE later.number = ?1 AND earlier.number = ?2";
            if sql.first(same, &[run.into(), earlier.into()], |row| row.int(0))?.is_some() {
                add_edge(sql, earlier, run, seq)?;
            }
        }
        set_source(sql, digest, "run", run)?;
    }
    Ok(())
}

fn version_added(sql: &mut Connection, added: &VersionAdded, seq: i64) -> SqlResult<()> {
    let dataset = add_node(sql, added.dataset.into(), seq, None)?;
    if let Some(run) = number_of(sql, added.run.into())? {
        add_edge(sql, run, dataset, seq)?;
    }
    if let Some(same) = source(sql, &added.content.digest)?.dataset {
        add_edge(sql, same, dataset, seq)?;
        add_edge(sql, dataset, same, seq)?;
    }
    if let Some(file) = added.source.as_ref().filter(|file| file.size > 0) {
        set_source(sql, &file.digest, "brought_in", dataset)?;
    }
    set_source(sql, &added.content.digest, "dataset", dataset)
}

fn claim_stated(sql: &mut Connection, stated: &Stated, seq: i64) -> SqlResult<()> {
    let claim = add_node(sql, stated.claim.into(), seq, None)?;
    if claim == seq {
        return Ok(());
    }
    // What was said before was judged; this was not.
    sql.execute(
        "UPDATE lineage_nodes SET revision = ?2 WHERE id = ?1",
        &[(&stated.claim.to_bytes()).into(), stated.revision.into()],
    )?;
    cut_loose(sql, claim, seq)
}

fn claim_judged(sql: &mut Connection, judged: &Judged, seq: i64) -> SqlResult<()> {
    let find = "SELECT number FROM lineage_nodes WHERE id = ?1 AND revision = ?2";
    let id = judged.claim.to_bytes();
    let current = [(&id).into(), judged.revision.into()];
    let Some(claim) = sql.first(find, &current, |row| row.int(0))? else { return Ok(()) };
    cut_loose(sql, claim, seq)?;
    for run in &judged.evidence {
        if let Some(run) = number_of(sql, (*run).into())? {
            add_edge(sql, run, claim, seq)?;
        }
    }
    Ok(())
}

/// A publication is frozen: it rests on its claims, and for ever on the runs on which they had been judged.
fn publication_made(sql: &mut Connection, made: &Made, seq: i64) -> SqlResult<()> {
    let publication = add_node(sql, made.publication.into(), seq, None)?;
    let claims = made.claims.iter().map(|claim| Node::from(*claim));
    for source in claims.chain(made.evidence.iter().map(|run| Node::from(*run))) {
        if let Some(source) = number_of(sql, source)? {
            add_edge(sql, source, publication, seq)?;
        }
    }
    Ok(())
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
