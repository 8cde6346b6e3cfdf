//! A cache of the contents of folders.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

use hven_core::Digest;

use crate::kernel::{error::AppResult, floor::Kernel, folders::listing};

/// A cache of the contents of folders. A listing never changes.
#[derive(Debug, Default)]
pub(crate) struct FolderListings {
    digests: Mutex<HashMap<Digest, Arc<HashSet<Digest>>>>,
}

const LISTINGS_MAX: usize = 64;

impl FolderListings {
    /// The digests of the files in a folder.
    pub(super) async fn of(&self, work: &Kernel, folder: Digest) -> AppResult<Arc<HashSet<Digest>>> {
        let known = || self.digests.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(digests) = known().get(&folder) {
            return Ok(Arc::clone(digests));
        }
        let files = listing(work, folder).await?.map(|listing| listing.files).unwrap_or_default();
        let digests: Arc<HashSet<Digest>> = Arc::new(files.iter().map(|file| file.digest).collect());
        let mut known = known();
        if known.len() >= LISTINGS_MAX {
            known.clear();
        }
        known.insert(folder, Arc::clone(&digests));
        Ok(digests)
    }
}
