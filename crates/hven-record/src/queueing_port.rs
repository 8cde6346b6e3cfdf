//! The read port of the use of the runners.

use async_trait::async_trait;
use hven_app::ports::{
    Queues, StoreResult,
    queueing::{UseQuery, UseRow},
};

use crate::{home::Home, views::queueing};

#[async_trait]
impl Queues for Home {
    async fn used(&self, query: &UseQuery) -> StoreResult<Vec<UseRow>> {
        let query = query.clone();
        self.inner.readers.read(move |sql| Ok(queueing::used(sql, &query)?)).await
    }
}
