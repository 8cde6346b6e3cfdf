//! The read port of the use of the machine over time.

use async_trait::async_trait;
use hven_app::ports::{
    Machines, StoreResult,
    machine::{PeriodQuery, PeriodUse},
};

use crate::{home::Home, views::use_changes};

#[async_trait]
impl Machines for Home {
    async fn period_use(&self, query: &PeriodQuery) -> StoreResult<PeriodUse> {
        let query = query.clone();
        self.inner.readers.read(move |sql| Ok(use_changes::period(sql, &query)?)).await
    }
}
