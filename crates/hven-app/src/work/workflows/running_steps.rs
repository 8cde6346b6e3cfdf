//! The steps that a process carries out at this moment, and the environments that workflows need.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use hven_core::workflow::WorkflowId;
use tokio::sync::Notify;

use crate::work::schedule::Schedule;

/// A step that a process carries out.
#[derive(Clone, Debug)]
pub(super) struct CarriedOut {
    pub(super) step: usize,
    /// Notified when the workflow is cancelled.
    pub(super) cancelled: Arc<Notify>,
}

/// The step of each workflow that a process carries out at this moment: one at most.
#[derive(Debug, Default)]
pub struct RunningSteps(Mutex<HashMap<WorkflowId, CarriedOut>>);

impl RunningSteps {
    fn steps(&self) -> MutexGuard<'_, HashMap<WorkflowId, CarriedOut>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Enters a step; `None` when the workflow has one already.
    pub(super) fn enter(&self, workflow: WorkflowId, step: usize) -> Option<CarriedOut> {
        let mut steps = self.steps();
        if steps.contains_key(&workflow) {
            return None;
        }
        let carried_out = CarriedOut { step, cancelled: Arc::default() };
        steps.insert(workflow, carried_out.clone());
        Some(carried_out)
    }

    pub(super) fn leave(&self, workflow: WorkflowId) {
        self.steps().remove(&workflow);
    }

    /// The step of the workflow that a process carries out.
    pub(super) fn of(&self, workflow: WorkflowId) -> Option<CarriedOut> {
        self.steps().get(&workflow).cloned()
    }

    pub fn is_empty(&self) -> bool {
        self.steps().is_empty()
    }
}

/// The environments that the workflows need which go on.
#[derive(Debug, Default)]
pub struct KeptEnvironments(Mutex<HashMap<WorkflowId, String>>);

impl KeptEnvironments {
    fn names(&self) -> MutexGuard<'_, HashMap<WorkflowId, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the environment until the workflow releases it.
    pub(super) fn keep(&self, schedule: &Schedule, workflow: WorkflowId, launch: &str) {
        if self.names().insert(workflow, launch.to_owned()).is_none() {
            *schedule.needed().entry(launch.to_owned()).or_default() += 1;
        }
    }

    /// Returns the name of the environment when nothing needs it any more.
    pub(super) fn release(&self, schedule: &Schedule, workflow: WorkflowId) -> Option<String> {
        let launch = self.names().remove(&workflow)?;
        schedule.release(&launch).then_some(launch)
    }
}
