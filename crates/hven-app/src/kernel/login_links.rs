//! One-time login links for browsers.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use hven_core::Time;

use crate::kernel::admission::Admission;

/// Login links that were not used yet: the admission of the user who made each, and the time at which it expires.
#[derive(Debug, Default)]
pub struct LoginLinks(Mutex<HashMap<String, (Admission, Time)>>);

impl LoginLinks {
    pub(super) fn open(&self) -> MutexGuard<'_, HashMap<String, (Admission, Time)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
