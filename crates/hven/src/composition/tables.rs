//! The importer as the application's port: it checks arguments, and looks at the beginning of a source.

use std::io::Write as _;

use async_trait::async_trait;
use futures::TryStreamExt as _;
use hven_app::ports::{
    error::StoreError,
    tables::{TableError, TableSource, Tables},
};
use serde_json::Value;
use tokio::sync::Semaphore;

use crate::look_document;

/// How many sources are looked at at the same time.
const AT_ONCE: usize = 2;
/// The largest Parquet file that is looked at: its schema stands at its end.
const PARQUET_BYTES_MAX: u64 = 64 << 20;

/// Looks at sources in this process, in a temporary folder.
#[derive(Debug)]
pub struct Importer {
    places: Semaphore,
}

impl Importer {
    pub fn new() -> Self {
        Self { places: Semaphore::new(AT_ONCE) }
    }
}

#[async_trait]
impl Tables for Importer {
    fn check(&self, arguments: &Value) -> Result<(), String> {
        look_document::options(arguments).map(|_| ())
    }

    async fn look(&self, source: TableSource, arguments: &Value) -> Result<Value, TableError> {
        let options = look_document::options(arguments).map_err(TableError::Refused)?;
        let _place = self.places.acquire().await.map_err(|_| StoreError::Closed)?;
        let size = source.size;
        let failed = |source| StoreError::Io { what: "the beginning of the table".to_owned(), source };
        let folder = tempfile::tempdir().map_err(failed)?;
        let path = folder.path().join("source");
        let mut file = std::fs::File::create(&path).map_err(failed)?;
        let mut bytes = source.bytes;
        let mut taken: u64 = 0;
        let mut wanted = hven_data::LOOK_BYTES;
        while let Some(piece) = bytes.try_next().await.map_err(failed)? {
            if taken == 0 && hven_data::is_parquet(&piece) {
                if size > PARQUET_BYTES_MAX {
                    let why = format!(
                        "it is Parquet of more than {} MiB: `hven data look FILE` reads it where it is",
                        PARQUET_BYTES_MAX >> 20
                    );
                    return Err(TableError::Refused(why));
                }
                wanted = size;
            }
            let rest = usize::try_from(wanted - taken).unwrap_or(usize::MAX).min(piece.len());
            file.write_all(&piece[..rest]).map_err(failed)?;
            taken += rest as u64;
            if taken == wanted {
                break;
            }
        }
        drop(file);
        let looked = tokio::task::spawn_blocking(move || hven_data::look(&path, size, &options));
        let looked = looked.await.map_err(|_| TableError::Refused("the importer failed on it".to_owned()))?;
        drop(folder);
        looked.map(|found| look_document::document(&found)).map_err(|error| TableError::Refused(error.to_string()))
    }
}
