//! The catalogue: versions of datasets, their splits, readings of held-out parts, and runs whose results belong here.
//!
//! Rows contain the columns for searches; the rest is read from the facts that they name.

use std::collections::{BTreeSet, HashMap};

use hven_app::ports::{
    StoreResult,
    catalogue::{Catalogued, DatasetView, HoldOutReadView, SplitView},
    run::UnprocessedRun,
    views::{ListQuery, Page},
};
use hven_core::{
    DatasetId, Digest, Fact, RunId, catalogue::Purpose, envelope::Envelope, handle::Handle, name::Name,
    project::ProjectPath, run::State,
};

use super::{
    Changes, Edges, Seen, Table, View,
    conditions::{Conditions, newest_first},
    kinds,
    lineage::{add_edge, add_with_named, set_source, source},
    read_back::unsettled,
    run_state::state_to_int,
};
use crate::{
    facts,
    sql::{
        ColumnKind::{Bytes, Int, Text},
        Connection, Row, SqlError, SqlResult, Value, keys,
    },
};

pub(crate) struct Datasets;

const TABLES: &[Table] = &[
    Table {
        name: "datasets",
        columns: &[
            ("id", Bytes),
            ("seq", Int),
            ("project", Text),
            ("name", Text),
            ("version", Int),
            ("run", Bytes),
            ("content", Bytes),
            ("search", Text),
        ],
        definition: "PRIMARY KEY (id)) {by key}",
        indexes: &[
            "datasets_name ON datasets (name, project, version)",
            "datasets_seq ON datasets (seq)",
            "datasets_content ON datasets (content)",
            "datasets_run ON datasets (run)",
        ],
        key_columns: 1,
    },
    Table {
        name: "splits",
        columns: &[("dataset", Bytes), ("seq", Int), ("run", Bytes)],
        definition: "PRIMARY KEY (dataset, seq)) {by key}",
        indexes: &["splits_run ON splits (run)"],
        key_columns: 2,
    },
    Table {
        name: "split_parts",
        columns: &[("dataset", Bytes), ("part", Text), ("seq", Int), ("content", Bytes), ("held_out", Int)],
        definition: "PRIMARY KEY (dataset, part, seq)) {by key}",
        indexes: &["split_parts_content ON split_parts (content)"],
        key_columns: 3,
    },
    Table {
        name: "hold_out_reads",
        columns: &[("dataset", Bytes), ("seq", Int)],
        definition: "PRIMARY KEY (dataset, seq)) {by key}",
        indexes: &[],
        key_columns: 2,
    },
    Table {
        name: "purposes",
        columns: &[("run", Bytes), ("seq", Int), ("settled", Int)],
        definition: "PRIMARY KEY (run)) {by key}",
        indexes: &[],
        key_columns: 1,
    },
];

