//! What claims rest on: datasets, runs, laws, and runs that were reproduced.

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
    /// Its id in the home that it comes from, which it keeps wherever it is brought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<DatasetId>,
    pub project: String,
    pub name: String,
    pub version: u32,
    pub description: Option<String>,
    /// SPDX id, or whatever the person wrote.
    pub license: Option<String>,
    /// Whom the licence wants named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribution: Option<String>,
    pub added: Time,
    pub added_by: Option<Person>,
    /// The run that made it from its source.
    pub made_by: Option<RunId>,
    /// The raw bytes, under the path that the person named.
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

/// A part that a dataset was divided into.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DatasetPart {
    pub name: String,
    pub rows: u64,
    pub content: FileRef,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hold_out: bool,
    pub made_by: Option<RunId>,
    /// How it was divided, in words.
    pub method: String,
}

/// One execution of a task, with what is needed to do it again. Paths of the machine it ran on, and the values of secrets,
/// are not in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    pub id: RunId,
    /// As its home calls it: `7Q2M`.
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
    /// Relative to the folder that it runs in.
    pub inputs: Vec<FileRef>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stdin: Option<StdinFrom>,
    pub outputs: Vec<FileRef>,
    /// Paths that it was asked to make; `outputs` are those that it made.
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
    /// What somebody added to it after its end: it was not measured by the run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub added_later: Vec<AddedLater>,
    pub software: Option<Software>,
    pub code: Option<Code>,
    /// The files of the code as far as the record kept them, relative to the folder that it runs in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub code_files: Vec<FileRef>,
    /// Folders that were there before it started and of which nothing else is said: empty ones, and those for its outputs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub folders: Vec<String>,
    pub by: Option<Person>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reproductions: Vec<Reproduction>,
}

/// What a run had on its standard input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum StdinFrom {
    /// All of this one of its inputs.
    Input { path: String },
    /// A pipe: so many bytes were read of it, and were not kept.
    Lost { bytes: u64 },
}

/// Something that was added to a run after its end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AddedLater {
    pub name: String,
    pub value: AddedValue,
    /// Of a metric.
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

/// What a run did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Work {
    Command { argv: Vec<String> },
    Recipe { name: String, version: u32, arguments: serde_json::Value },
}

/// A law that a run found, in the form that was chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Law {
    pub run: RunId,
    pub target: String,
    pub inputs: Vec<String>,
    /// For people: `period = 0.9999 yr · (semi_major_axis / AU)^1.4999`.
    pub display: String,
    /// ASCII that can be evaluated.
    pub text: String,
    pub complexity: u64,
    pub r2: Option<Number>,
    /// On the rows that were held out.
    pub r2_holdout: Option<Number>,
    pub quantities: Vec<Quantity>,
    /// Why this candidate and no other: the rule, or the words of a person.
    pub because: String,
    pub chosen_by: Option<Person>,
    /// Its name on the front, when a person chose it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub candidate: Option<String>,
    /// How many candidates were on the front.
    pub candidates: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plots: Vec<Plot>,
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
    /// `fit`, `residuals`: names the file.
    pub name: String,
    /// What is seen, for those who cannot see it.
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
    /// Joined by a line, or single points.
    pub line: bool,
    pub points: Vec<[f64; 2]>,
}

/// A run was reproduced from the record alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reproduction {
    /// The new run, when it came to one.
    pub run: Option<RunId>,
    pub handle: Option<String>,
    pub at: Time,
    pub by: Option<Person>,
    pub level: Level,
    /// In words: what differs, or why it cannot be run again.
    pub because: String,
    /// How the environment differed from the recorded one, a line each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub environment_differences: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<FileComparison>,
    /// How many metrics were compared; `None`: not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics_compared: Option<u64>,
    /// Those that are not exactly the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<MetricComparison>,
    /// What was printed; `None`: it was not compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub printed: Option<PrintedComparison>,
}
