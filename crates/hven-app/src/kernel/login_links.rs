//! One-time links for browsers that were not used yet.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use hven_core::Time;

use crate::kernel::admission::Admission;

/// One-time links that were not used yet: who made each, and until when it can be used.
#[derive(Debug, Default)]
pub struct LoginLinks(Mutex<HashMap<String, (Admission, Time)>>);

impl LoginLinks {
    pub(super) fn open(&self) -> MutexGuard<'_, HashMap<String, (Admission, Time)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
