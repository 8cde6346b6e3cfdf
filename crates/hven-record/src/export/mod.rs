//! A whole home as plain files, and a home made of such a folder again.
//!
//! ```text
//!   facts.parquet                 the record: every fact with the exact bytes of its payload, salts and hashes
//!   objects/ab/<digest>           immutable bytes by BLAKE3 digest
//!   unsealed/<run>/…              what runs had said that no sealed part held yet
//!   tables/*.parquet, *.json      the same for people and their tools: derived from the above, never read again
//!   logs/, datasets/              texts under the handles of runs, tables under their names
//!   README.md                     what all this is, each table with its columns
//!   BLAKE3SUMS                    a line for every file above, as b3sum writes and checks them
//!   manifest.json                 the head of the chain and the digest of BLAKE3SUMS: it comes last
//! ```
//! An export is made from a backup, so it is one moment of a home that may be in use, over the wire as well, and either
//! database gives the same. A folder without a manifest is an export that was not finished, and is never taken for one.

mod beside;
mod describe;
mod documents;
mod facts;
mod folder;
mod import;
mod sheet;
mod streams;
mod tables;
mod write;

use std::{io, path::PathBuf};

use hven_app::ports::StoreError;
use hven_core::{Digest, HomeId};
use serde::{Deserialize, Serialize};

pub use import::{Imported, import};
pub use write::{Exported, export};

use crate::{errors::OpenError, restore::Refused, series::PartError, sql::SqlError};

/// The version of the layout that this code writes. It reads all up to it.
const FORMAT: u32 = 1;
const SCHEMA: &str = "hven.export/1";

const MANIFEST: &str = "manifest.json";
const SUMS: &str = "BLAKE3SUMS";
const FACTS: &str = "facts.parquet";
const README: &str = "README.md";
/// Where an export keeps what it needs while it is made.
const WORK: &str = ".work";

/// What ends an export: whoever has it can tell whether all the rest is as it was written.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Manifest {
    schema: String,
    format: u32,
    hven_version: String,
    home: HomeId,
    /// How many facts there are.
    head_seq: u64,
    /// The hash of the last of them.
    head_hash: Digest,
    objects: u64,
    /// Objects of runs that facts name but the home had lost.
    #[serde(default)]
    objects_missing: Vec<Digest>,
    unsealed: u64,
    files: u64,
    bytes: u64,
    /// The digest of `BLAKE3SUMS`.
    sums: Digest,
}

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

    fn io(path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::Open(OpenError::io(path, source))
    }
    fn store(path: impl Into<PathBuf>, error: impl Into<StoreError>) -> Self {
        Self::Open(OpenError::store(path, error.into()))
    }
}

/// What goes wrong while files are written from a record that lies beside them.
#[derive(Debug, thiserror::Error)]
enum WriteError {
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
    fn at(self, path: impl Into<PathBuf>) -> ExportError {
        match self {
            Self::Io(e) => ExportError::io(path, e),
            Self::Sql(e) => ExportError::store(path, e),
            Self::Store(e) => ExportError::store(path, e),
        }
    }
}

type WriteResult<T> = Result<T, WriteError>;

/// What a taker of a backup refused, as an error of an export.
fn refused(e: Refused) -> ExportError {
    match e {
        Refused::Open(e) => ExportError::Open(e),
        Refused::Read(e) => ExportError::Home { why: e.to_string() },
        Refused::Damaged(why) => ExportError::Home { why },
        incomplete @ Refused::Incomplete(_) => ExportError::Open(incomplete.into()),
    }
}
