//! Errors of opening a home, and the conversion of file errors to store errors.

use std::{io, path::PathBuf};

use hven_app::ports::StoreError;
pub(crate) use hven_app::ports::{is_full, is_read_only};

/// Why a home could not be opened or created.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("{path} is in use by another Hven: process {pid} on {host}{}", url.as_ref().map(|u| format!(", at {u}")).unwrap_or_default())]
    InUse { path: PathBuf, host: String, pid: u32, url: Option<String> },
    #[error(
        "{path} was last used by process {pid} on {host} since {since}, which did not close it; locks of another \
         machine cannot be seen from here"
    )]
    LockedElsewhere { path: PathBuf, host: String, pid: u32, since: String },
    #[error("{path} belongs to the user with the number {owner}, not to you (number {you})")]
    ForeignOwner { path: PathBuf, owner: u32, you: u32 },
    #[error("{path} cannot be written to: {source}")]
    NotWritable { path: PathBuf, source: io::Error },
    #[error("there is no home in {path}")]
    Absent { path: PathBuf },
    #[error("{path} is not empty and contains no home")]
    NotAHome { path: PathBuf },
    #[error("{path} has the format {found}; this Hven knows formats up to {known}")]
    NewerFormat { path: PathBuf, found: String, known: u32 },
    #[error("{path} keeps its record in {found}, but the settings say {wanted}")]
    OtherDatabase { path: PathBuf, found: String, wanted: String },
    #[error("{path} holds facts of the kind {kind:?} version {version}, which this Hven does not know")]
    UnknownKind { path: PathBuf, kind: String, version: u16 },
    #[error("{path} already contains a home")]
    Occupied { path: PathBuf },
    #[error("the backup cannot be restored: {why}")]
    Backup { why: String },
    #[error(
        "the backup does not contain {}: it was truncated, or the home had lost them",
        if *missing == 1 { first.clone() } else { format!("{missing} objects, first {first}") }
    )]
    BackupIncomplete { missing: usize, first: String },
    #[error("there is no space left for {path}")]
    Full { path: PathBuf },
    #[error("{path} could not be read or written: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error("another program has {path} open")]
    DatabaseInUse { path: PathBuf },
    #[error("the database of {path} reported: {why}")]
    Database { path: PathBuf, why: String },
    #[error("{path} is damaged: {why}")]
    Damaged { path: PathBuf, why: String },
}

impl OpenError {
    /// A possible action of the user.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::InUse { .. } => "talk to that server, or stop it with `hven down`",
            Self::LockedElsewhere { .. } => {
                "stop it there; if that machine is gone for good, `hven up --detach --take-over` serves the home from here"
            }
            Self::ForeignOwner { .. } => "use a home of your own: --home PATH or HVEN_HOME",
            Self::NotWritable { .. } => "use a folder that you may write to: --home PATH or HVEN_HOME",
            Self::Absent { .. } => "check the path, or create a home there with `hven up`",
            Self::NotAHome { .. } | Self::Occupied { .. } => "name a folder that is empty or does not exist",
            Self::NewerFormat { .. } | Self::UnknownKind { .. } => "use the newer Hven that wrote it",
            Self::OtherDatabase { .. } => "look at `hven config --origin`",
            Self::BackupIncomplete { .. } => {
                "use another backup, or restore the objects in this one with --incomplete; nothing was opened"
            }
            Self::Backup { .. } => "use another backup; nothing was opened",
            Self::Full { .. } => "make room on that disk, or in its quota, then try again; nothing is lost",
            Self::Io { .. } => "check the disk and the permissions of the folder",
            Self::DatabaseInUse { .. } => "end that program (`lsof` with the file names its process), then try again",
            Self::Database { .. } => "check that the database runs and that the address is right",
            Self::Damaged { .. } => "restore a backup into a new folder with `hven restore`; keep this one as it is",
        }
    }

    pub(crate) fn io(path: impl Into<PathBuf>, source: io::Error) -> Self {
        let path = path.into();
        match source.kind() {
            kind if is_full(kind) => Self::Full { path },
            kind if is_read_only(kind) || kind == io::ErrorKind::PermissionDenied => Self::NotWritable { path, source },
            _ => Self::Io { path, source },
        }
    }

    pub(crate) fn store(path: impl Into<PathBuf>, error: StoreError) -> Self {
        let path = path.into();
        match error {
            StoreError::Full { .. } => Self::Full { path },
            StoreError::Io { source, .. } => Self::io(path, source),
            StoreError::Damaged { why, .. } => Self::Damaged { path, why },
            other => Self::Database { path, why: other.to_string() },
        }
    }
}

/// Converts a file error to a store error.
pub(crate) fn io_error(what: impl Into<String>, source: io::Error) -> StoreError {
    let what = what.into();
    if is_full(source.kind()) { StoreError::Full { what } } else { StoreError::Io { what, source } }
}
