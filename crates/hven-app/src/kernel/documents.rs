//! Reads the JSON documents that recipes write.

use hven_core::Digest;

use crate::kernel::{error::AppResult, floor::Kernel};

/// Large enough for the reports of tables with very many columns.
const DOCUMENT_BYTES_MAX: usize = 64 << 20;

/// A JSON document of a recipe; `None` when its bytes are not in the store or are not JSON.
pub(crate) async fn document(kernel: &Kernel, digest: Digest) -> AppResult<Option<serde_json::Value>> {
    let bytes = kernel.ports.objects.head(digest, DOCUMENT_BYTES_MAX).await?;
    Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
}
