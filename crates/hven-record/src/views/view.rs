//! The interface of a view: its tables, and the facts that change them.

use std::borrow::Cow;

use hven_app::ports::soundness::PlainNodeView;
use hven_core::{Fact, RunId, envelope::Header, trace::Trace};

use super::pending::PendingChanges;
use crate::sql::{ColumnKind, Connection, SqlResult};

/// A table of a view. The first columns are its key; comparisons use the order of the key.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) columns: &'static [(&'static str, ColumnKind)],
    /// The part of the definition after the columns: constraints, and `{by key}` for tables that are stored in the order of
    /// their key.
    pub(crate) definition: &'static str,
    /// Each index as `name ON table (columns)`, with an optional condition.
    pub(crate) indexes: &'static [&'static str],
    /// The number of columns in the key.
    pub(crate) key_columns: usize,
}

/// A fact as a view receives it.
pub(crate) struct Seen<'a> {
    pub(crate) header: &'a Header,
    /// `None` if its payload was erased.
    pub(crate) fact: Option<&'a Fact>,
    /// The trace of an erased payload.
    kept: Option<&'a Trace>,
}

impl<'a> Seen<'a> {
    pub(crate) fn new(header: &'a Header, fact: Option<&'a Fact>) -> Self {
        Self { header, fact, kept: None }
    }
    /// A fact of which the payload was erased.
    pub(crate) fn erased(header: &'a Header, kept: Option<&'a Trace>) -> Self {
        Self { header, fact: None, kept }
    }
    /// The trace of the fact in the lineage, the same before and after its payload is erased. `None` if that is not known.
    pub(crate) fn trace(&self) -> Option<Cow<'a, Trace>> {
        match self.fact {
            Some(fact) => Some(Cow::Owned(fact.trace())),
            None => self.kept.map(Cow::Borrowed),
        }
    }
    pub(crate) fn seq(&self) -> i64 {
        self.header.seq as i64
    }
    /// The run that the fact concerns.
    pub(crate) fn run(&self) -> Option<RunId> {
        self.header.subject.map(RunId::from_u128)
    }
}

/// A transaction that changes views. Changes of numbers by many facts are added up and written once, at its end.
pub(crate) struct Changes<'a> {
    pub(crate) sql: &'a mut Connection,
    pub(crate) pending: PendingChanges,
}

impl<'a> Changes<'a> {
    pub(crate) fn new(sql: &'a mut Connection) -> Self {
        Self { sql, pending: PendingChanges::default() }
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
    /// The kinds of facts that change the view.
    fn kinds(&self) -> &'static [&'static str];
    fn apply(&self, seen: &Seen<'_>, changes: &mut Changes<'_>) -> SqlResult<()>;
    fn partition(&self) -> Partition {
        Partition::Whole
    }
    /// The queries for its noun's nodes if they are plain.
    fn plain_nodes(&self) -> Option<&'static PlainNodes> {
        None
    }
    /// The nodes and edges that the facts of its noun add to the lineage.
    fn edges(&self) -> Option<&'static Edges> {
        None
    }
    /// For views partitioned by run: removes all rows that these facts about the run added.
    fn forget(&self, _run: RunId, _facts: &[(Header, Option<Fact>)], _changes: &mut Changes<'_>) -> SqlResult<()> {
        Ok(())
    }
}

/// Adds the nodes and edges of a noun's facts to the lineage. The view of the lineage calls it; [`lineage`](super::lineage)
/// provides the functions for it.
pub(crate) struct Edges {
    pub(crate) kinds: &'static [&'static str],
    /// Adds the nodes and edges of one fact of these kinds. An erased fact still adds its node, and the edges of what was kept of it:
    /// use nothing but [`Seen::trace`] and the header.
    pub(crate) draw: fn(&Seen<'_>, &mut Connection) -> SqlResult<()>,
}

/// The queries for the plain nodes of a noun.
pub(crate) struct PlainNodes {
    /// The word before the `/` of such nodes.
    pub(crate) noun: &'static str,
    pub(crate) by_id: NodesOf<[[u8; 16]]>,
    pub(crate) by_name: NodesOf<str>,
}

/// Reads the nodes that have these ids or this name.
type NodesOf<Asked> = fn(&mut Connection, &Asked) -> SqlResult<Vec<PlainNodeView>>;

/// The place of a table: the database, or one connection, where it hides the table of the same name.
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
