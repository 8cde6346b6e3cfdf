//! Opens a home, on the database that its settings name.

use std::path::Path;

use hven_record::{Database, Home, Settings};

use super::failures::failure;

/// From here on this process makes files for its owner alone: what it writes belongs to a home, or holds what one holds.
/// Tasks have the umask of whoever submitted them.
pub(super) fn write_privately() {
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
}

/// Opens the home, and makes it when it is not there.
pub(super) fn open_home(path: &Path, database: &str, take_over: bool) -> anyhow::Result<Home> {
    let settings = Settings { database: database_setting(database), take_over, ..Settings::default() };
    Home::create_or_open_telling(path, settings, &mut |progress| {
        tracing::info!(done = progress.facts_done, of = progress.facts_total, "building a view anew");
    })
    .map_err(|error| failure(&error))
}

/// The schema that Hven uses in a PostgreSQL database.
const SCHEMA: &str = "hven";

pub(super) fn database_setting(setting: &str) -> Database {
    match setting {
        "sqlite" => Database::Sqlite,
        url => Database::Postgres { url: url.to_owned(), schema: SCHEMA.to_owned() },
    }
}