impl View for Datasets {
    fn name(&self) -> &'static str {
        "datasets"
    }
    fn version(&self) -> u32 {
        1
    }
    fn tables(&self) -> &'static [Table] {
        TABLES
    }
    fn kinds(&self) -> &'static [&'static str] {
        kinds![RunSubmitted, DatasetVersionAdded, DatasetSplitAdded, DatasetHoldOutRead]
    }
    fn edges(&self) -> Option<&'static Edges> {
        Some(&EDGES)
    }

    fn apply(&self, seen: &Seen<'_>, changes: &mut Changes<'_>) -> SqlResult<()> {
        let sql = &mut *changes.sql;
        match seen.fact {
            Some(Fact::RunSubmitted(submitted)) if submitted.purpose.as_ref().is_some_and(Purpose::is_catalogued) => {
                sql.execute(
                    "INSERT INTO purposes (run, seq, settled) VALUES (?1, ?2, 0) ON CONFLICT (run) DO NOTHING",
                    &[(&submitted.run.to_bytes()).into(), seen.seq().into()],
                )
                .map(drop)
            }
            Some(Fact::DatasetVersionAdded(added)) => {
                let description = added.description.as_deref().unwrap_or_default();
                let search = format!("{} {} {description}", added.name, added.project).to_lowercase();
                sql.execute(
                    "INSERT INTO datasets (id, seq, project, name, version, run, content, search) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (id) DO NOTHING",
                    &[
                        (&added.dataset.to_bytes()).into(),
                        seen.seq().into(),
                        added.project.as_str().into(),
                        added.name.as_str().into(),
                        added.version.into(),
                        (&added.run.to_bytes()).into(),
                        added.content.digest.as_bytes().into(),
                        (&search).into(),
                    ],
                )?;
                settle(sql, added.run)
            }
            Some(Fact::DatasetSplitAdded(added)) => {
                let dataset = added.dataset.to_bytes();
                sql.execute(
                    "INSERT INTO splits (dataset, seq, run) VALUES (?1, ?2, ?3)",
                    &[(&dataset).into(), seen.seq().into(), (&added.run.to_bytes()).into()],
                )?;
                for part in &added.parts {
                    sql.execute(
                        "INSERT INTO split_parts (dataset, part, seq, content, held_out) VALUES (?1, ?2, ?3, ?4, ?5)",
                        &[
                            (&dataset).into(),
                            part.name.as_str().into(),
                            seen.seq().into(),
                            part.content.digest.as_bytes().into(),
                            Value::Int(part.hold_out.into()),
                        ],
                    )?;
                }
                settle(sql, added.run)
            }
            Some(Fact::DatasetHoldOutRead(read)) => sql
                .execute(
                    "INSERT INTO hold_out_reads (dataset, seq) VALUES (?1, ?2)",
                    &[(&read.dataset.to_bytes()).into(), seen.seq().into()],
                )
                .map(drop),
            _ => Ok(()),
        }
    }
}

const EDGES: Edges = Edges { kinds: kinds![DatasetVersionAdded], draw };

fn draw(seen: &Seen<'_>, sql: &mut Connection) -> SqlResult<()> {
    let Some(dataset) = add_with_named(sql, seen, DatasetId::from_u128)? else { return Ok(()) };
    let Some(trace) = seen.trace() else { return Ok(()) };
    for content in &trace.makes {
        if let Some(same) = source(sql, content)?.dataset {
            add_edge(sql, same, dataset, seen.seq())?;
            add_edge(sql, dataset, same, seen.seq())?;
        }
        set_source(sql, content, "dataset", dataset)?;
    }
    match &trace.source {
        Some(file) => set_source(sql, file, "brought_in", dataset),
        None => Ok(()),
    }
}

fn settle(sql: &mut Connection, run: RunId) -> SqlResult<()> {
    sql.execute("UPDATE purposes SET settled = 1 WHERE run = ?1", &[(&run.to_bytes()).into()]).map(drop)
}

const COLUMNS: &str = "seq, (SELECT COUNT(*) FROM datasets AS later WHERE later.name = datasets.name \
                       AND later.project = datasets.project AND later.version > datasets.version), \
                       (SELECT COUNT(*) FROM splits WHERE splits.dataset = datasets.id), \
                       (SELECT handle FROM runs WHERE runs.id = datasets.run)";

/// The row of a version before its fact is read.
struct Found {
    seq: u64,
    newest: bool,
    splits: u32,
    handle: Handle,
}

fn found(row: &Row<'_>) -> SqlResult<Found> {
    Ok(Found {
        seq: row.uint(0)?,
        newest: row.int(1)? == 0,
        splits: row.int(2)? as u32,
        handle: Handle { count: row.int_or_null(3)?.unwrap_or(0) as u64 },
    })
}

