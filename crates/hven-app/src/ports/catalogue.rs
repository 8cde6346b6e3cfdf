//! What is read of the catalogue of data.

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
    run::Unsettled,
};

/// One version of a dataset.
#[derive(Clone, Debug, PartialEq)]
pub struct DatasetView {
    pub version: VersionAdded,
    pub added: Time,
    pub added_by: ActorId,
    /// The handle of the run that made it.
    pub handle: Handle,
    /// No later version of its name is there.
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
    /// `None`: the whole of it.
    pub part: Option<Name>,
    /// They are, or contain, what was held out; of a part beside a split that holds something out, they may.
    pub held_out: bool,
}

#[async_trait]
pub trait Catalogue: Send + Sync + 'static {
    async fn dataset(&self, dataset: DatasetId) -> StoreResult<Option<DatasetView>>;
    /// Those of the datasets that are known, oldest first.
    async fn datasets_by_id(&self, datasets: &[DatasetId]) -> StoreResult<Vec<DatasetView>>;
    /// That version of the name, or the newest, in each project that has one.
    async fn datasets_named(&self, name: &Name, version: Option<u32>) -> StoreResult<Vec<DatasetView>>;
    /// All versions of these names: of each the newest first, and the names in their order.
    async fn dataset_versions(&self, names: &[(ProjectPath, Name)]) -> StoreResult<Vec<DatasetView>>;
    async fn datasets(&self, query: &ListQuery) -> StoreResult<Page<DatasetView>>;
    /// What the run made.
    async fn datasets_of_run(&self, run: RunId) -> StoreResult<Vec<DatasetView>>;
    /// The dataset that the run divided, if it did.
    async fn split_of_run(&self, run: RunId) -> StoreResult<Option<DatasetId>>;
    async fn splits(&self, dataset: DatasetId) -> StoreResult<Vec<SplitView>>;
    /// Which of these bytes belong to datasets.
    async fn catalogued(&self, digests: &[Digest]) -> StoreResult<Vec<Catalogued>>;
    /// Newest first.
    async fn hold_out_reads(&self, dataset: DatasetId, limit: usize) -> StoreResult<Vec<HoldOutReadView>>;
    async fn hold_out_read_count(&self, dataset: DatasetId) -> StoreResult<u64>;
    /// Runs whose result belongs into the catalogue and is not there: those that are done, and those that go on.
    async fn runs_to_settle(&self) -> StoreResult<Vec<Unsettled>>;
}
