//! Reads reproductions of runs.

use async_trait::async_trait;
use hven_core::{ActorId, RunId, Time, reproduction::Reproduced};

use crate::ports::{error::StoreResult, run::UnprocessedRun};

/// The outcome of one reproduction of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct ReproductionView {
    pub reproduced: Reproduced,
    pub time: Time,
    pub by: ActorId,
}

#[async_trait]
pub trait Reproductions: Send + Sync + 'static {
    /// Newest first.
    async fn reproductions(&self, run: RunId, limit: usize) -> StoreResult<Vec<ReproductionView>>;
    /// Runs that reproduce other runs or compare outputs, and whose verdict is not recorded yet.
    async fn reproducing(&self) -> StoreResult<Vec<UnprocessedRun>>;
}
