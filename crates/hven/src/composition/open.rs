//! Opens a home with the database from its settings.

use hven_record::{Database, Home, Settings};

use super::{record_errors::failure, serve_options::ServeOptions};

/// From here on, this process creates files with access for its owner only: they belong to a home or contain data of
/// one. Tasks get the umask of their submitter.
pub(super) fn write_privately() {
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
}

/// Opens the home, and creates it when it does not exist.
pub(super) fn open_home(options: &ServeOptions) -> anyhow::Result<Home> {
    let settings = Settings {
        database: database_setting(&options.database),
        take_over: options.take_over,
        slower_by: options.flush_delay,
    };
    Home::create_or_open_telling(&options.home, settings, &mut |progress| {
        tracing::info!(done = progress.facts_done, of = progress.facts_total, "rebuilding a view");
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
