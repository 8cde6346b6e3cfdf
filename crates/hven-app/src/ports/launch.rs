//! How runs come to be processes: the private part of a launch, and the start of runners.

use std::{collections::BTreeMap, time::Duration};

use async_trait::async_trait;
use hven_core::{RunnerId, seen::Seen};
use serde::{Deserialize, Serialize};

use crate::ports::error::StoreResult;

/// What a process is started with and nobody may read later: the caller's environment and the secrets' values. Kept
/// outside the record, readable by its owner only, never backed up, gone when no unfinished run needs it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Launch {
    pub environment: BTreeMap<String, String>,
    pub secrets: BTreeMap<String, String>,
    /// How the files stood that it will read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Seen>,
}

#[async_trait]
pub trait Launches: Send + Sync + 'static {
    /// Keeps a launch under a random name; the same launch twice may get the same name.
    async fn keep(&self, launch: Launch) -> StoreResult<String>;

    /// `None` when it is gone, for instance in a home restored from a backup.
    async fn get(&self, name: &str) -> StoreResult<Option<Launch>>;

    /// Removes one; when it is gone already that is fine.
    async fn discard(&self, name: &str) -> StoreResult<()>;

    /// Removes all but these, as far as they are older than `age_min`: a younger one may belong to a run that is just
    /// being recorded.
    async fn retain(&self, names: &[String], age_min: Duration) -> StoreResult<()>;
}

/// Where a runner runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunnerProcess {
    pub pid: u32,
    pub host: String,
}

/// Starts runners of a pool and knows whether they are gone.
#[async_trait]
pub trait RunnerLauncher: Send + Sync + 'static {
    /// Starts a runner, detached: it outlives the server and attaches by itself. One that was there before finds its
    /// spool again, ends what is left of its processes and reports what it had not reported.
    async fn start(&self, runner: RunnerId) -> std::io::Result<()>;

    /// Positive evidence that the runner's process has ended: `Some(evidence)`. Doubt is `None`.
    async fn is_gone(&self, runner: RunnerId) -> Option<String>;

    /// The process of a runner, as it noted it.
    async fn process(&self, runner: RunnerId) -> Option<RunnerProcess>;

    /// Whether a runner that is gone can be started again where it was: its spool is there.
    async fn can_return(&self, runner: RunnerId) -> bool;

    /// Removes the spool of a runner that does not return, when all it left is recorded.
    async fn forget(&self, runner: RunnerId) -> std::io::Result<()>;
}
