//! The floor of knowledge: laws and claims, and the repair of what rests on something retracted.

use std::{ops::Deref, sync::Arc};

use tokio::sync::Mutex;

use crate::catalogue::floor::Catalogue;

/// What use cases about knowledge share, above the catalogue.
#[derive(Debug)]
pub struct Knowledge {
    pub catalogue: Arc<Catalogue>,
    /// Held while a repair takes a step, so that nothing is made anew twice.
    pub(super) repair_turn: Mutex<()>,
}

impl Knowledge {
    pub(crate) fn above(catalogue: Arc<Catalogue>) -> Self {
        Self { catalogue, repair_turn: Mutex::default() }
    }
}

impl Deref for Knowledge {
    type Target = Catalogue;

    fn deref(&self) -> &Catalogue {
        &self.catalogue
    }
}
