//! The only place with SQL drivers: one small interface to a connection to SQLite or to PostgreSQL.
//!
//! Statements use the part of SQL that both databases support: `?1`, `?2` … as placeholders (PostgreSQL gets `$1`), and in
//! definitions the types BIGINT, DOUBLE, TEXT and BYTES, which are translated to those of the database. Both databases
//! compare text by its bytes (`COLLATE "C"` in PostgreSQL, BINARY in SQLite). The drivers block, so connections live on
//! threads of their own. No statement contains text from outside Hven.

mod connection;
mod error;
mod in_lists;
mod postgres;
mod postgres_error;
mod purpose;
mod sqlite;
mod system_error;
mod value;

pub use connection::Database;
pub(crate) use connection::{Connection, record_db, statements_of_this_thread};
pub(crate) use error::{SqlError, SqlResult};
pub(crate) use in_lists::keys;
pub(crate) use purpose::Purpose;
pub(crate) use value::{ColumnKind, Row, Value};
