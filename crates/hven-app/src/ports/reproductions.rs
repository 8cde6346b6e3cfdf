//! What is read of runs that were reproduced.

use async_trait::async_trait;
use hven_core::{ActorId, RunId, Time, reproduction::Reproduced};

use crate::ports::{error::StoreResult, run::Unsettled};

/// What came of making a run again once.
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
    /// Runs that make others again or compare them, and whose outcome is not recorded yet.
    async fn reproducing(&self) -> StoreResult<Vec<Unsettled>>;
}
