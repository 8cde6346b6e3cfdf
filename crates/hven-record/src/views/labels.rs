//! Labels of runs: their tags, and the facts of their newest notes. The row of a run contains whether it is archived,
//! because lists and counts need it.

use std::collections::{BTreeSet, HashMap};

use hven_app::ports::{
    StoreResult,
    views::{ListQuery, NoteView, Page, TagView},
};
use hven_core::{
    Fact, RunId,
    envelope::{Envelope, Header},
    fact::kind,
    labels::Tag,
};

use super::{
    Changes, Partition, Seen, Table, View,
    conditions::{Conditions, NOT_ARCHIVED, NOT_OWN, PAGE_MAX, foreign_cursor, ids},
    kinds,
};
use crate::sql::{
    ColumnKind::{Bytes, Int, Text},
    Connection, SqlResult, keys,
};

pub(crate) struct Labels;

const TABLES: &[Table] = &[
    Table {
        name: "run_tags",
        columns: &[("run", Bytes), ("tag", Text)],
        definition: "PRIMARY KEY (run, tag)) {by key}",
        indexes: &["run_tags_tag ON run_tags (tag, run)"],
        key_columns: 2,
    },
    Table {
        name: "run_notes",
        columns: &[("run", Bytes), ("seq", Int)],
        definition: "PRIMARY KEY (run)) {by key}",
        indexes: &[],
        key_columns: 1,
    },
];

impl View for Labels {
    fn name(&self) -> &'static str {
        "labels"
    }
    fn version(&self) -> u32 {
        1
    }
    fn tables(&self) -> &'static [Table] {
        TABLES
    }
    fn kinds(&self) -> &'static [&'static str] {
        kinds![RunTagged, RunNoted]
    }
    fn partition(&self) -> Partition {
        Partition::ByRun
    }

    fn apply(&self, seen: &Seen<'_>, changes: &mut Changes<'_>) -> SqlResult<()> {
        let Some(run) = seen.run() else { return Ok(()) };
        let id = run.to_bytes();
        match (seen.header.kind.as_str(), seen.fact) {
            (kind::RunTagged, Some(Fact::RunTagged(tagged))) => {
                for tag in &tagged.removed {
                    let values = [(&id).into(), tag.as_str().into()];
                    changes.sql.execute("DELETE FROM run_tags WHERE run = ?1 AND tag = ?2", &values)?;
                }
                for tag in &tagged.added {
                    let values = [(&id).into(), tag.as_str().into()];
                    let add = "INSERT INTO run_tags (run, tag) VALUES (?1, ?2) ON CONFLICT (run, tag) DO NOTHING";
                    changes.sql.execute(add, &values)?;
                }
                Ok(())
            }
            (kind::RunNoted, Some(Fact::RunNoted(noted))) if noted.text.is_empty() => {
                changes.sql.execute("DELETE FROM run_notes WHERE run = ?1", &[(&id).into()]).map(drop)
            }
            // Keep an erased note, because readers see that it was erased.
            (kind::RunNoted, _) => changes
                .sql
                .execute(
                    "INSERT INTO run_notes (run, seq) VALUES (?1, ?2) ON CONFLICT (run) DO UPDATE SET seq = excluded.seq",
                    &[(&id).into(), seen.seq().into()],
                )
                .map(drop),
            _ => Ok(()),
        }
    }

    fn forget(&self, run: RunId, _: &[(Header, Option<Fact>)], changes: &mut Changes<'_>) -> SqlResult<()> {
        changes.sql.execute("DELETE FROM run_tags WHERE run = ?1", &[(&run.to_bytes()).into()])?;
        changes.sql.execute("DELETE FROM run_notes WHERE run = ?1", &[(&run.to_bytes()).into()]).map(drop)
    }
}

/// The tags of runs.
pub(super) fn tags_of(sql: &mut Connection, runs: &[RunId]) -> SqlResult<HashMap<RunId, BTreeSet<Tag>>> {
    let ids = ids(runs);
    let find = "SELECT run, tag FROM run_tags WHERE run IN ({keys})";
    let rows = sql
        .query_in(find, &[], &keys(&ids), |row| Ok((RunId::from_bytes(row.array(0)?), row.text(1)?.parse::<Tag>()?)))?;
    let mut tags: HashMap<RunId, BTreeSet<Tag>> = HashMap::new();
    for (run, tag) in rows {
        tags.entry(run).or_default().insert(tag);
    }
    Ok(tags)
}

/// The facts of the newest notes on runs.
pub(super) fn note_seqs_of(sql: &mut Connection, runs: &[RunId]) -> SqlResult<HashMap<RunId, u64>> {
    let ids = ids(runs);
    let find = "SELECT run, seq FROM run_notes WHERE run IN ({keys})";
    let rows = sql.query_in(find, &[], &keys(&ids), |row| Ok((RunId::from_bytes(row.array(0)?), row.uint(1)?)))?;
    Ok(rows.into_iter().collect())
}

/// The note in a fact.
pub(super) fn note_in(envelope: &Envelope) -> SqlResult<NoteView> {
    let text = match envelope.readable_fact()? {
        Some(Fact::RunNoted(noted)) => Some(noted.text),
        _ => None,
    };
    Ok(NoteView { text, by: envelope.header.actor, time: envelope.header.time })
}

/// The tags of runs that are visible with these roles, by name. The cursor is the last tag of the previous page.
pub(crate) fn tags_page(sql: &mut Connection, ListQuery { scopes, filter }: &ListQuery) -> StoreResult<Page<TagView>> {
    let limit = filter.limit.clamp(1, PAGE_MAX);
    let mut conditions = Conditions::default();
    conditions.scopes(scopes);
    if let Some(project) = &filter.project {
        conditions.within_project(project);
    }
    if let Some(cursor) = &filter.cursor {
        let last = cursor.parse::<Tag>().map_err(|_| foreign_cursor(cursor))?;
        conditions.after_tag(&last);
    }
    let listed = format!("SUM(CASE WHEN {NOT_ARCHIVED} AND {NOT_OWN} THEN 1 ELSE 0 END)");
    let find = format!(
        "SELECT tag, CAST({listed} AS BIGINT) FROM run_tags JOIN runs ON runs.id = run_tags.run {} GROUP BY tag \
         ORDER BY tag LIMIT {}",
        conditions.text(),
        limit + 1
    );
    let mut items = sql.query(&find, &conditions.values(), |row| {
        Ok(TagView { tag: row.text(0)?.parse::<Tag>()?, runs: row.uint(1)? })
    })?;
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|last| last.tag.to_string());
    Ok(Page { items, next })
}
