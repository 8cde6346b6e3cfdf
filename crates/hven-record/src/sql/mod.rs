//! SQL in one place: a connection to SQLite or to PostgreSQL behind one small face.
//!
//! Statements are written once, in the part of SQL that both understand: `?1`, `?2` … as placeholders (PostgreSQL is
//! given `$1`), and in definitions the types BIGINT, DOUBLE, TEXT and BYTES, which become those of the database. Text
//! compares by its bytes in both (`COLLATE "C"` there, BINARY here). The drivers block, so connections live on threads
//! of their own. No statement is made from foreign text.

mod in_lists;
mod postgres;
mod sqlite;
mod system_error;

use std::{
    cell::Cell,
    io,
    path::{Path, PathBuf},
};

use hven_app::ports::StoreError;

pub(crate) use in_lists::keys;

use crate::errors::is_full;

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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The one that changes facts and views.
    Write,
    Read,
    /// Reads facts; tables made with it are its own and hide the real ones of the same name.
    Shadow,
}

/// A parameter of a statement.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'a> {
    Null,
    Int(i64),
    Real(f64),
    Text(&'a str),
    Bytes(&'a [u8]),
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}
impl From<u64> for Value<'_> {
    fn from(value: u64) -> Self {
        // A bound that nobody reaches, rather than one below zero: what is kept has its limits elsewhere.
        Self::Int(i64::try_from(value).unwrap_or(i64::MAX))
    }
}
impl From<u32> for Value<'_> {
    fn from(value: u32) -> Self {
        Self::Int(value.into())
    }
}
impl From<f64> for Value<'_> {
    fn from(value: f64) -> Self {
        Self::Real(value)
    }
}
impl<'a> From<&'a str> for Value<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(value)
    }
}
impl<'a> From<&'a String> for Value<'a> {
    fn from(value: &'a String) -> Self {
        Self::Text(value)
    }
}
impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(value: &'a [u8]) -> Self {
        Self::Bytes(value)
    }
}
impl<'a, const N: usize> From<&'a [u8; N]> for Value<'a> {
    fn from(value: &'a [u8; N]) -> Self {
        Self::Bytes(value)
    }
}
impl<T: Into<Self>> From<Option<T>> for Value<'_> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// One row of an answer, while it is looked at.
pub(crate) enum Row<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a ::postgres::Row),
}

impl Row<'_> {
    pub(crate) fn int(&self, column: usize) -> SqlResult<i64> {
        self.int_or_null(column)?.ok_or(SqlError::UnexpectedNull(column))
    }
    pub(crate) fn int_or_null(&self, column: usize) -> SqlResult<Option<i64>> {
        Ok(match self {
            Self::Sqlite(row) => row.get(column)?,
            Self::Postgres(row) => row.try_get(column)?,
        })
    }
    pub(crate) fn uint(&self, column: usize) -> SqlResult<u64> {
        self.int(column).map(|value| value as u64)
    }
    pub(crate) fn real_or_null(&self, column: usize) -> SqlResult<Option<f64>> {
        Ok(match self {
            Self::Sqlite(row) => row.get(column)?,
            Self::Postgres(row) => row.try_get(column)?,
        })
    }
    pub(crate) fn text(&self, column: usize) -> SqlResult<String> {
        self.text_or_null(column)?.ok_or(SqlError::UnexpectedNull(column))
    }
    pub(crate) fn text_or_null(&self, column: usize) -> SqlResult<Option<String>> {
        Ok(match self {
            Self::Sqlite(row) => row.get(column)?,
            Self::Postgres(row) => row.try_get(column)?,
        })
    }
    pub(crate) fn bytes_or_null(&self, column: usize) -> SqlResult<Option<Vec<u8>>> {
        Ok(match self {
            Self::Sqlite(row) => row.get(column)?,
            Self::Postgres(row) => row.try_get(column)?,
        })
    }
    /// Exactly `N` bytes.
    pub(crate) fn array<const N: usize>(&self, column: usize) -> SqlResult<[u8; N]> {
        self.array_or_null(column)?.ok_or(SqlError::UnexpectedNull(column))
    }
    pub(crate) fn array_or_null<const N: usize>(&self, column: usize) -> SqlResult<Option<[u8; N]>> {
        let bytes: Option<&[u8]> = match self {
            Self::Sqlite(row) => row.get_ref(column)?.as_blob_or_null().map_err(|_| SqlError::WrongLength(column))?,
            Self::Postgres(row) => row.try_get(column)?,
        };
        bytes.map(|bytes| bytes.try_into().map_err(|_| SqlError::WrongLength(column))).transpose()
    }
    /// Any column in a form that can be compared and shown.
    pub(crate) fn shown(&self, column: usize, kind: ColumnKind) -> SqlResult<String> {
        Ok(match kind {
            ColumnKind::Int => self.int_or_null(column)?.map_or_else(|| "null".to_owned(), |v| v.to_string()),
            ColumnKind::Real => {
                self.real_or_null(column)?.map_or_else(|| "null".to_owned(), |v| format!("{:016x} ({v})", v.to_bits()))
            }
            ColumnKind::Text => self.text_or_null(column)?.map_or_else(|| "null".to_owned(), |v| format!("{v:?}")),
            ColumnKind::Bytes => self.bytes_or_null(column)?.map_or_else(
                || "null".to_owned(),
                |v| v.iter().fold(String::with_capacity(2 * v.len()), |hex, byte| hex + &format!("{byte:02x}")),
            ),
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ColumnKind {
    Int,
    Real,
    Text,
    Bytes,
}

/// What a database refused, and why.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SqlError {
    #[error("{0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The disk of SQLite's files is full, or can only be read.
    #[error("{0}")]
    Disk(io::Error),
    #[error("{}", postgres::describe(.0))]
    Postgres(#[from] ::postgres::Error),
    #[error("column {0} is null")]
    UnexpectedNull(usize),
    #[error("column {0} has another length than it should")]
    WrongLength(usize),
    /// Something in a row is not what it should be.
    #[error("{0}")]
    Row(String),
}

pub(crate) type SqlResult<T> = Result<T, SqlError>;

impl SqlError {
    /// Whether it found no space on a disk.
    pub(crate) fn is_full(&self) -> bool {
        match self {
            Self::Sqlite(error) => error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull),
            Self::Disk(error) => is_full(error.kind()),
            Self::Postgres(error) => postgres::is_full(error),
            _ => false,
        }
    }

    /// Whether another process has SQLite's file.
    pub(crate) fn is_in_use(&self) -> bool {
        let Self::Sqlite(error) = self else { return false };
        error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy)
    }
}

impl From<hven_core::Malformed> for SqlError {
    fn from(e: hven_core::Malformed) -> Self {
        Self::Row(e.to_string())
    }
}

impl From<SqlError> for StoreError {
    fn from(e: SqlError) -> Self {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
        let database = || "the record's database".to_owned();
        match e {
            full if full.is_full() => Self::Full { what: database() },
            SqlError::Disk(source) => Self::Io { what: database(), source },
            SqlError::Sqlite(error) if matches!(error.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase)) => {
                Self::Damaged { what: database(), why: error.to_string() }
            }
            SqlError::UnexpectedNull(_) | SqlError::WrongLength(_) | SqlError::Row(_) => {
                Self::Damaged { what: "the record".to_owned(), why: e.to_string() }
            }
            SqlError::Sqlite(_) | SqlError::Postgres(_) => Self::Database(e.to_string()),
        }
    }
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
