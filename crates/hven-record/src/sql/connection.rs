//! Which database holds the record, and a connection to it.

use std::{
    cell::Cell,
    path::{Path, PathBuf},
};

use super::{
    error::SqlResult,
    postgres,
    purpose::Purpose,
    sqlite,
    value::{Row, Value},
};

thread_local! {
    static STATEMENTS: Cell<u64> = const { Cell::new(0) };
}

/// How many statements this thread has run.
pub(crate) fn statements_of_this_thread() -> u64 {
    STATEMENTS.get()
}

/// Where the facts and views of a home are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Database {
    /// In `record.db` in the home.
    #[default]
    Sqlite,
    /// In the schema `schema` of a PostgreSQL database.
    Postgres { url: String, schema: String },
}

impl Database {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres { .. } => "postgresql",
        }
    }

    pub(crate) fn connect(&self, home: &Path, purpose: Purpose) -> SqlResult<Connection> {
        match self {
            Self::Sqlite => sqlite::open(&record_db(home), purpose).map(Connection::Sqlite),
            Self::Postgres { url, schema } => postgres::open(url, schema, purpose).map(Connection::Postgres),
        }
    }
}

pub(crate) fn record_db(home: &Path) -> PathBuf {
    home.join("record.db")
}

/// A connection to either database.
pub(crate) enum Connection {
    Sqlite(sqlite::Sqlite),
    Postgres(postgres::Postgres),
}

impl Connection {
    /// Runs a statement; answers how many rows it changed.
    pub(crate) fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> SqlResult<u64> {
        match self {
            Self::Sqlite(c) => c.execute(sql, values),
            Self::Postgres(c) => c.execute(sql, values),
        }
    }

    /// Runs a query; `look` sees each row.
    pub(crate) fn query<T>(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        mut look: impl FnMut(&Row<'_>) -> SqlResult<T>,
    ) -> SqlResult<Vec<T>> {
        let mut all = Vec::new();
        self.each(sql, values, &mut |row| {
            all.push(look(row)?);
            Ok(())
        })?;
        Ok(all)
    }

    /// The first row of an answer.
    pub(crate) fn first<T>(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        look: impl FnMut(&Row<'_>) -> SqlResult<T>,
    ) -> SqlResult<Option<T>> {
        Ok(self.query(sql, values, look)?.into_iter().next())
    }

    /// Shows each row of an answer, without holding more than a few of them.
    pub(crate) fn each(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        look: &mut dyn FnMut(&Row<'_>) -> SqlResult<()>,
    ) -> SqlResult<()> {
        STATEMENTS.set(STATEMENTS.get().wrapping_add(1));
        match self {
            Self::Sqlite(c) => c.each(sql, values, look),
            Self::Postgres(c) => c.each(sql, values, look),
        }
    }

    /// Runs statements without parameters, such as definitions, after translating their types.
    pub(crate) fn run(&mut self, sql: &str) -> SqlResult<()> {
        match self {
            Self::Sqlite(c) => c.run(&sqlite::translate(sql)),
            Self::Postgres(c) => c.run(&postgres::translate(sql)),
        }
    }

    pub(crate) fn begin(&mut self) -> SqlResult<()> {
        match self {
            Self::Sqlite(c) => c.begin(),
            Self::Postgres(c) => c.run("BEGIN"),
        }
    }
    /// Begins a transaction that only reads, and sees one state of everything.
    pub(crate) fn begin_reading(&mut self) -> SqlResult<()> {
        match self {
            Self::Sqlite(c) => c.execute("BEGIN DEFERRED", &[]).map(drop),
            Self::Postgres(c) => c.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"),
        }
    }
    /// The same, but tables that hide others may be made in it; they go away with it.
    pub(crate) fn begin_comparing(&mut self) -> SqlResult<()> {
        match self {
            Self::Sqlite(c) => c.execute("BEGIN DEFERRED", &[]).map(drop),
            Self::Postgres(c) => c.run("BEGIN ISOLATION LEVEL REPEATABLE READ"),
        }
    }
    pub(crate) fn commit(&mut self) -> SqlResult<()> {
        self.execute("COMMIT", &[]).map(drop)
    }
    /// Undoes what the transaction did; without one it does nothing.
    pub(crate) fn roll_back(&mut self) -> SqlResult<()> {
        match self {
            Self::Sqlite(c) => c.roll_back(),
            Self::Postgres(c) => c.run("ROLLBACK"),
        }
    }

    /// Whether the database can still be reached through it.
    pub(crate) fn is_usable(&self) -> bool {
        match self {
            Self::Sqlite(_) => true,
            Self::Postgres(c) => c.is_usable(),
        }
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }
}
