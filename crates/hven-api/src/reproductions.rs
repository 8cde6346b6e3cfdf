//! Making runs again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    runs::{Actor, FileRef, RunName, Software},
    sentence::Sentence,
    tools::Tools,
};

/// By how much two numbers may differ and still be the same: `absolute + relative × the larger magnitude`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tolerance {
    #[serde(default)]
    pub relative: f64,
    #[serde(default)]
    pub absolute: f64,
}

/// By how much what is reproduced may differ.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tolerances {
    /// For all that has none of its own; one part in a thousand million when nothing is said.
    #[serde(default)]
    pub tolerance: Option<Tolerance>,
    /// By metric.
    #[serde(default)]
    pub metrics: BTreeMap<String, Tolerance>,
    /// By output, or by a folder of outputs.
    #[serde(default)]
    pub files: BTreeMap<String, Tolerance>,
}

/// `POST /runs/{run}/reproductions`: how the run is to be reproduced.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reproduce {
    /// Where they say nothing, what was declared with the run counts.
    #[serde(flatten)]
    pub tolerances: Tolerances,
    /// The files of the commit that is the run's code, uploaded before; relative to the run's folder.
    #[serde(default)]
    pub code: Vec<FileRef>,
    /// Code of the repository above that folder; relative to the repository's root. With it the run is made again in the same
    /// place of a folder that holds both.
    #[serde(default)]
    pub code_above: Vec<FileRef>,
    /// How many files of code above the folder are left out, because they are large or too many.
    #[serde(default)]
    pub code_above_left_out: u64,
    /// Values of secrets, which are never recorded.
    #[serde(default)]
    pub secrets: BTreeMap<String, String>,
    /// What is installed now, to be compared with what was then.
    #[serde(default)]
    pub software: Option<Software>,
    /// Programs, module folders and packages of now, to be compared likewise.
    #[serde(default)]
    pub tools: Option<Tools>,
}

/// The newest verdict on making a run again, as other documents carry it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MadeAgain {
    pub run: RunName,
    /// `same_bytes`, `same_within`, `nothing_to_compare`, `differs` or `cannot_rerun`.
    pub level: String,
    pub because: Option<String>,
    #[serde(default)]
    pub because_said: Option<Sentence>,
    #[serde(default)]
    pub outputs_compared: Option<u64>,
    #[serde(default)]
    pub metrics_compared: Option<u64>,
    #[serde(default)]
    pub printed: Option<Printed>,
    pub judged: String,
}

/// What both runs printed, compared as text. It never decides the level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Printed {
    pub stdout: PrintedText,
    pub stderr: PrintedText,
    /// Both in words.
    pub said: String,
}

/// What came of comparing one of the two streams.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PrintedText {
    /// `nothing` (neither printed anything), `same`, `differs` or `not_known`.
    pub is: String,
    /// The first line that differs, counted from 1.
    pub line: Option<u64>,
    /// Why it is not known.
    pub why: Option<String>,
    pub why_said: Option<Sentence>,
}

/// The answer: the run that makes it again, or the verdict that it cannot be.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reproducing {
    pub schema: String,
    pub again: Option<RunName>,
    pub verdict: Option<Reproduction>,
}

/// `GET /runs/{run}/reproductions`, newest first.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reproductions {
    pub schema: String,
    pub items: Vec<Reproduction>,
}

/// What came of making a run again once.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reproduction {
    pub schema: String,
    pub run: RunName,
    /// The run that did it.
    pub again: Option<RunName>,
    /// `same_bytes`, `same_within`, `nothing_to_compare`, `differs` or `cannot_rerun`.
    pub level: String,
    pub because: Option<String>,
    #[serde(default)]
    pub because_said: Option<Sentence>,
    /// How many outputs and metrics are how alike.
    pub same_bytes: u64,
    pub same_within: u64,
    pub differs: u64,
    /// How many of those are outputs, and how many metrics; `null`: not known.
    #[serde(default)]
    pub outputs_compared: Option<u64>,
    #[serde(default)]
    pub metrics_compared: Option<u64>,
    /// `null`: it was not compared.
    #[serde(default)]
    pub printed: Option<Printed>,
    /// Of each output (`hven.comparison/1`); `null` when there is none, or it was erased.
    pub comparison: serde_json::Value,
    /// The metrics that are not exactly the same.
    pub metrics: serde_json::Value,
    /// In what the surroundings were not those of the first time.
    pub surroundings: Vec<String>,
    pub judged: String,
    pub judged_by: Actor,
}
