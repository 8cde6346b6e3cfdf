//! Reads remarks.

use async_trait::async_trait;
use hven_core::{ActorId, Time, remark::Made};

use crate::ports::{
    error::StoreResult,
    page::{ListQuery, Page},
};

#[derive(Clone, Debug, PartialEq)]
pub struct RemarkView {
    pub made: Made,
    pub time: Time,
    pub by: ActorId,
}

#[async_trait]
pub trait Remarks: Send + Sync + 'static {
    /// Newest first. The words occur in name, text or project.
    async fn remarks(&self, query: &ListQuery) -> StoreResult<Page<RemarkView>>;
}
