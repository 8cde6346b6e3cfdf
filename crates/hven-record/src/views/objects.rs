//! References to each object, the parts of streams, and records of removed objects.
//!
//! This view does not count the objects that other objects name (the files in a listing of a folder): garbage collection
//! reads them, because a view reads only facts.
//!
//! After an object is erased, earlier references no longer count; references of later facts count again.

use std::collections::{HashMap, HashSet};

use hven_core::{
    AttemptId, Digest, Fact, RunId,
    envelope::Header,
    references::{Need, Shape},
    run::PartSealed,
};

use super::{Changes, Partition, Seen, Table, View, conditions::ids, kinds, metric_values, pending::Count};
use crate::sql::{
    ColumnKind::{Bytes, Int, Text},
    Connection, Row, SqlError, SqlResult, Value, keys,
};

pub(crate) struct Objects;

const TABLES: &[Table] = &[
    Table {
        name: "object_refs",
        columns: &[
            ("digest", Bytes),
            // The number of facts that name it, since it was last erased.
            ("refs", Int),
            // How many of them name it as the listing of a folder, and how many as the description of a publication.
            ("listings", Int),
            ("descriptions", Int),
            // How many of them need it always, and how many need it unless it was withheld.
            ("needs", Int),
            ("needs_unless_withheld", Int),
            // The last fact that records its removal (collection or erasure), and the last that records its erasure.
            ("gone_seq", Int),
            ("erased_seq", Int),
        ],
        definition: "PRIMARY KEY (digest)) {by key}",
        indexes: &[],
        key_columns: 1,
    },
    Table {
        name: "parts",
        columns: &[
            ("run", Bytes),
            ("attempt", Int),
            ("stream", Text),
            ("part", Int),
            ("seq", Int),
            ("from_byte", Int),
            ("to_byte", Int),
            ("rows_held", Int),
            ("object", Bytes),
            ("object_bytes", Int),
            ("summary", Text),
        ],
        definition: "PRIMARY KEY (run, attempt, stream, part)) {by key}",
        indexes: &[],
        key_columns: 4,
    },
    metric_values::TABLE,
];

impl View for Objects {
    fn name(&self) -> &'static str {
        "objects"
    }
    fn version(&self) -> u32 {
        8
    }
    fn tables(&self) -> &'static [Table] {
        TABLES
    }
    fn kinds(&self) -> &'static [&'static str] {
        kinds![
            RunSubmitted,
            RunAttemptEnded,
            RunFinished,
            RunFilesAdded,
            RunPartSealed,
            RunReproduced,
            DatasetVersionAdded,
            DatasetSplitAdded,
            PublicationMade,
            CrateImported,
            ObjectsCollected,
            ObjectErased
        ]
    }
    fn partition(&self) -> Partition {
        Partition::ByRun
    }

    fn apply(&self, seen: &Seen<'_>, changes: &mut Changes<'_>) -> SqlResult<()> {
        match seen.fact {
            Some(Fact::RunPartSealed(part)) => seal(part, seen.seq(), changes),
            Some(Fact::ObjectsCollected(collected)) => {
                collected.digests.iter().try_for_each(|digest| self::collected(digest, seen.seq(), changes))
            }
            Some(Fact::ObjectErased(erased)) => self::erased(&erased.digest, seen.seq(), changes),
            Some(fact) => {
                let is_shown_again = seen.run().is_some_and(|run| changes.pending.forgotten.contains(&run));
                refer(fact, 1, is_shown_again.then_some(seen.seq()), changes)
            }
            None => Ok(()),
        }
    }

    fn forget(&self, run: RunId, facts: &[(Header, Option<Fact>)], changes: &mut Changes<'_>) -> SqlResult<()> {
        changes.pending.forgotten.insert(run);
        // The table of parts counts them, because a later part may have replaced one.
        for (header, fact) in facts {
            if let Some(fact) = fact.as_ref().filter(|fact| !matches!(fact, Fact::RunPartSealed(_))) {
                refer(fact, -1, Some(header.seq as i64), changes)?;
            }
        }
        let id = run.to_bytes();
        let find = "SELECT object, seq FROM parts WHERE run = ?1";
        let parts = changes.sql.query(find, &[(&id).into()], |row| Ok((row.array(0)?, row.int(1)?)))?;
        for (object, seq) in parts {
            add_if_it_counts(changes, Digest::from_bytes(object), PART, -1, seq)?;
        }
        metric_values::remove(run, None, None, changes.sql)?;
        changes.sql.execute("DELETE FROM parts WHERE run = ?1", &[(&id).into()]).map(drop)
    }
}

