//! The evidence of claims: datasets, runs, laws, and reproductions of runs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::person::Person;
use crate::{
    DatasetId, Digest, RunId, Time,
    dataset::Schema,
    object::FileRef,
    reproduction::{FileComparison, Level, MetricComparison, PrintedComparison},
    resources::Resources,
    run::{Code, Number, Outcome, Software, Usage},
};

/// One version of a dataset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dataset {
    /// Its id in its original home; it keeps this id in every home.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<DatasetId>,
    pub project: String,
    pub name: String,
    pub version: u32,
    pub description: Option<String>,
    /// SPDX id, or the text that the person wrote.
    pub license: Option<String>,
    /// The names that the licence requires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribution: Option<String>,
    pub added: Time,
    pub added_by: Option<Person>,
    /// The run that made it from its source.
    pub made_by: Option<RunId>,
    /// The raw bytes, with the path that the person gave.
    pub source: Option<FileRef>,
    /// The table, as Parquet.
    pub content: FileRef,
    /// The importer's report: profile, problems, checks.
    pub report: Option<Digest>,
    pub schema: Schema,
    pub rows: u64,
    #[serde(default)]
    pub problems: u64,
    #[serde(default)]
    pub checks_failed: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<DatasetPart>,
}

impl Dataset {
    /// `planets@1`.
    pub fn reference(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }
}

/// A part of a divided dataset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DatasetPart {
    pub name: String,
    pub rows: u64,
    pub content: FileRef,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hold_out: bool,
    pub made_by: Option<RunId>,
    /// How it was divided, as text.
    pub method: String,
}

/// One execution of a task, with the data to repeat it. It does not contain paths of its machine or values of secrets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    pub id: RunId,
    /// Its handle in its home: `7Q2M`.
    pub handle: String,
    pub project: String,
    pub name: Option<String>,
    pub work: Work,
    /// Only the variables that an allow-list names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub environment: BTreeMap<String, String>,
    /// The names of the secrets that it needs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<String>,
    #[serde(default)]
    pub resources: Resources,
    /// Relative to the folder where it runs.
    pub inputs: Vec<FileRef>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stdin: Option<StdinFrom>,
    pub outputs: Vec<FileRef>,
    /// Declared output paths; `outputs` are the outputs that it made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outputs_declared: Vec<String>,
    pub outcome: Outcome,
    pub started: Option<Time>,
    pub ended: Option<Time>,
    /// By a monotonic clock.
    pub wall_s: f64,
    #[serde(default)]
    pub usage: Usage,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, serde_json::Value>,
    /// The last value of each metric.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metrics: BTreeMap<String, Number>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metric_units: BTreeMap<String, String>,
    /// Additions after its end: they are not measurements of the run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub added_later: Vec<AddedLater>,
    pub software: Option<Software>,
    pub code: Option<Code>,
    /// The stored files of the code, relative to the folder where it runs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub code_files: Vec<FileRef>,
    /// Folders that existed before it started and that nothing else describes: empty ones, and those for its outputs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub folders: Vec<String>,
    pub by: Option<Person>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reproductions: Vec<Reproduction>,
}

/// The standard input of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum StdinFrom {
    /// The whole content of this one of its inputs.
    Input { path: String },
    /// A pipe: this many bytes were read from it, and were not stored.
    Lost { bytes: u64 },
}

/// Something that was added to a run after its end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AddedLater {
    pub name: String,
    pub value: AddedValue,
    /// For a metric.
    #[serde(default)]
    pub step: i64,
    pub by: Option<Person>,
    pub at: Time,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddedValue {
    /// The last value.
    Metric(Number),
    Parameter(serde_json::Value),
}

/// The work of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Work {
    Command { argv: Vec<String> },
    Recipe { name: String, version: u32, arguments: serde_json::Value },
}

/// A law that a run found, in the chosen form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Law {
    pub run: RunId,
    pub target: String,
    pub inputs: Vec<String>,
    /// For people: `period = 0.9999 [yr] * (semi_major_axis / 1 [AU])^1.4999`.
    pub display: String,
    /// An expression over the columns in their declared units, as plain numbers.
    pub text: String,
    pub complexity: u64,
    pub r2: Option<Number>,
    /// On the held-out rows.
    pub r2_holdout: Option<Number>,
    pub quantities: Vec<Quantity>,
    /// Why this candidate was chosen: the rule, or the reason of a person.
    pub because: String,
    pub chosen_by: Option<Person>,
    /// Its name on the front, when a person chose it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub candidate: Option<String>,
    /// How many candidates were on the front.
    pub candidates: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plots: Vec<Plot>,
    /// Remarks of the search: rows that repeat one another, columns that others determine, and so on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// A number that a law rests on, with the bounds of its 95 % interval where there is one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quantity {
    pub name: String,
    pub value: Number,
    pub low: Option<Number>,
    pub high: Option<Number>,
    pub unit: Option<String>,
}

/// Points and lines over two axes, drawn as SVG when the publication is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plot {
    /// `fit`, `residuals`: used as the file name.
    pub name: String,
    /// A text alternative for readers who cannot see the plot.
    pub description: String,
    pub x: Axis,
    pub y: Axis,
    pub series: Vec<Series>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Axis {
    /// With its unit: `period (yr)`.
    pub title: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub logarithmic: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// For the legend; empty for none.
    pub name: String,
    /// Connected by a line, otherwise single points.
    pub line: bool,
    pub points: Vec<[f64; 2]>,
}

/// A reproduction of a run, from the record alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reproduction {
    /// The new run, if there is one.
    pub run: Option<RunId>,
    pub handle: Option<String>,
    pub at: Time,
    pub by: Option<Person>,
    pub level: Level,
    /// As text: the differences, or why it cannot be run again.
    pub because: String,
    /// The differences of the environment from the recorded one, one line each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub environment_differences: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<FileComparison>,
    /// How many metrics were compared; `None`: not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics_compared: Option<u64>,
    /// The metrics that are not exactly the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<MetricComparison>,
    /// The comparison of what was printed; `None`: it was not compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub printed: Option<PrintedComparison>,
}
