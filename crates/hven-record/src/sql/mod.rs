//! SQL in one place: a connection to SQLite or to PostgreSQL behind one small face.
//!
//! Statements are written once, in the part of SQL that both understand: `?1`, `?2` … as placeholders (PostgreSQL is
//! given `$1`), and in definitions the types BIGINT, DOUBLE, TEXT and BYTES, which become those of the database. Text
//! compares by its bytes in both (`COLLATE "C"` there, BINARY here). The drivers block, so connections live on threads
//! of their own. No statement is made from foreign text.

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
