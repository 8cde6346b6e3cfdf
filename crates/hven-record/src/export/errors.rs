//! How far an export is, and what can go wrong.

use std::{io, path::PathBuf};

use hven_app::ports::StoreError;

use super::layout::MANIFEST;
use crate::{errors::OpenError, restore::Refused, series::PartError, sql::SqlError};

/// How far an export or import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// What is being dealt with, such as `facts`.
    pub what: &'static str,
    pub done: u64,
    /// Of how many, where it is known.
    pub of: Option<u64>,
}

/// Why a home could not be exported, or an export not be made a home.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error("{path} is not empty")]
    NotEmpty { path: PathBuf },
    #[error("{path} holds an export that was not finished: it has no {MANIFEST}")]
    Unfinished { path: PathBuf },
    #[error("{path} holds no export: it has no {MANIFEST}")]
    Absent { path: PathBuf },
    #[error("the export {path} has the format {found}; this Hven knows formats up to {known}")]
    Newer { path: PathBuf, found: u32, known: u32 },
    #[error("the export {path} is not as it was written: {why}")]
    Damaged { path: PathBuf, why: String },
    #[error("the database in which the record of {path} is to be holds one already")]
    DatabaseTaken { path: PathBuf },
    #[error("the home cannot be exported: {why}")]
    Home { why: String },
    #[error(transparent)]
    Open(#[from] OpenError),
}

impl ExportError {
    /// What a person can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NotEmpty { .. } => "name a folder that is not there yet, or an empty one",
            Self::Unfinished { .. } => "remove that folder and export the home once more",
            Self::Absent { .. } => "look at the path; `hven export --all DIR` makes one",
            Self::Newer { .. } => "use the newer Hven that wrote it",
            Self::Damaged { .. } => "take another copy of the export; no home was made",
            Self::DatabaseTaken { .. } => "name another database: HVEN_DATABASE; each home needs one of its own",
            Self::Home { .. } => "look at it with `hven audit verify`",
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

/// What goes wrong while files are written from a record that lies beside them.
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

/// What a taker of a backup refused, as an error of an export.
pub(super) fn refused(e: Refused) -> ExportError {
    match e {
        Refused::Open(e) => ExportError::Open(e),
        Refused::Read(e) => ExportError::Home { why: e.to_string() },
        Refused::Damaged(why) => ExportError::Home { why },
        incomplete @ Refused::Incomplete(_) => ExportError::Open(incomplete.into()),
    }
}
