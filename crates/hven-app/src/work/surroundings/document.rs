//! The surroundings of a run as a document, which is an object that many runs share.

use std::collections::BTreeSet;

use bytes::Bytes;
use hven_core::{
    Digest,
    run::Spec,
    surroundings::{SCHEMA, Surroundings},
};

use crate::{
    kernel::{error::AppResult, floor::Kernel},
    ports::error::{StoreError, StoreResult},
};

/// Hven writes no larger document, because variables, tools and packages have bounds.
const BYTES_MAX: usize = 16 << 20;

/// Surroundings in their stored form.
#[derive(Clone, Debug)]
pub struct SurroundingsDocument {
    pub surroundings: Surroundings,
    pub digest: Digest,
    pub bytes: Bytes,
}

impl SurroundingsDocument {
    pub(super) fn of(surroundings: Surroundings) -> Self {
        // Texts, numbers and digests: writing them cannot fail.
        let bytes = Bytes::from(serde_json::to_vec(&surroundings).unwrap_or_default());
        Self { digest: Digest::of(&bytes), bytes, surroundings }
    }
}

/// Stores the surroundings of a run if they are among the absent objects.
pub(crate) async fn keep(
    work: &Kernel,
    document: &SurroundingsDocument,
    absent: &mut BTreeSet<Digest>,
) -> AppResult<()> {
    if !absent.contains(&document.digest) {
        return Ok(());
    }
    match work.ports.objects.put(document.bytes.clone()).await {
        Ok(_) => {
            absent.remove(&document.digest);
            Ok(())
        }
        // On a full disk, runs can still be submitted and wait. Then only the digest of their surroundings is known.
        Err(StoreError::Full { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// The surroundings of a run, if they are recorded and readable.
pub(crate) async fn of_run(work: &Kernel, spec: &Spec) -> StoreResult<Option<Surroundings>> {
    let Some(digest) = spec.surroundings else { return Ok(None) };
    let bytes = match work.ports.objects.head(digest, BYTES_MAX).await {
        Err(StoreError::Damaged { .. }) => None,
        other => other?,
    };
    let read = bytes.and_then(|bytes| serde_json::from_slice::<Surroundings>(&bytes).ok());
    Ok(read.filter(|surroundings| surroundings.schema == SCHEMA))
}
