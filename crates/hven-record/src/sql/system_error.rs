//! The error of the system behind a failed file access of SQLite. SQLite has only one code: it does not distinguish an
//! exhausted quota from a read-only disk.
#![allow(unsafe_code)] // rusqlite does not hand the number on

use std::io;

use rusqlite::{Connection, ffi};

/// The error of the system for the last failed file access of this connection.
pub(super) fn last(connection: &Connection) -> io::Error {
    // SAFETY: the handle is that of a connection which stays open during the call, and the function only reads a number.
    io::Error::from_raw_os_error(unsafe { ffi::sqlite3_system_errno(connection.handle()) })
}
