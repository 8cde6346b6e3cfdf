//! Tables: the check of an import's arguments, and a look at a source before it is imported.

use async_trait::async_trait;
use serde_json::Value;

use crate::ports::{error::StoreError, objects::ByteStream};

/// The bytes of a source.
pub struct TableSource {
    /// The size of the whole source.
    pub size: u64,
    pub bytes: ByteStream,
}

impl std::fmt::Debug for TableSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TableSource").field("size", &self.size).finish_non_exhaustive()
    }
}

#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The source is no table, or a setting does not fit it.
    #[error("{0}")]
    Refused(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Reads tables as an import does.
#[async_trait]
pub trait Tables: Send + Sync + 'static {
    /// Refuses arguments of an import that are wrong for every source.
    ///
    /// # Errors
    /// The reason.
    fn check(&self, arguments: &Value) -> Result<(), String>;

    /// How an import with these arguments would read the source (`hven.look/1`), from its beginning. It reads and keeps no
    /// more than a fixed number of bytes.
    async fn look(&self, source: TableSource, arguments: &Value) -> Result<Value, TableError>;
}
