//! The floor of knowledge: laws and claims, and the repair of everything that rests on a retracted node.

use std::{
    collections::HashMap,
    ops::Deref,
    sync::{Arc, Mutex as SyncMutex, PoisonError},
};

use hven_core::RepairId;
use tokio::sync::Mutex;

use crate::catalogue::floor::Catalogue;

/// The state that use cases about knowledge share, above the catalogue.
#[derive(Debug)]
pub struct Knowledge {
    pub catalogue: Arc<Catalogue>,
    /// Held while a repair starts, takes steps or ends, so that no work is repeated twice.
    pub(super) repair_turn: Mutex<()>,
    /// Repairs that are being cancelled, with the number of these calls. They start no further runs.
    stopping: SyncMutex<HashMap<RepairId, usize>>,
}

impl Knowledge {
    pub(crate) fn above(catalogue: Arc<Catalogue>) -> Arc<Self> {
        Arc::new(Self { catalogue, repair_turn: Mutex::default(), stopping: SyncMutex::default() })
    }

    /// Stops the repair from starting runs until the returned guard is dropped.
    pub(super) fn stop_repair(&self, repair: RepairId) -> RepairStop<'_> {
        *self.stopping.lock().unwrap_or_else(PoisonError::into_inner).entry(repair).or_default() += 1;
        RepairStop { knowledge: self, repair }
    }

    pub(super) fn is_repair_stopping(&self, repair: RepairId) -> bool {
        self.stopping.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&repair)
    }
}

/// A guard that stops a repair while it is being cancelled.
pub(super) struct RepairStop<'a> {
    knowledge: &'a Knowledge,
    repair: RepairId,
}

impl Drop for RepairStop<'_> {
    fn drop(&mut self) {
        let mut stopping = self.knowledge.stopping.lock().unwrap_or_else(PoisonError::into_inner);
        match stopping.get_mut(&self.repair) {
            Some(calls) if *calls > 1 => *calls -= 1,
            _ => drop(stopping.remove(&self.repair)),
        }
    }
}

impl Deref for Knowledge {
    type Target = Catalogue;

    fn deref(&self) -> &Catalogue {
        &self.catalogue
    }
}
