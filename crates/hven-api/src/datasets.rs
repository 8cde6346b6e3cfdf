//! Datasets on the wire: versions, splits, and reads of held-out data.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    runs::{Actor, FileRef, RunName, RunSummary},
    sentence::Sentence,
};

/// `POST /datasets`: a table to import. Upload its bytes as an object first.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AddDataset {
    /// `home` by default.
    #[serde(default)]
    pub project: Option<String>,
    pub name: String,
    /// The raw bytes, with the path that the person gave.
    pub source: FileRef,
    /// The type of a column, instead of the detected one: `bool`, `int`, `float`, `text`, `date`, `timestamp`.
    #[serde(default)]
    pub types: BTreeMap<String, String>,
    /// A column's unit, in UCUM or CF spelling.
    #[serde(default)]
    pub units: BTreeMap<String, String>,
    /// Texts that mean a missing value, instead of the usual ones.
    #[serde(default)]
    pub nulls: Option<Vec<String>>,
    /// Conditions that the table must meet, as expressions.
    #[serde(default)]
    pub checks: Vec<String>,
    /// An SPDX identifier or expression, `LicenseRef-NAME` for a licence of your own, or the file or the address of its text.
    #[serde(default)]
    pub license: Option<String>,
    #[serde(default)]
    pub description: Option<String>,
    /// The import stops when it uses more memory than this; 1 GiB by default.
    #[serde(default)]
    pub memory_limit_bytes: Option<u64>,
    /// Import it even when the same bytes were already imported in the same way.
    #[serde(default)]
    pub fresh: bool,
}

/// The answer to `POST /datasets` and `POST /datasets/{dataset}/splits`: the run that does it. When that run is done, `GET
/// /runs/{run}/dataset` answers the dataset that it made.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DatasetRun {
    pub schema: String,
    pub run: RunSummary,
    /// The same work was done before: `run` is the earlier run, and no new run was started.
    pub up_to_date: bool,
    /// The existing dataset, when no run was started.
    pub dataset: Option<DatasetSummary>,
    /// The newest version already has these bytes: no new version was made.
    pub unchanged: bool,
}

/// A version of a dataset as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DatasetSummary {
    /// Names this version permanently.
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
    /// Cells and lines of the source that could not be read as they are.
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
    /// The publication with which it was imported.
    #[serde(default)]
    pub origin: Option<crate::publications::Origin>,
    /// Its page in a browser.
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
    /// As text, such as `random, seed 1`.
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
    /// Given only to steps that ask for it by name; each read is recorded.
    pub hold_out: bool,
    /// How often it was read, if it is held out.
    pub reads: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HoldOutRead {
    /// `null`: the whole dataset, including the held-out part.
    pub part: Option<String>,
    /// The run that read it; `null` when a user read it.
    pub run: Option<RunName>,
    pub by: Actor,
    pub time: String,
}

/// `POST /datasets/{dataset}/splits`: a division into parts.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewSplit {
    /// `split` by default.
    #[serde(default)]
    pub name: Option<String>,
    /// `random`, `stratified` or `by_key`.
    pub method: String,
    /// The column to stratify by, or the column whose equal values stay in one part.
    #[serde(default)]
    pub by: Option<String>,
    #[serde(default)]
    pub seed: u64,
    /// The share of each part; the shares add up to 1.
    pub parts: BTreeMap<String, f64>,
    /// The part that is held out.
    #[serde(default)]
    pub hold_out: Option<String>,
    /// Divide it even when it was already divided in the same way.
    #[serde(default)]
    pub fresh: bool,
}
