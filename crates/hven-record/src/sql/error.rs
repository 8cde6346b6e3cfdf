//! Errors of a database.

use std::io;

use hven_app::ports::StoreError;

use super::postgres_error;
use crate::errors::is_full;

/// An error of a database.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SqlError {
    #[error("{0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The disk with the files of SQLite is full or read-only.
    #[error("{0}")]
    Disk(io::Error),
    #[error("{}", postgres_error::describe(.0))]
    Postgres(#[from] ::postgres::Error),
    #[error("column {0} is null")]
    UnexpectedNull(usize),
    #[error("column {0} has the wrong length")]
    WrongLength(usize),
    /// A value in a row is invalid.
    #[error("{0}")]
    Row(String),
}

pub(crate) type SqlResult<T> = Result<T, SqlError>;

impl SqlError {
    /// Whether the disk has no space.
    pub(crate) fn is_full(&self) -> bool {
        match self {
            Self::Sqlite(error) => error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull),
            Self::Disk(error) => is_full(error.kind()),
            Self::Postgres(error) => postgres_error::is_full(error),
            _ => false,
        }
    }

    /// Whether another process uses the file of SQLite.
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