/// Datasets that match a condition, in its order.
fn load(sql: &mut Connection, condition: &str, values: &[Value<'_>]) -> SqlResult<Vec<DatasetView>> {
    let rows = sql.query(&format!("SELECT {COLUMNS} FROM datasets {condition}"), values, found)?;
    complete(sql, rows)
}

/// The versions with these ids.
pub(crate) fn many(sql: &mut Connection, datasets: &[DatasetId]) -> SqlResult<Vec<DatasetView>> {
    let ids: Vec<[u8; 16]> = datasets.iter().map(|dataset| dataset.to_bytes()).collect();
    let find = format!("SELECT {COLUMNS} FROM datasets WHERE id IN ({{keys}}) ORDER BY seq");
    let rows = sql.query_in(&find, &[], &keys(&ids), found)?;
    complete(sql, rows)
}

fn complete(sql: &mut Connection, rows: Vec<Found>) -> SqlResult<Vec<DatasetView>> {
    let seqs: Vec<u64> = rows.iter().map(|found| found.seq).collect();
    let facts = facts::many(sql, &seqs)?;
    let mut datasets = Vec::with_capacity(rows.len());
    for Found { seq, newest, splits, handle } in rows {
        let Some(envelope) = facts.get(&seq) else { continue };
        let Some(Fact::DatasetVersionAdded(version)) = envelope.readable_fact()? else { continue };
        datasets.push(DatasetView {
            version: *version,
            added: envelope.header.time,
            added_by: envelope.header.actor,
            handle,
            newest,
            splits,
        });
    }
    Ok(datasets)
}

pub(crate) fn one(sql: &mut Connection, dataset: DatasetId) -> SqlResult<Option<DatasetView>> {
    Ok(load(sql, "WHERE id = ?1", &[(&dataset.to_bytes()).into()])?.pop())
}

pub(crate) fn named(sql: &mut Connection, name: &Name, version: Option<u32>) -> SqlResult<Vec<DatasetView>> {
    match version {
        Some(version) => {
            let condition = "WHERE name = ?1 AND version = ?2 ORDER BY project";
            load(sql, condition, &[name.as_str().into(), version.into()])
        }
        None => {
            let condition = format!("WHERE name = ?1 AND {NEWEST} ORDER BY project");
            load(sql, &condition, &[name.as_str().into()])
        }
    }
}

/// Selects the newest version of each name.
const NEWEST: &str = "version = (SELECT MAX(version) FROM datasets AS any_version \
                      WHERE any_version.name = datasets.name AND any_version.project = datasets.project)";

/// The maximum number of names in one statement.
const NAMES_PER_STATEMENT: usize = 200;

pub(crate) fn versions(sql: &mut Connection, names: &[(ProjectPath, Name)]) -> SqlResult<Vec<DatasetView>> {
    let mut all = Vec::new();
    for names in names.chunks(NAMES_PER_STATEMENT) {
        let wanted = |n: usize| format!("name = ?{} AND project = ?{}", 2 * n + 1, 2 * n + 2);
        let wanted: Vec<String> = (0..names.len()).map(wanted).collect();
        let values: Vec<Value<'_>> =
            names.iter().flat_map(|(project, name)| [name.as_str().into(), project.as_str().into()]).collect();
        let mut found = load(sql, &format!("WHERE {} ORDER BY version DESC", wanted.join(" OR ")), &values)?;
        let places: HashMap<_, usize> = names.iter().enumerate().map(|(place, name)| (name, place)).collect();
        found.sort_by_key(|one| places.get(&(one.version.project.clone(), one.version.name.clone())).copied());
        all.extend(found);
    }
    Ok(all)
}

pub(crate) fn page(sql: &mut Connection, query: &ListQuery) -> StoreResult<Page<DatasetView>> {
    let mut conditions = Conditions::default();
    conditions.texts.push(NEWEST.to_owned());
    newest_first(sql, "datasets", query, conditions, load)
}

pub(crate) fn of_run(sql: &mut Connection, run: RunId) -> SqlResult<Vec<DatasetView>> {
    load(sql, "WHERE run = ?1 ORDER BY seq", &[(&run.to_bytes()).into()])
}

pub(crate) fn split_of_run(sql: &mut Connection, run: RunId) -> SqlResult<Option<DatasetId>> {
    let find = "SELECT dataset FROM splits WHERE run = ?1 ORDER BY seq LIMIT 1";
    sql.first(find, &[(&run.to_bytes()).into()], |row| Ok(DatasetId::from_bytes(row.array(0)?)))
}

/// The newest split of each name, in the order of creation.
pub(crate) fn splits(sql: &mut Connection, dataset: DatasetId) -> SqlResult<Vec<SplitView>> {
    let find = "SELECT seq, (SELECT handle FROM runs WHERE runs.id = splits.run) FROM splits \
                WHERE dataset = ?1 ORDER BY seq";
    let rows = sql.query(find, &[(&dataset.to_bytes()).into()], |row| {
        Ok((row.uint(0)?, row.int_or_null(1)?.unwrap_or(0) as u64))
    })?;
    let seqs: Vec<u64> = rows.iter().map(|(seq, _)| *seq).collect();
    let facts = facts::many(sql, &seqs)?;
    let mut splits: Vec<SplitView> = Vec::with_capacity(rows.len());
    for (seq, count) in rows {
        let fact = facts.get(&seq).map(Envelope::readable_fact).transpose()?.flatten();
        let Some(Fact::DatasetSplitAdded(added)) = fact else { continue };
        splits.retain(|earlier| earlier.name != added.name);
        splits.push(SplitView {
            name: added.name,
            method: added.method,
            run: added.run,
            handle: Handle { count },
            parts: added.parts,
        });
    }
    Ok(splits)
}

pub(crate) fn catalogued(sql: &mut Connection, digests: &[Digest]) -> SqlResult<Vec<Catalogued>> {
    let mut found = Vec::new();
    for &digest in digests {
        let value = [digest.as_bytes().into()];
        let whole = "SELECT id, (SELECT COUNT(*) FROM split_parts WHERE split_parts.dataset = datasets.id \
                     AND split_parts.held_out = 1) FROM datasets WHERE content = ?1 ORDER BY seq";
        found.extend(sql.query(whole, &value, |row| {
            let dataset = DatasetId::from_bytes(row.array(0)?);
            Ok(Catalogued { digest, dataset, part: None, held_out: row.int(1)? > 0 })
        })?);
        let part = "SELECT dataset, part, held_out FROM split_parts WHERE content = ?1 ORDER BY seq, part";
        found.extend(sql.query(part, &value, |row| {
            let part = row.text(1)?.parse().map_err(|e| SqlError::Row(format!("a part's name cannot be read: {e}")))?;
            let dataset = DatasetId::from_bytes(row.array(0)?);
            Ok(Catalogued { digest, dataset, part: Some(part), held_out: row.int(2)? == 1 })
        })?);
    }
    // If a split was created twice, the query returns the same parts twice.
    let mut seen = BTreeSet::new();
    found.retain(|one| seen.insert((one.digest, one.dataset, one.part.clone())));
    for one in found.iter_mut().filter(|one| one.part.is_some() && !one.held_out) {
        one.held_out = is_held_out_elsewhere(&splits(sql, one.dataset)?, one.digest);
    }
    Ok(found)
}

/// Whether a part may contain rows that another split holds out. Only old versions created such splits.
fn is_held_out_elsewhere(splits: &[SplitView], part: Digest) -> bool {
    let holds_out = |split: &&SplitView| split.parts.iter().any(|part| part.hold_out);
    let has = |split: &SplitView| split.parts.iter().any(|one| one.content.digest == part);
    splits.iter().filter(holds_out).any(|split| !has(split))
}

pub(crate) fn hold_out_reads(
    sql: &mut Connection,
    dataset: DatasetId,
    limit: usize,
) -> SqlResult<Vec<HoldOutReadView>> {
    let find = "SELECT seq FROM hold_out_reads WHERE dataset = ?1 ORDER BY seq DESC LIMIT ?2";
    let id = dataset.to_bytes();
    let values = [(&id).into(), Value::Int(limit as i64)];
    facts::load_mapped(sql, find, &values, |fact, time, actor| match fact {
        Fact::DatasetHoldOutRead(read) => Some(HoldOutReadView { part: read.part, by: read.by, actor, time }),
        _ => None,
    })
}

pub(crate) fn hold_out_read_count(sql: &mut Connection, dataset: DatasetId) -> SqlResult<u64> {
    let count = "SELECT COUNT(*) FROM hold_out_reads WHERE dataset = ?1";
    Ok(sql.first(count, &[(&dataset.to_bytes()).into()], |row| row.uint(0))?.unwrap_or(0))
}

pub(crate) fn runs_to_settle(sql: &mut Connection) -> SqlResult<Vec<UnprocessedRun>> {
    let find = "SELECT purposes.run, runs.ended_seq FROM purposes JOIN runs ON runs.id = purposes.run \
                WHERE purposes.settled = 0 AND (runs.ended_seq IS NULL OR runs.state = ?1) ORDER BY purposes.seq";
    sql.query(find, &[state_to_int(State::Done).into()], unsettled)
}
