//! The read port of how runs wait, and of the use of the runners.

use std::collections::HashMap;

use async_trait::async_trait;
use hven_app::ports::{
    Queues, StoreResult,
    queueing::{QueueState, UseQuery, UseRow},
};
use hven_core::RunId;

use crate::{home::Home, views::queueing};

#[async_trait]
impl Queues for Home {
    async fn queue_states(&self, runs: &[RunId]) -> StoreResult<HashMap<RunId, QueueState>> {
        let runs = runs.to_vec();
        self.inner.readers.read(move |sql| Ok(queueing::states_of(sql, &runs)?)).await
    }
    async fn used(&self, query: &UseQuery) -> StoreResult<Vec<UseRow>> {
        let query = query.clone();
        self.inner.readers.read(move |sql| Ok(queueing::used(sql, &query)?)).await
    }
}