const PART: (Need, Shape) = (Need::Required, Shape::Bytes);

fn add(changes: &mut Changes<'_>, digest: Digest, (need, shape): (Need, Shape), by: i64) {
    let count = changes.pending.reference_counts.entry(digest).or_default();
    let by_if = |is_so: bool| if is_so { by } else { 0 };
    count.all += by;
    count.listings += by_if(matches!(shape, Shape::Listing | Shape::CodeListing));
    count.descriptions += by_if(shape == Shape::Description);
    count.needs += by_if(need == Need::Required);
    count.needs_unless_withheld += by_if(need == Need::UnlessWithheld);
}

/// Does the same for a fact that may be older than the erasure of the object: then the reference does not count.
fn add_if_it_counts(
    changes: &mut Changes<'_>,
    digest: Digest,
    needed: (Need, Shape),
    by: i64,
    seq: i64,
) -> SqlResult<()> {
    let find = "SELECT erased_seq FROM object_refs WHERE digest = ?1";
    let erased = changes.sql.first(find, &[digest.as_bytes().into()], |row| row.int_or_null(0))?.flatten();
    if erased.is_none_or(|erased| erased < seq) {
        add(changes, digest, needed, by);
    }
    Ok(())
}

/// Counts the references of a fact. With `seq`, the number of the fact, the fact may be older than other applied facts.
fn refer(fact: &Fact, by: i64, seq: Option<i64>, changes: &mut Changes<'_>) -> SqlResult<()> {
    let mut outcome = Ok(());
    fact.each_object(&mut |named| {
        let needed = (named.need, named.shape);
        match seq {
            None => add(changes, named.digest, needed, by),
            Some(seq) if outcome.is_ok() => outcome = add_if_it_counts(changes, named.digest, needed, by, seq),
            Some(_) => {}
        }
    });
    outcome
}

fn seal(part: &PartSealed, seq: i64, changes: &mut Changes<'_>) -> SqlResult<()> {
    let id = part.attempt.run.to_bytes();
    let place = [(&id).into(), part.attempt.number.into(), (&part.stream).into(), part.part.into()];
    // A part is sealed again after text in it was erased.
    let before = "SELECT object, seq, summary FROM parts WHERE run = ?1 AND attempt = ?2 AND stream = ?3 AND part = ?4";
    let before = changes.sql.first(before, &place, |row| Ok((row.array(0)?, row.int(1)?, row.text_or_null(2)?)))?;
    if let Some((object, seq, _)) = &before {
        add_if_it_counts(changes, Digest::from_bytes(*object), PART, -1, *seq)?;
    }
    if changes.pending.forgotten.contains(&part.attempt.run) {
        add_if_it_counts(changes, part.object, PART, 1, seq)?;
    } else {
        add(changes, part.object, PART, 1);
    }
    let summary = match part.summary.as_slice() {
        [] => None,
        lines => Some(serde_json::to_string(lines).map_err(|e| SqlError::Row(e.to_string()))?),
    };
    let values: Vec<Value<'_>> = place
        .into_iter()
        .chain([
            seq.into(),
            part.from.into(),
            part.to.into(),
            part.rows.into(),
            part.object.as_bytes().into(),
            part.object_bytes.into(),
            summary.as_ref().into(),
        ])
        .collect();
    changes.sql.execute(
        "INSERT INTO parts (run, attempt, stream, part, seq, from_byte, to_byte, rows_held, object, object_bytes, \
             summary) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) \
             ON CONFLICT (run, attempt, stream, part) DO UPDATE SET seq = excluded.seq, \
             from_byte = excluded.from_byte, to_byte = excluded.to_byte, rows_held = excluded.rows_held, \
             object = excluded.object, object_bytes = excluded.object_bytes, summary = excluded.summary",
        &values,
    )?;
    match before {
        None => metric_values::add(part.attempt, &part.summary, changes.sql),
        Some((_, _, summary)) => metric_values::again(part.attempt, summary.as_deref(), changes.sql),
    }
}

