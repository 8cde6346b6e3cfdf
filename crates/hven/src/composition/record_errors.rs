//! Translates errors of the record to codes of the command line.

use hven_client::Failure;
use hven_record::{ExportError, OpenError};

/// The failure, with the command line's code, of an export or of its import.
pub(super) fn export_failure(error: &ExportError) -> anyhow::Error {
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

/// The failure, with the command line's code, of opening a home.
pub(super) fn failure(error: &OpenError) -> anyhow::Error {
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
