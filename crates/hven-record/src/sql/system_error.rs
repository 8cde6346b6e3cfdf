//! What the system said when SQLite could not read or write a file. SQLite has one code for all of it: a full quota and a
//! disk that can only be read look alike there.
#![allow(unsafe_code)] // rusqlite does not hand the number on

use std::io;

use rusqlite::{Connection, ffi};

/// The error of the system behind the last error of a file that this connection answered.
pub(super) fn last(connection: &Connection) -> io::Error {
    // SAFETY: the handle is that of a connection which stays open during the call, and the function only reads a number.
    io::Error::from_raw_os_error(unsafe { ffi::sqlite3_system_errno(connection.handle()) })
}
