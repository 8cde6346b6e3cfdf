//! Reads the catalogue of datasets.

use async_trait::async_trait;
use hven_core::{
    ActorId, DatasetId, Digest, RunId, Time,
    catalogue::{Part, Reader, VersionAdded},
    handle::Handle,
    name::Name,
    project::ProjectPath,
};

use crate::ports::{
    error::StoreResult,
    page::{ListQuery, Page},
    run::UnprocessedRun,
};

/// One version of a dataset.
#[derive(Clone, Debug, PartialEq)]
pub struct DatasetView {
    pub version: VersionAdded,
    pub added: Time,
    pub added_by: ActorId,
    /// The handle of the run that made it.
    pub handle: Handle,
    /// Whether no later version of its name exists.
    pub newest: bool,
    pub splits: u32,
}

impl DatasetView {
    /// `planets@1`.
    pub fn reference(&self) -> String {
        format!("{}@{}", self.version.name, self.version.version)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct SplitView {
    pub name: Name,
    pub method: String,
    pub run: RunId,
    pub handle: Handle,
    pub parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct HoldOutReadView {
    pub part: Option<Name>,
    pub by: Reader,
    pub actor: ActorId,
    pub time: Time,
}

/// Bytes that belong to a dataset.
#[derive(Clone, Debug, PartialEq)]
pub struct Catalogued {
    pub digest: Digest,
    pub dataset: DatasetId,
    /// `None`: the whole dataset.
    pub part: Option<Name>,
    /// Whether they are, or contain, held-out data. Parts of a split next to a split with held-out data may contain
    /// such data.
    pub held_out: bool,
}

#[async_trait]
pub trait Catalogue: Send + Sync + 'static {
    async fn dataset(&self, dataset: DatasetId) -> StoreResult<Option<DatasetView>>;
    /// The known datasets among these, oldest first.
    async fn datasets_by_id(&self, datasets: &[DatasetId]) -> StoreResult<Vec<DatasetView>>;
    /// The version with this number, or the newest, in each project that has the name.
    async fn datasets_named(&self, name: &Name, version: Option<u32>) -> StoreResult<Vec<DatasetView>>;
    /// All versions of these names: the names in the given order, and for each name the newest version first.
    async fn dataset_versions(&self, names: &[(ProjectPath, Name)]) -> StoreResult<Vec<DatasetView>>;
    async fn datasets(&self, query: &ListQuery) -> StoreResult<Page<DatasetView>>;
    /// The datasets that the run made.
    async fn datasets_of_run(&self, run: RunId) -> StoreResult<Vec<DatasetView>>;
    /// The dataset that the run split, if it did.
    async fn split_of_run(&self, run: RunId) -> StoreResult<Option<DatasetId>>;
    async fn splits(&self, dataset: DatasetId) -> StoreResult<Vec<SplitView>>;
    /// Which of these digests belong to datasets.
    async fn catalogued(&self, digests: &[Digest]) -> StoreResult<Vec<Catalogued>>;
    /// Newest first.
    async fn hold_out_reads(&self, dataset: DatasetId, limit: usize) -> StoreResult<Vec<HoldOutReadView>>;
    async fn hold_out_read_count(&self, dataset: DatasetId) -> StoreResult<u64>;
    /// Runs whose result belongs into the catalogue and is not there yet: finished runs and unfinished ones.
    async fn runs_to_settle(&self) -> StoreResult<Vec<UnprocessedRun>>;
}
