//! What a view is: its tables, and the facts that change them.

use hven_core::{Fact, RunId, envelope::Header};

use super::gathered::Gathered;
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

impl<'a> Changes<'a> {
    pub(crate) fn new(sql: &'a mut Connection) -> Self {
        Self { sql, gathered: Gathered::default() }
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
    /// What the facts of its noun bring into the lineage.
    fn edges(&self) -> Option<&'static Edges> {
        None
    }
    /// For views partitioned by run: takes out all that these facts about the run brought in.
    fn forget(&self, _run: RunId, _facts: &[(Header, Option<Fact>)], _changes: &mut Changes<'_>) -> SqlResult<()> {
        Ok(())
    }
}

/// Nodes and edges of the lineage that facts of a noun bring in. They are drawn when the view of the lineage is built, with
/// what [`lineage`](super::lineage) offers.
pub(crate) struct Edges {
    pub(crate) kinds: &'static [&'static str],
    /// Draws what one fact of these kinds says. Of an erased one, its node is there all the same.
    pub(crate) draw: fn(&Seen<'_>, &mut Connection) -> SqlResult<()>,
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

/// The kinds of facts with these names.
macro_rules! kinds {
    ($($name:ident),+ $(,)?) => { &[$(hven_core::fact::kind::$name),+] };
}
pub(crate) use kinds;