fn collected(digest: &Digest, seq: i64, changes: &mut Changes<'_>) -> SqlResult<()> {
    changes
        .sql
        .execute(
            "INSERT INTO object_refs (digest, refs, listings, descriptions, needs, needs_unless_withheld, gone_seq) \
             VALUES (?1, 0, 0, 0, 0, 0, ?2) ON CONFLICT (digest) DO UPDATE SET gone_seq = excluded.gone_seq",
            &[digest.as_bytes().into(), seq.into()],
        )
        .map(drop)
}

/// Clears the references of all facts so far.
fn erased(digest: &Digest, seq: i64, changes: &mut Changes<'_>) -> SqlResult<()> {
    changes.pending.reference_counts.remove(digest);
    changes
        .sql
        .execute(
            "INSERT INTO object_refs (digest, refs, listings, descriptions, needs, needs_unless_withheld, gone_seq, \
             erased_seq) VALUES (?1, 0, 0, 0, 0, 0, ?2, ?2) \
             ON CONFLICT (digest) DO UPDATE SET refs = 0, listings = 0, descriptions = 0, needs = 0, \
             needs_unless_withheld = 0, gone_seq = excluded.gone_seq, erased_seq = excluded.erased_seq",
            &[digest.as_bytes().into(), seq.into()],
        )
        .map(drop)
}

pub(super) fn write_references(changes: &mut Changes<'_>) -> SqlResult<()> {
    for (digest, count) in std::mem::take(&mut changes.pending.reference_counts) {
        if count == Count::default() {
            continue;
        }
        changes.sql.execute(
            "INSERT INTO object_refs (digest, refs, listings, descriptions, needs, needs_unless_withheld) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
             ON CONFLICT (digest) DO UPDATE SET refs = object_refs.refs + excluded.refs, \
             listings = object_refs.listings + excluded.listings, \
             descriptions = object_refs.descriptions + excluded.descriptions, \
             needs = object_refs.needs + excluded.needs, \
             needs_unless_withheld = object_refs.needs_unless_withheld + excluded.needs_unless_withheld",
            &[
                digest.as_bytes().into(),
                count.all.into(),
                count.listings.into(),
                count.descriptions.into(),
                count.needs.into(),
                count.needs_unless_withheld.into(),
            ],
        )?;
        if count.all < 0 {
            changes.sql.execute(
                "DELETE FROM object_refs WHERE digest = ?1 AND refs = 0 AND gone_seq IS NULL",
                &[digest.as_bytes().into()],
            )?;
        }
    }
    Ok(())
}

/// An object with references from facts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Referenced {
    pub(crate) digest: Digest,
    pub(crate) shape: Shape,
    pub(crate) need: Need,
}

/// Every object with references from facts, since its last erasure.
pub(crate) fn referenced(sql: &mut Connection) -> SqlResult<Vec<Referenced>> {
    let find = "SELECT digest, listings, descriptions, needs, needs_unless_withheld FROM object_refs \
                WHERE refs > 0 ORDER BY digest";
    sql.query(find, &[], |row| {
        // If facts describe it in two ways, use the same rule as `hven_core::references`.
        let shape = match (row.int(1)?, row.int(2)?) {
            (_, 1..) => Shape::Description,
            (1.., _) => Shape::Listing,
            _ => Shape::Bytes,
        };
        let need = match (row.int(3)?, row.int(4)?) {
            (1.., _) => Need::Required,
            (_, 1..) => Need::UnlessWithheld,
            _ => Need::Optional,
        };
        Ok(Referenced { digest: Digest::from_bytes(row.array(0)?), shape, need })
    })
}

/// How many facts name each of these objects, since its last erasure.
pub(crate) fn reference_counts(sql: &mut Connection, digests: &[Digest]) -> SqlResult<HashMap<Digest, u64>> {
    let bytes: Vec<[u8; 32]> = digests.iter().map(|digest| *digest.as_bytes()).collect();
    let find = "SELECT digest, refs FROM object_refs WHERE digest IN ({keys})";
    let counts = sql.query_in(find, &[], &keys(&bytes), |row| {
        Ok((Digest::from_bytes(row.array(0)?), u64::try_from(row.int(1)?).unwrap_or(0)))
    })?;
    Ok(counts.into_iter().collect())
}

