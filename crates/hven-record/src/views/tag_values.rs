//! The tags with values that other programs set on runs: the texts in the document that a door keeps about a run. Lists filter
//! and sort by them, so they are in the order of the names, too.

use std::collections::{BTreeMap, HashMap};

use hven_core::{Fact, RunId, document::Kept, envelope::Header, fact::kind, name::Name};

use super::{Changes, Partition, Seen, Table, View, conditions::ids, kinds, metric_values::name_bits};
use crate::sql::{
    ColumnKind::{Bytes, Int, Text},
    Connection, SqlResult, keys,
};

pub(crate) struct TagValues;

const TABLES: &[Table] = &[Table {
    name: "run_tag_values",
    columns: &[("run", Bytes), ("door", Text), ("tag", Text), ("name", Int), ("text", Text)],
    definition: "PRIMARY KEY (run, door, tag)) {by key}",
    indexes: &["run_tag_values_name ON run_tag_values (name, run)"],
    key_columns: 3,
}];

impl View for TagValues {
    fn name(&self) -> &'static str {
        "tag_values"
    }
    fn version(&self) -> u32 {
        1
    }
    fn tables(&self) -> &'static [Table] {
        TABLES
    }
    fn kinds(&self) -> &'static [&'static str] {
        kinds![DocumentKept, DocumentRemoved]
    }
    fn partition(&self) -> Partition {
        Partition::ByRun
    }

    fn apply(&self, seen: &Seen<'_>, changes: &mut Changes<'_>) -> SqlResult<()> {
        match (seen.header.kind.as_str(), seen.fact, seen.run()) {
            (_, Some(Fact::DocumentKept(kept)), _) => set(kept, changes.sql),
            (_, Some(Fact::DocumentRemoved(removed)), Some(run)) if removed.document.id == run.to_string() => {
                forget_of(run, &removed.document.door, changes.sql)
            }
            // An erased document may have been that of the run: earlier tags count no longer.
            (kind::DocumentKept, None, Some(run)) => self.forget(run, &[], changes),
            _ => Ok(()),
        }
    }

    fn forget(&self, run: RunId, _: &[(Header, Option<Fact>)], changes: &mut Changes<'_>) -> SqlResult<()> {
        changes.sql.execute("DELETE FROM run_tag_values WHERE run = ?1", &[(&run.to_bytes()).into()]).map(drop)
    }
}

fn forget_of(run: RunId, door: &Name, sql: &mut Connection) -> SqlResult<()> {
    let id = run.to_bytes();
    let of = [(&id).into(), door.as_str().into()];
    sql.execute("DELETE FROM run_tag_values WHERE run = ?1 AND door = ?2", &of).map(drop)
}

fn set(kept: &Kept, sql: &mut Connection) -> SqlResult<()> {
    let Some((run, tags)) = kept.tags_of_run() else { return Ok(()) };
    let door = &kept.document.door;
    forget_of(run, door, sql)?;
    let id = run.to_bytes();
    for (tag, text) in tags {
        let values = [(&id).into(), door.as_str().into(), tag.into(), name_bits(tag).into(), text.into()];
        let add = "INSERT INTO run_tag_values (run, door, tag, name, text) VALUES (?1, ?2, ?3, ?4, ?5)";
        sql.execute(add, &values)?;
    }
    Ok(())
}

/// The tags of runs, by name. If several programs set a tag of one name, that of the last door in the order of names counts.
pub(crate) fn of_runs(sql: &mut Connection, runs: &[RunId]) -> SqlResult<HashMap<RunId, BTreeMap<String, String>>> {
    let ids = ids(runs);
    let find = "SELECT run, door, tag, text FROM run_tag_values WHERE run IN ({keys})";
    let mut rows = sql.query_in(find, &[], &keys(&ids), |row| {
        Ok((RunId::from_bytes(row.array(0)?), row.text(1)?, row.text(2)?, row.text(3)?))
    })?;
    rows.sort_unstable();
    let mut found: HashMap<RunId, BTreeMap<String, String>> = HashMap::new();
    for (run, _, tag, text) in rows {
        found.entry(run).or_default().insert(tag, text);
    }
    Ok(found)
}
