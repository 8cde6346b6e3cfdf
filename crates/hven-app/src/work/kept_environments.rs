//! The environments that are kept for work which submits further runs.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use hven_core::subject::Subject;

use crate::work::schedule::Schedule;

/// The environments that workflows and arrays need.
#[derive(Debug, Default)]
pub struct KeptEnvironments(Mutex<HashMap<Subject, String>>);

impl KeptEnvironments {
    fn names(&self) -> MutexGuard<'_, HashMap<Subject, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the environment until it is released.
    pub(in crate::work) fn keep(&self, schedule: &Schedule, of: impl Into<Subject>, launch: &str) {
        if self.names().insert(of.into(), launch.to_owned()).is_none() {
            *schedule.needed().entry(launch.to_owned()).or_default() += 1;
        }
    }

    /// Returns the name of the environment when nothing needs it any more.
    pub(in crate::work) fn release(&self, schedule: &Schedule, of: impl Into<Subject>) -> Option<String> {
        let launch = self.names().remove(&of.into())?;
        schedule.release(&launch).then_some(launch)
    }
}
