//! The floor of work: runs from their submission to their end.

use std::{
    ops::Deref,
    sync::{Arc, Weak},
};

use tokio::sync::{Mutex, Semaphore};

use crate::{
    kernel::{error::AppResult, floor::Kernel, rights::RightsWatch},
    work::{
        cached_grants::CachedGrants, external::reporters::Reporters, folder_listings::FolderListings,
        kept_environments::KeptEnvironments, pipes::Pipes, recipes::Recipes, runners::links::RunnerLinks,
        schedule::Schedule, workflows::running_steps::RunningSteps,
    },
};

/// The state that use cases about runs share, above the kernel.
#[derive(Debug)]
pub struct Work {
    pub kernel: Arc<Kernel>,
    pub schedule: Arc<Schedule>,
    pub runners: RunnerLinks,
    pub recipes: Recipes,
    pub(super) listings: FolderListings,
    pub(super) permissions: CachedGrants,
    pub(crate) pipes: Pipes,
    pub(crate) reporters: Reporters,
    /// The number that gives the next run's handle.
    pub(crate) next_handle: Mutex<u64>,
    /// Held by a call that adds to a run after its end, from its check of the present amount until its fact is
    /// recorded.
    pub(super) additions_turn: Mutex<()>,
    /// Held by a call that changes labels of a run, from reading them until its facts are recorded.
    pub(super) labels_turn: Mutex<()>,
    /// Held by a call that changes documents of doors, from reading them until its facts are recorded.
    pub(super) documents_turn: Mutex<()>,
    /// Held by a call that changes how a run waits, until the engine knows it.
    pub(super) queue_turn: Mutex<()>,
    /// Held while a workflow starts, goes on or ends.
    pub(super) workflow_turn: Mutex<()>,
    /// Held while an array is submitted, changed or ended, and while its tasks are submitted.
    pub(super) array_turn: Mutex<()>,
    /// How many searches of all logs may go on at the same time.
    pub(super) log_searches: Semaphore,
    pub(super) running_steps: RunningSteps,
    pub(super) kept_environments: KeptEnvironments,
}

const LOG_SEARCHES_MAX: usize = 2;

impl Work {
    /// Opens the floor above a kernel that asks this schedule which attempts are live. Unfinished runs are resumed
    /// later.
    pub(crate) async fn open(kernel: Arc<Kernel>, schedule: Arc<Schedule>, recipes: Recipes) -> AppResult<Arc<Self>> {
        let next_handle = kernel.ports.views.runs_submitted().await?;
        let work = Arc::new(Self {
            kernel,
            schedule,
            runners: RunnerLinks::default(),
            recipes,
            listings: FolderListings::default(),
            permissions: CachedGrants::default(),
            pipes: Pipes::default(),
            reporters: Reporters::default(),
            next_handle: Mutex::new(next_handle),
            additions_turn: Mutex::default(),
            labels_turn: Mutex::default(),
            documents_turn: Mutex::default(),
            queue_turn: Mutex::default(),
            workflow_turn: Mutex::default(),
            array_turn: Mutex::default(),
            log_searches: Semaphore::new(LOG_SEARCHES_MAX),
            running_steps: RunningSteps::default(),
            kept_environments: KeptEnvironments::default(),
        });
        let watch: Weak<dyn RightsWatch> = Arc::<Self>::downgrade(&work);
        work.rights.watched_by(watch);
        Ok(work)
    }

    /// Whether runs wait or go on, or a process carries out a step of a workflow.
    pub fn is_busy(&self) -> bool {
        self.schedule.load() != (0, 0) || !self.running_steps.is_empty()
    }
}

impl Deref for Work {
    type Target = Kernel;

    fn deref(&self) -> &Kernel {
        &self.kernel
    }
}
