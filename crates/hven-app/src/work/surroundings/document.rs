//! The surroundings of a run as a document: kept as an object that many runs share, and read back.

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

/// A larger one is none that Hven wrote: variables, tools and packages have their bounds.
const BYTES_MAX: usize = 16 << 20;

/// Surroundings, as they are kept.
#[derive(Clone, Debug)]
pub struct Document {
    pub surroundings: Surroundings,
    pub digest: Digest,
    pub bytes: Bytes,
}

impl Document {
    pub(super) fn of(surroundings: Surroundings) -> Self {
        // Texts, numbers and digests: writing them cannot fail.
        let bytes = Bytes::from(serde_json::to_vec(&surroundings).unwrap_or_default());
        Self { digest: Digest::of(&bytes), bytes, surroundings }
    }
}

/// Puts the surroundings of a run into the store when they are among what is not there.
pub(crate) async fn keep(work: &Kernel, document: &Document, absent: &mut BTreeSet<Digest>) -> AppResult<()> {
    if !absent.contains(&document.digest) {
        return Ok(());
    }
    match work.ports.objects.put(document.bytes.clone()).await {
        Ok(_) => {
            absent.remove(&document.digest);
            Ok(())
        }
        // On a full disk a run can still be asked for, and waits: then its surroundings are known by their digest alone.
        Err(StoreError::Full { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// The surroundings that a run had, as far as they are recorded and can be read.
pub(crate) async fn of_run(work: &Kernel, spec: &Spec) -> StoreResult<Option<Surroundings>> {
    let Some(digest) = spec.surroundings else { return Ok(None) };
    let bytes = match work.ports.objects.head(digest, BYTES_MAX).await {
        Err(StoreError::Damaged { .. }) => None,
        other => other?,
    };
    let read = bytes.and_then(|bytes| serde_json::from_slice::<Surroundings>(&bytes).ok());
    Ok(read.filter(|surroundings| surroundings.schema == SCHEMA))
}
