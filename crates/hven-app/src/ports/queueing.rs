//! How runs wait for their turn, and the read port of the use of the runners.

use std::collections::BTreeSet;

use async_trait::async_trait;
use hven_core::{ActorId, RunId, Time, access::Scope, project::ProjectPath, queueing::Priority};

use crate::ports::error::StoreResult;

/// How a run waits for its turn. A run without any wish has the default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueueState {
    pub priority: Priority,
    pub held: bool,
    /// The runs that must succeed before it starts.
    pub after: BTreeSet<RunId>,
    pub start_by: Option<Time>,
}

/// Which use is counted.
#[derive(Clone, Debug)]
pub struct UseQuery {
    pub scopes: Vec<Scope>,
    /// Only runs in this project and in those below it.
    pub project: Option<ProjectPath>,
    /// Only attempts that ended at or after this time, and (below) before this one.
    pub since: Time,
    pub until: Time,
    /// The length of a period in microseconds: each period has rows of its own. `None`: one period.
    pub period_us: Option<i64>,
}

/// The use of the runners by the ended runs of a user for a project, in one period.
#[derive(Clone, Debug, PartialEq)]
pub struct UseRow {
    pub user: ActorId,
    pub project: ProjectPath,
    /// The number of the period since 1970; 0 without periods.
    pub period: i64,
    pub runs: u64,
    pub failed: u64,
    /// Seconds of processes, and (below) these times the cores that were reserved.
    pub wall_s: f64,
    pub core_s: f64,
    /// Seconds of processor time that the processes used.
    pub cpu_s: f64,
    pub memory_max_bytes: u64,
}

#[async_trait]
pub trait Queues: Send + Sync + 'static {
    /// The use of the runners by ended runs in these scopes, by user, project and period.
    async fn used(&self, query: &UseQuery) -> StoreResult<Vec<UseRow>>;
}