/// Those of the objects that no fact names.
pub(crate) fn unnamed(sql: &mut Connection, digests: Vec<Digest>) -> SqlResult<Vec<Digest>> {
    let mut unnamed = Vec::new();
    for digest in digests {
        let find = "SELECT refs FROM object_refs WHERE digest = ?1";
        let refs = sql.first(find, &[digest.as_bytes().into()], |row| row.int(0))?;
        if refs.unwrap_or(0) <= 0 {
            unnamed.push(digest);
        }
    }
    Ok(unnamed)
}

/// Objects that were erased and that no later fact names. A listing that a later fact names may name them.
pub(crate) fn erased_objects(sql: &mut Connection) -> SqlResult<HashSet<Digest>> {
    digests(sql, "SELECT digest FROM object_refs WHERE erased_seq IS NOT NULL AND refs = 0")
}

/// Those of the erased objects without a later record: their bytes must be removed.
pub(crate) fn to_be_gone(sql: &mut Connection) -> SqlResult<HashSet<Digest>> {
    digests(sql, "SELECT digest FROM object_refs WHERE erased_seq = gone_seq AND refs = 0")
}

fn digests(sql: &mut Connection, find: &str) -> SqlResult<HashSet<Digest>> {
    Ok(sql.query(find, &[], |row| Ok(Digest::from_bytes(row.array(0)?)))?.into_iter().collect())
}

const PART_COLUMNS: &str = "attempt, stream, part, from_byte, to_byte, rows_held, object, object_bytes, summary, run";

fn part(row: &Row<'_>) -> SqlResult<PartSealed> {
    let summary = match row.text_or_null(8)? {
        Some(text) => {
            serde_json::from_str(&text).map_err(|e| SqlError::Row(format!("a summary cannot be read: {e}")))?
        }
        None => Vec::new(),
    };
    Ok(PartSealed {
        attempt: AttemptId { run: RunId::from_bytes(row.array(9)?), number: row.int(0)? as u32 },
        stream: row.text(1)?,
        part: row.int(2)? as u32,
        from: row.uint(3)?,
        to: row.uint(4)?,
        rows: row.uint(5)?,
        object: Digest::from_bytes(row.array(6)?),
        object_bytes: row.uint(7)?,
        summary,
    })
}

/// The parts of all attempts of a run, in order.
pub(crate) fn parts_of_run(sql: &mut Connection, run: RunId) -> SqlResult<Vec<PartSealed>> {
    let find = format!("SELECT {PART_COLUMNS} FROM parts WHERE run = ?1 ORDER BY attempt, stream, part");
    sql.query(&find, &[(&run.to_bytes()).into()], part)
}

/// The parts of one attempt, in order.
pub(crate) fn parts_of_attempt(sql: &mut Connection, attempt: AttemptId) -> SqlResult<Vec<PartSealed>> {
    let find = format!("SELECT {PART_COLUMNS} FROM parts WHERE run = ?1 AND attempt = ?2 ORDER BY stream, part");
    sql.query(&find, &[(&attempt.run.to_bytes()).into(), attempt.number.into()], part)
}

/// Whether an attempt has parts, of any stream.
pub(crate) fn has_parts(sql: &mut Connection, attempt: AttemptId) -> SqlResult<bool> {
    let find = "SELECT 1 FROM parts WHERE run = ?1 AND attempt = ?2 LIMIT 1";
    let run = attempt.run.to_bytes();
    Ok(sql.first(find, &[(&run).into(), attempt.number.into()], |_| Ok(()))?.is_some())
}

/// The attempts of these runs with a part of a log.
pub(crate) fn attempts_with_logs(sql: &mut Connection, runs: &[RunId]) -> SqlResult<Vec<AttemptId>> {
    let find = "SELECT DISTINCT run, attempt FROM parts WHERE run IN ({keys}) AND stream = 'log'";
    sql.query_in(find, &[], &keys(&ids(runs)), |row| {
        Ok(AttemptId { run: RunId::from_bytes(row.array(0)?), number: row.int(1)? as u32 })
    })
}

/// The offset up to which parts contain a stream.
pub(crate) fn sealed_to(sql: &mut Connection, attempt: AttemptId, stream: &str) -> SqlResult<u64> {
    let find = "SELECT to_byte FROM parts WHERE run = ?1 AND attempt = ?2 AND stream = ?3 ORDER BY part DESC LIMIT 1";
    let run = attempt.run.to_bytes();
    let values = [(&run).into(), attempt.number.into(), stream.into()];
    Ok(sql.first(find, &values, |row| row.uint(0))?.unwrap_or(0))
}
