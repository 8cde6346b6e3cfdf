//! Selects the database of the record, and connects to it.

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

/// The number of statements that this thread has executed.
pub(crate) fn statements_of_this_thread() -> u64 {
    STATEMENTS.get()
}

/// The database with the facts and views of a home.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Database {
    /// The file `record.db` in the home.
    #[default]
    Sqlite,
    /// The schema `schema` of a PostgreSQL database.
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
    /// Executes a statement; returns the number of changed rows.
    pub(crate) fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> SqlResult<u64> {
        match self {
            Self::Sqlite(c) => c.execute(sql, values),
            Self::Postgres(c) => c.execute(sql, values),
        }
    }

    /// Runs a query and calls `look` for each row.
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

    /// The first row of a result.
    pub(crate) fn first<T>(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        look: impl FnMut(&Row<'_>) -> SqlResult<T>,
    ) -> SqlResult<Option<T>> {
        Ok(self.query(sql, values, look)?.into_iter().next())
    }

    /// Calls `look` for each row of a result, with only a few rows in memory.
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

    /// Runs statements without parameters, such as definitions, with translated types.
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
    /// Begins a read-only transaction with a consistent snapshot.
    pub(crate) fn begin_reading(&mut self) -> SqlResult<()> {
        match self {
            Self::Sqlite(c) => c.execute("BEGIN DEFERRED", &[]).map(drop),
            Self::Postgres(c) => c.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"),
        }
    }
    /// Begins a transaction with a consistent snapshot in which temporary tables may be created; they disappear with it.
    pub(crate) fn begin_comparing(&mut self) -> SqlResult<()> {
        match self {
            Self::Sqlite(c) => c.execute("BEGIN DEFERRED", &[]).map(drop),
            Self::Postgres(c) => c.run("BEGIN ISOLATION LEVEL REPEATABLE READ"),
        }
    }
    pub(crate) fn commit(&mut self) -> SqlResult<()> {
        self.execute("COMMIT", &[]).map(drop)
    }
    /// Rolls back the open transaction, if there is one.
    pub(crate) fn roll_back(&mut self) -> SqlResult<()> {
        match self {
            Self::Sqlite(c) => c.roll_back(),
            Self::Postgres(c) => c.run("ROLLBACK"),
        }
    }

    /// Whether the connection still works.
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
