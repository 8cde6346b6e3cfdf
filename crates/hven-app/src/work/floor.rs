//! The floor of work: runs from their submission to their end.

use std::{
    ops::Deref,
    sync::{Arc, Weak},
};

use tokio::sync::Mutex;

use crate::{
    kernel::{error::AppResult, floor::Kernel, rights::RightsWatch},
    work::{
        cached_grants::CachedGrants, folder_listings::FolderListings, pipes::Pipes, recipes::Recipes,
        runners::links::RunnerLinks, schedule::Schedule,
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
    /// The number that gives the next run's handle.
    pub(crate) next_handle: Mutex<u64>,
    /// Held by a call that adds to a run after its end, from its check of the present amount until its fact is
    /// recorded.
    pub(super) additions_turn: Mutex<()>,
    /// Held by a call that changes labels of a run, from reading them until its facts are recorded.
    pub(super) labels_turn: Mutex<()>,
}

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
            next_handle: Mutex::new(next_handle),
            additions_turn: Mutex::default(),
            labels_turn: Mutex::default(),
        });
        let watch: Weak<dyn RightsWatch> = Arc::<Self>::downgrade(&work);
        work.rights.watched_by(watch);
        Ok(work)
    }
}

impl Deref for Work {
    type Target = Kernel;

    fn deref(&self) -> &Kernel {
        &self.kernel
    }
}
