//! Views: tables derived from facts, one noun per file.
//!
//! A view says which kinds of facts it reads, which tables it has, and what one fact changes in them. It never reads a
//! clock, a row id, another view or the order of a map, so the same facts always give the same tables. When a view's
//! version changes, that view alone is built anew. A fact whose payload was erased is shown to a view without it: what
//! the header says stays, the rest becomes a tombstone.

pub(crate) mod access;
pub(crate) mod additions;
pub(crate) mod capture_notes;
pub(crate) mod claims;
pub(crate) mod datasets;
pub(crate) mod files;
pub(crate) mod labels;
pub(crate) mod lineage;
pub(crate) mod objects;
pub(crate) mod params;
pub(crate) mod projects;
pub(crate) mod publications;
pub(crate) mod queries;
pub(crate) mod reproductions;
pub(crate) mod run_rows;
pub(crate) mod run_views;
pub(crate) mod runners;
pub(crate) mod runs;
pub(crate) mod soundness;
pub(crate) mod users;

use std::collections::{BTreeMap, HashMap, HashSet};

use hven_core::{Digest, Fact, RunId, envelope::Header};

pub(crate) use objects::{Referenced, erased_objects, referenced, sealed_to, to_be_gone};
pub(crate) use run_rows::Standing;

use crate::sql::{ColumnKind, Connection, SqlResult};

/// A table of a view. The first columns are its key, in whose order it is compared.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) columns: &'static [(&'static str, ColumnKind)],
    /// What follows the columns' names and types in the definition: constraints, and `{by key}` for tables that are
    /// stored in the order of their key.
    pub(crate) definition: &'static str,
    /// Each `name ON table (columns)`, perhaps with a condition.
    pub(crate) indexes: &'static [&'static str],
    /// How many of the columns are the key.
    pub(crate) key_columns: usize,
}

/// A fact as a view sees it.
pub(crate) struct Seen<'a> {
    pub(crate) header: &'a Header,
    /// `None` when its payload was erased.
    pub(crate) fact: Option<&'a Fact>,
}

impl Seen<'_> {
    pub(crate) fn seq(&self) -> i64 {
        self.header.seq as i64
    }
    /// The run that it is about.
    pub(crate) fn run(&self) -> Option<RunId> {
        self.header.subject.map(RunId::from_u128)
    }
}

/// A transaction in which views change. Numbers that many facts move are gathered and written once, at its end.
pub(crate) struct Changes<'a> {
    pub(crate) sql: &'a mut Connection,
    pub(crate) gathered: Gathered,
}

#[derive(Default)]
pub(crate) struct Gathered {
    /// How many runs more or fewer are in a state of a project.
    pub(crate) runs: BTreeMap<(String, i64), i64>,
    /// How many references more or fewer an object has.
    pub(crate) references: BTreeMap<Digest, objects::Count>,
    /// Runs that were forgotten: their facts are shown again, although later ones were shown before.
    pub(crate) forgotten: HashSet<RunId>,
    /// Where unfinished runs stand, so that a fact about one need not look it up.
    pub(crate) standing: HashMap<RunId, Standing>,
    /// Runs whose rows changed and are not written yet, in this order.
    pub(crate) touched: Vec<RunId>,
}

impl<'a> Changes<'a> {
    pub(crate) fn new(sql: &'a mut Connection) -> Self {
        Self { sql, gathered: Gathered::default() }
    }

    /// Writes what was gathered; the transaction may then be committed.
    pub(crate) fn finish(&mut self) -> SqlResult<()> {
        run_rows::write(self)?;
        runs::write_counts(self)?;
        objects::write_references(self)
    }
}

/// Whether the rows of a view belong to one run each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Partition {
    ByRun,
    Whole,
}

pub(crate) trait View: Sync {
    fn name(&self) -> &'static str;
    fn version(&self) -> u32;
    fn tables(&self) -> &'static [Table];
    /// The kinds of facts that change it.
    fn kinds(&self) -> &'static [&'static str];
    fn apply(&self, seen: &Seen<'_>, changes: &mut Changes<'_>) -> SqlResult<()>;
    fn partition(&self) -> Partition {
        Partition::Whole
    }
    /// For views partitioned by run: takes out all that these facts about the run brought in.
    fn forget(&self, _run: RunId, _facts: &[(Header, Option<Fact>)], _changes: &mut Changes<'_>) -> SqlResult<()> {
        Ok(())
    }
}

pub(crate) const ALL: [&dyn View; 17] = [
    &runs::Runs,
    &params::Params,
    &additions::Additions,
    &capture_notes::CaptureNotes,
    &labels::Labels,
    &files::Files,
    &objects::Objects,
    &users::Users,
    &access::Access,
    &projects::Projects,
    &runners::Runners,
    &datasets::Datasets,
    &claims::Claims,
    &reproductions::Reproductions,
    &publications::Publications,
    &lineage::Lineage,
    &soundness::Soundness,
];

/// Shows a fact to every view that reads its kind.
pub(crate) fn apply(seen: &Seen<'_>, changes: &mut Changes<'_>) -> SqlResult<()> {
    for view in ALL {
        if view.kinds().contains(&seen.header.kind.as_str()) {
            view.apply(seen, changes)?;
        }
    }
    Ok(())
}

/// Where a table is made: among the others, or as a table that hides one of them from a single connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Main,
    Shadow,
}

pub(crate) fn create_tables(view: &dyn View, sql: &mut Connection, place: Place) -> SqlResult<()> {
    let (temporary, schema) = match place {
        Place::Main => ("", ""),
        Place::Shadow if sql.is_sqlite() => ("TEMP", "temp."),
        Place::Shadow => ("TEMP", ""),
    };
    for table in view.tables() {
        let columns: Vec<String> = table
            .columns
            .iter()
            .map(|(name, kind)| {
                let kind = match kind {
                    ColumnKind::Int => "BIGINT",
                    ColumnKind::Real => "DOUBLE",
                    ColumnKind::Text => "TEXT",
                    ColumnKind::Bytes => "BYTES",
                };
                format!("{name} {kind}")
            })
            .collect();
        sql.run(&format!("CREATE {temporary} TABLE {} ({}, {}", table.name, columns.join(", "), table.definition))?;
        for index in table.indexes {
            sql.run(&format!("CREATE INDEX {schema}{index}"))?;
        }
    }
    Ok(())
}

pub(crate) fn drop_tables(view: &dyn View, sql: &mut Connection) -> SqlResult<()> {
    view.tables().iter().try_for_each(|table| sql.run(&format!("DROP TABLE IF EXISTS {}", table.name)))
}
