//! Reads publications made here and imported ones.

use async_trait::async_trait;
use hven_core::{
    ActorId, ClaimId, Digest, PublicationId, Time,
    name::Name,
    project::ProjectPath,
    publication::{Imported, PublicationMade},
    soundness::NodeId,
};

use crate::ports::{
    error::StoreResult,
    page::{ListQuery, Page},
};

/// One version of a publication.
#[derive(Clone, Debug, PartialEq)]
pub struct PublicationView {
    pub made: PublicationMade,
    pub time: Time,
    pub by: ActorId,
    /// Whether no later version of its name exists.
    pub newest: bool,
}

/// An imported publication.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportView {
    pub imported: Imported,
    pub time: Time,
    pub by: ActorId,
}

#[async_trait]
pub trait Publications: Send + Sync + 'static {
    async fn publication(&self, publication: PublicationId) -> StoreResult<Option<PublicationView>>;
    /// The known publications among these, oldest first.
    async fn publications_by_id(&self, publications: &[PublicationId]) -> StoreResult<Vec<PublicationView>>;
    /// The version with this number, or the newest, in each project that has the name.
    async fn publications_named(&self, name: &Name, version: Option<u32>) -> StoreResult<Vec<PublicationView>>;
    /// All versions, newest first.
    async fn publication_versions(&self, project: &ProjectPath, name: &Name) -> StoreResult<Vec<PublicationView>>;
    /// All versions, or those that include the claim, newest first. The words of the query must occur in the name, the
    /// title or the project.
    async fn publications(&self, query: &ListQuery, claim: Option<ClaimId>) -> StoreResult<Page<PublicationView>>;
    /// The publications that include the claim, newest first.
    async fn publications_of(&self, claim: ClaimId) -> StoreResult<Vec<PublicationView>>;
    /// The import of the publication whose manifest has this digest.
    async fn imported(&self, fingerprint: Digest) -> StoreResult<Option<ImportView>>;
    /// The publication with which a node was imported.
    async fn origin(&self, node: NodeId) -> StoreResult<Option<ImportView>>;
}
