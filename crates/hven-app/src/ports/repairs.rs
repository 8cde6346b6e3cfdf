//! Reads repairs.

use async_trait::async_trait;
use hven_core::{
    ActorId, RepairId, Time,
    repair::{Ended, Started, State},
    soundness::{NodeId, RunRepaired},
};

use crate::ports::{
    error::StoreResult,
    page::{ListQuery, Page},
};

/// A repair that was started.
#[derive(Clone, Debug, PartialEq)]
pub struct StartedRepair {
    pub begun: Started,
    /// The sequence number of the fact that started it.
    pub seq: u64,
    pub time: Time,
    pub by: ActorId,
    /// `None` while it is open.
    pub closed: Option<ClosedRepair>,
}

impl StartedRepair {
    pub fn state(&self) -> State {
        self.closed.as_ref().map_or(State::Running, |closed| closed.state)
    }
}

/// The end of a repair.
#[derive(Clone, Debug, PartialEq)]
pub struct ClosedRepair {
    pub state: State,
    /// The sequence number of the fact that ended it.
    pub seq: u64,
    pub time: Time,
    pub by: ActorId,
    /// `None` when a person cancelled it.
    pub ended: Option<Ended>,
}

#[async_trait]
pub trait Repairs: Send + Sync + 'static {
    async fn repair(&self, repair: RepairId) -> StoreResult<Option<StartedRepair>>;
    /// The known repairs among these, oldest first.
    async fn repairs_by_id(&self, repairs: &[RepairId]) -> StoreResult<Vec<StartedRepair>>;
    async fn repair_numbered(&self, number: u32) -> StoreResult<Option<StartedRepair>>;
    /// The newest repair of `of` with the replacement `with`.
    async fn repair_newest(&self, of: NodeId, with: Option<NodeId>) -> StoreResult<Option<StartedRepair>>;
    /// The highest number of a repair; 0 when there is none.
    async fn repair_number_last(&self) -> StoreResult<u32>;
    /// All open repairs, oldest first.
    async fn repairs_open(&self) -> StoreResult<Vec<StartedRepair>>;
    /// Newest first. With `is_open`, only open repairs.
    async fn repair_page(&self, query: &ListQuery, is_open: bool) -> StoreResult<Page<StartedRepair>>;
    /// Unfinished runs that repeat other runs for a repair, each with the sequence number of the fact which records
    /// that.
    async fn repair_runs_unfinished(&self) -> StoreResult<Vec<(u64, RunRepaired)>>;
}
