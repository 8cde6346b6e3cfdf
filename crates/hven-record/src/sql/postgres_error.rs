//! Errors of PostgreSQL: the message of the server, and whether its disk has no space.

use postgres::error::SqlState;

/// The message of the server, because the driver displays only "db error".
pub(super) fn describe(error: &postgres::Error) -> String {
    match error.as_db_error() {
        Some(db) => format!("{} ({})", db.message(), db.code().code()),
        None => match std::error::Error::source(error) {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        },
    }
}

/// Whether the server has no space. It has no code for an exhausted quota: the message then ends with the system's error.
pub(super) fn is_full(error: &postgres::Error) -> bool {
    let Some(db) = error.as_db_error() else { return false };
    *db.code() == SqlState::DISK_FULL || db.message().ends_with(": Disk quota exceeded")
}
