//! Reads the documents of doors.

use async_trait::async_trait;
use hven_core::{ActorId, Time, access::Scope, document::Kept, name::Name, project::ProjectPath};

use crate::ports::error::StoreResult;

/// A document as it was written last.
#[derive(Clone, Debug, PartialEq)]
pub struct DocumentView {
    pub kept: Kept,
    pub time: Time,
    pub by: ActorId,
}

/// Selects documents of one collection.
#[derive(Clone, Debug)]
pub struct DocumentQuery {
    pub door: Name,
    pub collection: Name,
    /// Only documents in these scopes.
    pub scopes: Vec<Scope>,
    /// Only documents of exactly these projects; `None`: of any.
    pub projects: Option<Vec<ProjectPath>>,
    /// Only documents whose ids begin with this text.
    pub prefix: Option<String>,
}

#[async_trait]
pub trait Documents: Send + Sync + 'static {
    /// Those of a collection that exist, in any order.
    async fn documents_named(&self, door: &Name, collection: &Name, ids: &[String]) -> StoreResult<Vec<DocumentView>>;
    /// All that the query selects, in the order of their ids.
    async fn documents(&self, query: &DocumentQuery) -> StoreResult<Vec<DocumentView>>;
}
