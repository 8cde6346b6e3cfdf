//! Datasets: import, list, split and download tables.

use std::io;

use hven_api::{
    datasets::{AddDataset, DatasetDetail, DatasetRun, DatasetSummary, NewSplit},
    page::Page,
    runs::{FileRef, LookedUp},
};
use ureq::http::Method;

use crate::{
    Client, Error, Result,
    query::{Query, escape},
    transport::{Call, copy},
};

/// The filter of a list.
#[derive(Clone, Debug, Default)]
pub struct ListQuery {
    pub project: Option<String>,
    /// Words that must all occur.
    pub words: Option<String>,
    pub limit: Option<usize>,
    pub cursor: Option<String>,
}

impl ListQuery {
    /// The path with what is asked of a list.
    pub fn below(&self, path: &str) -> String {
        let mut query = Query::default();
        query.add_some("project", self.project.as_ref());
        query.add_some("q", self.words.as_ref());
        query.add_some("limit", self.limit);
        query.add_some("cursor", self.cursor.as_ref());
        query.below(path)
    }
}

impl Client {
    pub fn add_dataset(&self, new: &AddDataset) -> Result<DatasetRun> {
        self.post("/datasets", new)
    }

    /// Whether the same import was done before, and if not, the reason for a new one.
    pub fn look_up_dataset(&self, new: &AddDataset) -> Result<LookedUp> {
        self.post("/datasets/lookup", new)
    }

    pub fn datasets(&self, wanted: &ListQuery) -> Result<Page<DatasetSummary>> {
        self.get(wanted.below("/datasets"))
    }

    /// A version by its id, `name`, or `name@version`.
    pub fn dataset(&self, dataset: &str, project: Option<&str>) -> Result<DatasetDetail> {
        self.get(of(dataset, "", project))
    }

    pub fn split_dataset(&self, dataset: &str, project: Option<&str>, new: &NewSplit) -> Result<DatasetRun> {
        self.post(of(dataset, "/splits", project), new)
    }

    /// The bytes of a dataset: those of a part, or those that are not held out.
    pub fn dataset_table(&self, dataset: &str, project: Option<&str>) -> Result<FileRef> {
        self.get(of(dataset, "/table", project))
    }

    /// Writes the Parquet bytes of a dataset, or of a part of it, to `sink`; returns their number.
    pub fn dataset_content(&self, dataset: &str, project: Option<&str>, sink: &mut dyn io::Write) -> Result<u64> {
        let (response, url) = self.request(&Call::new(Method::GET, of(dataset, "/data", project)))?;
        copy(response, url, sink)
    }

    /// The dataset of a run; `None` until the run is done.
    pub fn dataset_of_run(&self, run: &str) -> Result<Option<DatasetSummary>> {
        match self.get(format!("/runs/{}/dataset", escape(run))) {
            Ok(dataset) => Ok(Some(dataset)),
            Err(Error::Api(error)) if error.status == 404 => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The path of a dataset, followed by `rest`.
fn of(dataset: &str, rest: &str, project: Option<&str>) -> String {
    let mut query = Query::default();
    query.add_some("project", project);
    query.below(&format!("/datasets/{}{rest}", escape(dataset)))
}
