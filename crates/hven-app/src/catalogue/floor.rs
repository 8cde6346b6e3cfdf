//! The floor of the catalogue: datasets, their splits, and the files of runs.

use std::{ops::Deref, sync::Arc};

use tokio::sync::Mutex;

use crate::work::floor::Work;

/// The state that use cases about data share, above work.
#[derive(Debug)]
pub struct Catalogue {
    pub work: Arc<Work>,
    /// Held while a result is added to the catalogue.
    pub(super) catalogue_turn: Mutex<()>,
}

impl Catalogue {
    pub(crate) fn above(work: Arc<Work>) -> Arc<Self> {
        Arc::new(Self { work, catalogue_turn: Mutex::default() })
    }
}

impl Deref for Catalogue {
    type Target = Work;

    fn deref(&self) -> &Work {
        &self.work
    }
}
