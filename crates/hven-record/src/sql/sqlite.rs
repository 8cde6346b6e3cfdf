//! The SQLite driver: one database file with a WAL.
//!
//! `synchronous=NORMAL`: a commit is not flushed, because the journal makes facts durable before a caller gets an answer.
//! A background thread copies the WAL, instead of the commit that happens to fill it.
//!
//! The index of the WAL is in memory, because a home has only one process. Otherwise the index would be a mapped file, and
//! a disk without space for a page of a mapped file (a full btrfs) ends the process by a signal.

use std::path::Path;

use rusqlite::{ErrorCode, OpenFlags, config::DbConfig, types::ToSqlOutput};

use super::{Purpose, Row, SqlError, SqlResult, Value, system_error};
use crate::errors::{is_full, is_read_only};

/// The number of prepared statements to keep; the source contains fewer.
const STATEMENTS_KEPT: usize = 256;
const BUSY_WAIT: std::time::Duration = std::time::Duration::from_secs(10);
/// The VFS of SQLite for files that only one process uses.
const ONE_PROCESS: &str = "unix-excl";

pub(crate) struct Sqlite {
    connection: rusqlite::Connection,
}

pub(super) fn open(path: &Path, purpose: Purpose) -> SqlResult<Sqlite> {
    // SQLite needs no mutex, because a connection stays on its thread.
    let base = OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_READ_WRITE;
    let flags = if purpose == Purpose::Write { base | OpenFlags::SQLITE_OPEN_CREATE } else { base };
    let connection = rusqlite::Connection::open_with_flags_and_vfs(path, flags, ONE_PROCESS)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    connection.busy_timeout(BUSY_WAIT)?;
    // Otherwise SQLite may prepare a statement again for each new value of a parameter.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    let pragmas = match purpose {
        Purpose::Write => {
            "PRAGMA page_size=8192; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; \
             PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-8000;"
        }
        // Sort in memory, because the disk may be full; the size of a query's result has limits.
        Purpose::Read => {
            "PRAGMA query_only=ON; PRAGMA cache_size=-2000; PRAGMA wal_autocheckpoint=0; PRAGMA temp_store=MEMORY;"
        }
        Purpose::Shadow => {
            "PRAGMA temp_store=FILE; PRAGMA temp.cache_size=-16000; PRAGMA temp.synchronous=OFF; \
             PRAGMA wal_autocheckpoint=0;"
        }
    };
    let mut sqlite = Sqlite { connection };
    sqlite.run(pragmas)?;
    Ok(sqlite)
}

/// Replaces the neutral names of types by those of SQLite.
pub(super) fn translate(sql: &str) -> String {
    sql.replace("BIGINT", "INTEGER")
        .replace("BYTES", "BLOB")
        .replace("DOUBLE", "REAL")
        .replace("{by key}", "WITHOUT ROWID")
}

/// The number of pages in the WAL, and how many of them are in the database file.
type Copied = (i64, i64);

impl rusqlite::ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        use rusqlite::types::ValueRef;
        Ok(ToSqlOutput::Borrowed(match *self {
            Value::Null => ValueRef::Null,
            Value::Int(value) => ValueRef::Integer(value),
            Value::Real(value) => ValueRef::Real(value),
            Value::Text(value) => ValueRef::Text(value.as_bytes()),
            Value::Bytes(value) => ValueRef::Blob(value),
        }))
    }
}

impl Sqlite {
    /// Converts an error; uses the error of the system when the disk is full or read-only.
    fn convert_error(&self, error: rusqlite::Error) -> SqlError {
        if matches!(error.sqlite_error_code(), Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen)) {
            let error = system_error::last(&self.connection);
            if is_full(error.kind()) || is_read_only(error.kind()) {
                return SqlError::Disk(error);
            }
        }
        SqlError::Sqlite(error)
    }

    pub(super) fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> SqlResult<u64> {
        let mut statement = self.connection.prepare_cached(sql).map_err(|e| self.convert_error(e))?;
        let changed = statement.execute(rusqlite::params_from_iter(values)).map_err(|e| self.convert_error(e))?;
        Ok(changed as u64)
    }

    pub(super) fn each(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        look: &mut dyn FnMut(&Row<'_>) -> SqlResult<()>,
    ) -> SqlResult<()> {
        let mut statement = self.connection.prepare_cached(sql).map_err(|e| self.convert_error(e))?;
        let mut rows = statement.query(rusqlite::params_from_iter(values)).map_err(|e| self.convert_error(e))?;
        while let Some(row) = rows.next().map_err(|e| self.convert_error(e))? {
            look(&Row::Sqlite(row))?;
        }
        Ok(())
    }

    pub(super) fn run(&mut self, sql: &str) -> SqlResult<()> {
        self.connection.execute_batch(sql).map_err(|e| self.convert_error(e))
    }

    pub(super) fn begin(&mut self) -> SqlResult<()> {
        self.execute("BEGIN IMMEDIATE", &[]).map(drop)
    }

    /// Rolls back the open transaction; a failed statement may have ended it already.
    pub(super) fn roll_back(&mut self) -> SqlResult<()> {
        if self.connection.is_autocommit() { Ok(()) } else { self.execute("ROLLBACK", &[]).map(drop) }
    }

    /// Copies pages from the WAL to the database file. `how` is a mode of SQLite's `wal_checkpoint`.
    pub(crate) fn copy_wal(&mut self, how: &str) -> SqlResult<Copied> {
        let sql = format!("PRAGMA wal_checkpoint({how})");
        self.connection.query_row(&sql, [], |row| Ok((row.get(1)?, row.get(2)?))).map_err(|e| self.convert_error(e))
    }

    /// Does the same, but returns at once if a reader blocks it.
    pub(crate) fn copy_wal_if_free(&mut self, how: &str) -> SqlResult<Copied> {
        self.connection.busy_timeout(std::time::Duration::ZERO)?;
        let outcome = self.copy_wal(how);
        self.connection.busy_timeout(BUSY_WAIT)?;
        outcome
    }

    /// The errors that SQLite finds in its file: in the structure of pages, and between tables and their indexes.
    pub(crate) fn check_integrity(&mut self) -> SqlResult<Vec<String>> {
        let mut statement = self.connection.prepare("PRAGMA integrity_check(10)")?;
        let lines: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(lines.into_iter().filter(|line| line != "ok").collect())
    }
}
