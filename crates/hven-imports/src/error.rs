//! Why a store cannot be read at all.

use std::{io, path::PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{} cannot be read: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("{place} is no {wanted}: {why}")]
    NotAStore { place: String, wanted: &'static str, why: String },
    /// The tables are those of a version of MLflow that this reader does not know.
    #[error("{} is a database of MLflow that Hven cannot read: {why}", path.display())]
    UnknownSchema { path: PathBuf, why: String },
    #[error("{} cannot be read as a database: {source}", path.display())]
    Database { path: PathBuf, source: rusqlite::Error },
    #[error("{url}: {message}")]
    Server { url: String, status: Option<u16>, message: String },
}
