//! The house: the one place where implementations meet their ports.

mod login_pages;
mod offline;
mod press;
mod private_file;
mod serving;

use std::path::Path;

use hven_client::Failure;
use hven_record::{Database, ExportError, Home, OpenError, Settings};
pub use offline::{backup, check_backup, examine, export, heal, import, restore, verify};
pub use serving::{IfTaken, ServeOptions, serve};

/// The OpenAPI document of the server.
pub fn openapi() -> String {
    hven_server::document()
}

/// From here on this process makes files for its owner alone: what it writes belongs to a home, or holds what one holds.
/// Tasks have the umask of whoever submitted them.
fn write_privately() {
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
}

/// Opens the home, and makes it when it is not there.
fn open_home(path: &Path, database: &str, take_over: bool) -> anyhow::Result<Home> {
    let settings = Settings { database: database_setting(database), take_over, ..Settings::default() };
    Home::create_or_open_telling(path, settings, &mut |progress| {
        tracing::info!(done = progress.facts_done, of = progress.facts_total, "building a view anew");
    })
    .map_err(|error| failure(&error))
}

/// The schema that Hven uses in a PostgreSQL database.
const SCHEMA: &str = "hven";

fn database_setting(setting: &str) -> Database {
    match setting {
        "sqlite" => Database::Sqlite,
        url => Database::Postgres { url: url.to_owned(), schema: SCHEMA.to_owned() },
    }
}

/// Why an export could not be made or taken in, with the command line's code for it.
fn export_failure(error: &ExportError) -> anyhow::Error {
    let code = match error {
        ExportError::Open(error) => return failure(error),
        ExportError::NotEmpty { .. } => "export.exists",
        ExportError::DatabaseTaken { .. } => "home.exists",
        ExportError::Unfinished { .. } => "export.unfinished",
        ExportError::Absent { .. } => "file.missing",
        ExportError::Newer { .. } => "export.newer",
        ExportError::Damaged { .. } => "export.damaged",
        ExportError::Home { .. } => "home.damaged",
    };
    Failure::new(code, error.to_string()).hint(error.hint()).into()
}

/// Why a home could not be opened, with the command line's code for it.
fn failure(error: &OpenError) -> anyhow::Error {
    let code = match error {
        OpenError::InUse { .. } | OpenError::LockedElsewhere { .. } | OpenError::DatabaseInUse { .. } => "home.locked",
        OpenError::ForeignOwner { .. } => "home.foreign",
        OpenError::NotWritable { .. } => "home.read_only",
        OpenError::Absent { .. } | OpenError::NotAHome { .. } => "home.not_found",
        OpenError::NewerFormat { .. } | OpenError::UnknownKind { .. } => "home.newer",
        OpenError::Occupied { .. } => "home.exists",
        OpenError::Backup { .. } => "backup.damaged",
        OpenError::BackupIncomplete { .. } => "backup.incomplete",
        OpenError::OtherDatabase { .. } => "setting.database",
        OpenError::Full { .. } => "store.full",
        OpenError::Io { .. } | OpenError::Database { .. } => "store.failed",
        OpenError::Damaged { .. } => "home.damaged",
    };
    let hint = error.hint();
    Failure::new(code, error.to_string()).hint(hint).into()
}
