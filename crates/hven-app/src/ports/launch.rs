//! The launch of runs: the private part of a launch, and the start of runners.

use std::{collections::BTreeMap, time::Duration};

use async_trait::async_trait;
use hven_core::{RunnerId, resources::Resources, seen::RecordedFiles};
use serde::{Deserialize, Serialize};

use crate::ports::error::StoreResult;

/// The private part of a process start: the caller's environment and the values of secrets. It is kept outside the
/// record, is readable only by its owner, and is never backed up. It is removed when no unfinished run needs it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Launch {
    pub environment: BTreeMap<String, String>,
    pub secrets: BTreeMap<String, String>,
    /// The state of the files that the process will read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<RecordedFiles>,
}

#[async_trait]
pub trait Launches: Send + Sync + 'static {
    /// Keeps a launch under a random name. The same launch may get the same name again.
    async fn keep(&self, launch: Launch) -> StoreResult<String>;

    /// `None` when it does not exist, for example in a home that was restored from a backup.
    async fn get(&self, name: &str) -> StoreResult<Option<Launch>>;

    /// Removes a launch. It may be missing already.
    async fn discard(&self, name: &str) -> StoreResult<()>;

    /// Removes all other launches that are older than `age_min`. A younger one may belong to a run that is being
    /// recorded now.
    async fn retain(&self, names: &[String], age_min: Duration) -> StoreResult<()>;
}

/// The process of a runner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunnerProcess {
    pub pid: u32,
    pub host: String,
}

/// Starts the runners of a pool, and knows whether they have ended.
#[async_trait]
pub trait RunnerLauncher: Send + Sync + 'static {
    /// Starts a runner in the background: it outlives the server and attaches on its own. A runner that existed before
    /// finds its spool again, ends its remaining processes and reports everything that it had not reported.
    async fn start(&self, runner: RunnerId) -> std::io::Result<()>;

    /// The resources of a runner that is started now; `None` when that is not known before it has attached.
    async fn capacity(&self) -> Option<Resources> {
        None
    }

    /// Positive evidence that the runner's process has ended: `Some(evidence)`. Without certainty `None`.
    async fn is_gone(&self, runner: RunnerId) -> Option<String>;

    /// The process of a runner, as the runner noted it.
    async fn process(&self, runner: RunnerId) -> Option<RunnerProcess>;

    /// Whether a runner that has ended can be started again: its spool exists.
    async fn can_return(&self, runner: RunnerId) -> bool;

    /// Removes the spool of a runner that does not return, when everything in it is recorded.
    async fn forget(&self, runner: RunnerId) -> std::io::Result<()>;
}
