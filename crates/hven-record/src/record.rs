//! Implements the port [`Record`]: appends and reads facts.

use std::sync::{PoisonError, atomic::Ordering};

use async_trait::async_trait;
use hven_app::ports::{
    Record, StoreResult,
    fact_feed::FactFeed,
    record::{Appended, FactQuery, Head, ReadSoFar, Verification},
};
use hven_core::{envelope::Envelope, fact::Batch};

use crate::{
    facts,
    home::Home,
    verify,
    writer::{Command, prepare},
};

/// The limit of facts in one answer.
const FACTS_MAX: usize = 100_000;

#[async_trait]
impl Record for Home {
    async fn append(&self, batch: Batch) -> StoreResult<Appended> {
        let batch = Box::new(prepare(batch).await?);
        if !batch.may_use_reserve() {
            self.inner.shared.reserve.refuse_if_low("new facts")?;
        }
        self.inner.writer.ask(|reply| Command::Append { batch, reply }).await
    }

    fn has_room(&self) -> bool {
        let reserve = &self.inner.shared.reserve;
        let is_low = reserve.is_low();
        if is_low && reserve.has_some_space() {
            self.inner.writer.shorten_wal();
        }
        !is_low
    }

    async fn erase(&self, seqs: &[u64], batch: Batch) -> StoreResult<Appended> {
        let (seqs, batch) = (seqs.to_vec(), Box::new(batch));
        self.inner.writer.ask(|reply| Command::Erase { seqs, batch, reply }).await
    }

    fn copies_left(&self) -> bool {
        self.inner.shared.copies_left.load(Ordering::Relaxed)
    }

    async fn facts(&self, mut query: FactQuery) -> StoreResult<Vec<Envelope>> {
        query.limit = query.limit.min(FACTS_MAX);
        self.inner.readers.read(move |sql| Ok(facts::matching(sql, &query)?)).await
    }

    fn head(&self) -> Head {
        Home::head(self)
    }

    fn subscribe(&self) -> FactFeed {
        self.inner.shared.recorded.subscribe()
    }

    async fn verify(&self, objects: bool) -> StoreResult<Verification> {
        verify::verify(self, objects).await
    }

    fn verifying(&self) -> Option<ReadSoFar> {
        *self.inner.verifying.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
