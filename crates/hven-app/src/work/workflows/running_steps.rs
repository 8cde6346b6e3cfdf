//! The steps that a process carries out at this moment.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use hven_core::workflow::WorkflowId;
use tokio::sync::Notify;

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
