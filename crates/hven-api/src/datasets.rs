//! Datasets on the wire: versions, splits, and who read what was held out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    runs::{Actor, FileRef, RunName, RunSummary},
    sentence::Sentence,
};

/// `POST /datasets`: a table to be taken in. Its bytes are uploaded as an object before.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AddDataset {
    /// `home` when nothing is said.
    #[serde(default)]
    pub project: Option<String>,
    pub name: String,
    /// The raw bytes, under the path that the person named.
    pub source: FileRef,
    /// A column's type instead of the one that is found: `bool`, `int`, `float`, `text`, `date`, `timestamp`.
    #[serde(default)]
    pub types: BTreeMap<String, String>,
    /// A column's unit, in UCUM or CF spelling.
    #[serde(default)]
    pub units: BTreeMap<String, String>,
    /// Texts that stand for a missing value, instead of the usual ones.
    #[serde(default)]
    pub nulls: Option<Vec<String>>,
    /// Conditions that the table must meet, as expressions.
    #[serde(default)]
    pub checks: Vec<String>,
    /// An SPDX identifier or expression, `LicenseRef-NAME` for one of your own, or the file or the address of its text.
    #[serde(default)]
    pub license: Option<String>,
    #[serde(default)]
    pub description: Option<String>,
    /// Above this the import is stopped; 1 GiB when nothing is said.
    #[serde(default)]
    pub memory_limit_bytes: Option<u64>,
    /// Import it even when the same bytes were imported before in the same way.
    #[serde(default)]
    pub fresh: bool,
}

/// The answer to `POST /datasets` and `POST /datasets/{dataset}/splits`: the run that does it. When that run is done,
/// `GET /runs/{run}/dataset` answers what it made.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DatasetRun {
    pub schema: String,
    pub run: RunSummary,
    /// The same work was done before: `run` is that one, and nothing was started.
    pub up_to_date: bool,
    /// What there is already, when nothing was started.
    pub dataset: Option<DatasetSummary>,
    /// The newest version had these bytes already: no new one was made.
    pub unchanged: bool,
}

/// A version of a dataset as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DatasetSummary {
    /// Names this version for ever.
    pub id: String,
    pub project: String,
    pub name: String,
    pub version: u32,
    /// `name@version`.
    pub reference: String,
    /// It is the newest version of its name.
    pub newest: bool,
    /// `sound`, `suspect` (it rests on something retracted) or `retracted`.
    #[serde(default = "crate::soundness::sound")]
    pub soundness: String,
    pub rows: u64,
    pub columns: u32,
    /// The size of the table as Parquet.
    pub bytes: u64,
    /// Cells and lines of the source that could not be read as they were.
    pub problems: u64,
    pub checks_failed: u32,
    pub license: Option<String>,
    pub description: Option<String>,
    pub added: String,
    pub added_by: Actor,
    /// The run that made it.
    pub run: RunName,
    pub splits: u32,
}

/// `GET /datasets/{dataset}`: everything about one version.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DatasetDetail {
    pub schema: String,
    #[serde(flatten)]
    pub summary: DatasetSummary,
    pub source: Option<FileRef>,
    /// The table, as Parquet.
    pub content: FileRef,
    /// The importer's report (`hven.import/1`): schema, units, profile, problems, checks. `null` when it was erased.
    pub report: serde_json::Value,
    /// The first rows (`hven.sample/1`). `null` when it was erased.
    pub sample: serde_json::Value,
    /// All versions of the name, newest first.
    pub versions: Vec<DatasetVersion>,
    pub split_list: Vec<Split>,
    /// Newest first, at most 100.
    pub hold_out_reads: Vec<HoldOutRead>,
    pub hold_out_reads_total: u64,
    /// Why it is not sound.
    #[serde(default)]
    pub suspicion: Option<Sentence>,
    /// The publication with which it was brought in.
    #[serde(default)]
    pub origin: Option<crate::publications::Origin>,
    /// Where to look at it in a browser.
    pub url: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DatasetVersion {
    pub id: String,
    pub version: u32,
    pub added: String,
    pub rows: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Split {
    pub name: String,
    /// In words, such as `random, seed 1`.
    pub method: String,
    pub run: RunName,
    pub parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Part {
    pub name: String,
    pub rows: u64,
    pub content: FileRef,
    /// Given only to steps that ask for it by name, and each reading is recorded.
    pub hold_out: bool,
    /// How often it was read, if it is held out.
    pub reads: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HoldOutRead {
    /// `null`: the whole dataset, what was held out included.
    pub part: Option<String>,
    /// The run that read it, when a run did.
    pub run: Option<RunName>,
    pub by: Actor,
    pub time: String,
}

/// `POST /datasets/{dataset}/splits`: a division into parts.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewSplit {
    /// `split` when nothing is said.
    #[serde(default)]
    pub name: Option<String>,
    /// `random`, `stratified` or `by_key`.
    pub method: String,
    /// The column by which it is stratified, or whose values stay together.
    #[serde(default)]
    pub by: Option<String>,
    #[serde(default)]
    pub seed: u64,
    /// The share of each part; they add up to 1.
    pub parts: BTreeMap<String, f64>,
    /// The part that is held out.
    #[serde(default)]
    pub hold_out: Option<String>,
    /// Divide it even when that was done before in the same way.
    #[serde(default)]
    pub fresh: bool,
}
