//! The progress of an export or import, and its errors.

use std::{io, path::PathBuf};

use hven_app::ports::StoreError;

use super::layout::MANIFEST;
use crate::{errors::OpenError, restore::Refused, series::PartError, sql::SqlError};

/// The progress of an export or import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The content in progress, such as `facts`.
    pub what: &'static str,
    pub done: u64,
    /// The total number, if it is known.
    pub of: Option<u64>,
}

/// Why a home could not be exported, or an export could not be imported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error("{path} is not empty")]
    NotEmpty { path: PathBuf },
    #[error("{path} contains an unfinished export: it has no {MANIFEST}")]
    Unfinished { path: PathBuf },
    #[error("{path} contains no export: it has no {MANIFEST}")]
    Absent { path: PathBuf },
    #[error("the export {path} has the format {found}; this Hven knows formats up to {known}")]
    Newer { path: PathBuf, found: u32, known: u32 },
    #[error("the export {path} is not as it was written: {why}")]
    Damaged { path: PathBuf, why: String },
    #[error("the database for the record of {path} contains a record already")]
    DatabaseTaken { path: PathBuf },
    #[error("the home cannot be exported: {why}")]
    Home { why: String },
    #[error(transparent)]
    Open(#[from] OpenError),
}

impl ExportError {
    /// A possible action of the user.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NotEmpty { .. } => "name a folder that does not exist or is empty",
            Self::Unfinished { .. } => "remove that folder and export the home again",
            Self::Absent { .. } => "check the path; `hven export --all DIR` creates an export",
            Self::Newer { .. } => "use the newer Hven that wrote it",
            Self::Damaged { .. } => "use another copy of the export; no home was created",
            Self::DatabaseTaken { .. } => "set HVEN_DATABASE to another database; each home needs its own",
            Self::Home { .. } => "check it with `hven audit verify`",
            Self::Open(e) => e.hint(),
        }
    }

    pub(super) fn io(path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::Open(OpenError::io(path, source))
    }
    pub(super) fn store(path: impl Into<PathBuf>, error: impl Into<StoreError>) -> Self {
        Self::Open(OpenError::store(path, error.into()))
    }
}

/// An error while files are written from the record.
#[derive(Debug, thiserror::Error)]
pub(super) enum WriteError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Sql(#[from] SqlError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<PartError> for WriteError {
    fn from(e: PartError) -> Self {
        Self::Io(e.into())
    }
}
impl WriteError {
    pub(super) fn at(self, path: impl Into<PathBuf>) -> ExportError {
        match self {
            Self::Io(e) => ExportError::io(path, e),
            Self::Sql(e) => ExportError::store(path, e),
            Self::Store(e) => ExportError::store(path, e),
        }
    }
}

pub(super) type WriteResult<T> = Result<T, WriteError>;

/// Converts an error of the reader of a backup to an error of an export.
pub(super) fn refused(e: Refused) -> ExportError {
    match e {
        Refused::Open(e) => ExportError::Open(e),
        Refused::Read(e) => ExportError::Home { why: e.to_string() },
        Refused::Damaged(why) => ExportError::Home { why },
        incomplete @ Refused::Incomplete(_) => ExportError::Open(incomplete.into()),
    }
}
