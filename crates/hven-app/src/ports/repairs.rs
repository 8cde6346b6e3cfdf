//! What is read of repairs.

use async_trait::async_trait;
use hven_core::{
    ActorId, RepairId, Time,
    repair::{Begun, Ended, State},
    soundness::{Node, RunRepaired},
};

use crate::ports::{
    error::StoreResult,
    page::{ListQuery, Page},
};

/// A repair that somebody began.
#[derive(Clone, Debug, PartialEq)]
pub struct StartedRepair {
    pub begun: Begun,
    /// The sequence number of the fact with which it began.
    pub seq: u64,
    pub time: Time,
    pub by: ActorId,
    /// `None` while it goes on.
    pub closed: Option<ClosedRepair>,
}

impl StartedRepair {
    pub fn state(&self) -> State {
        self.closed.as_ref().map_or(State::Running, |closed| closed.state)
    }
}

/// How a repair ended.
#[derive(Clone, Debug, PartialEq)]
pub struct ClosedRepair {
    pub state: State,
    /// The sequence number of the fact with which it ended.
    pub seq: u64,
    pub time: Time,
    pub by: ActorId,
    /// `None` when a person cancelled it.
    pub ended: Option<Ended>,
}

#[async_trait]
pub trait Repairs: Send + Sync + 'static {
    async fn repair(&self, repair: RepairId) -> StoreResult<Option<StartedRepair>>;
    /// Those of the repairs that are known, oldest first.
    async fn repairs_by_id(&self, repairs: &[RepairId]) -> StoreResult<Vec<StartedRepair>>;
    async fn repair_numbered(&self, number: u32) -> StoreResult<Option<StartedRepair>>;
    /// The newest repair of a node with this in its place.
    async fn repair_newest(&self, of: Node, with: Option<Node>) -> StoreResult<Option<StartedRepair>>;
    /// The highest number of a repair; 0 when there is none.
    async fn repair_number_last(&self) -> StoreResult<u32>;
    /// All repairs that go on, oldest first.
    async fn repairs_open(&self) -> StoreResult<Vec<StartedRepair>>;
    /// Newest first; `is_open`: only those that go on.
    async fn repair_page(&self, query: &ListQuery, is_open: bool) -> StoreResult<Page<StartedRepair>>;
    /// Runs that do the work of others anew and have not ended, each with the sequence number of the fact that says so.
    async fn repair_runs_unfinished(&self) -> StoreResult<Vec<(u64, RunRepaired)>>;
}
