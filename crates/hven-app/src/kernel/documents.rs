//! Reads the JSON documents that recipes leave in the store.

use hven_core::Digest;

use crate::kernel::{error::AppResult, floor::Kernel};

/// Reports of tables with very many columns are large.
const DOCUMENT_BYTES_MAX: usize = 64 << 20;

/// A JSON document of a recipe; `None` when its bytes are gone or are none.
pub(crate) async fn document(kernel: &Kernel, digest: Digest) -> AppResult<Option<serde_json::Value>> {
    let bytes = kernel.ports.objects.head(digest, DOCUMENT_BYTES_MAX).await?;
    Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
}
