//! Errors of PostgreSQL: in the words of its server, and whether it found no space.

use postgres::error::SqlState;

/// The server's own words, not only "db error".
pub(super) fn describe(error: &postgres::Error) -> String {
    match error.as_db_error() {
        Some(db) => format!("{} ({})", db.message(), db.code().code()),
        None => match std::error::Error::source(error) {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        },
    }
}

/// Whether the server found no space. It has no code for a full quota: there the words of its system stand at the end.
pub(super) fn is_full(error: &postgres::Error) -> bool {
    let Some(db) = error.as_db_error() else { return false };
    *db.code() == SqlState::DISK_FULL || db.message().ends_with(": Disk quota exceeded")
}
