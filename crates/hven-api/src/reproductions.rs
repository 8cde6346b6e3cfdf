//! Reproductions of runs on the wire.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    runs::{Actor, FileRef, RunName, Software},
    sentence::Sentence,
    tools::Tools,
};

/// The difference up to which two numbers are the same: `absolute + relative × the larger magnitude`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tolerance {
    #[serde(default)]
    pub relative: f64,
    #[serde(default)]
    pub absolute: f64,
}

/// The differences that a reproduction may have.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tolerances {
    /// For everything without a tolerance of its own; by default one part in a thousand million.
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
    /// They override the tolerances that were declared with the run.
    #[serde(flatten)]
    pub tolerances: Tolerances,
    /// The files of the commit that is the run's code, uploaded before, relative to the run's folder.
    #[serde(default)]
    pub code: Vec<FileRef>,
    /// Code of the repository above that folder, relative to the repository's root. With it the run is reproduced at the same
    /// place of a folder that contains both.
    #[serde(default)]
    pub code_above: Vec<FileRef>,
    /// How many files of code above the folder are left out, because they are too large or too many.
    #[serde(default)]
    pub code_above_left_out: u64,
    /// Values of secrets, which are never recorded.
    #[serde(default)]
    pub secrets: BTreeMap<String, String>,
    /// The software that is installed now, to compare with the original software.
    #[serde(default)]
    pub software: Option<Software>,
    /// The current programs, module folders and packages, to compare with the original ones.
    #[serde(default)]
    pub tools: Option<Tools>,
}

/// The newest verdict on reproducing a run, as part of other documents.
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

/// The comparison of what both runs printed, as text. It never decides the level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Printed {
    pub stdout: PrintedText,
    pub stderr: PrintedText,
    /// Both results as text.
    pub said: String,
}

/// The result for one of the two streams.
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

/// The answer: the run that reproduces it, or the verdict that it cannot be reproduced.
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

/// The result of one reproduction of a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reproduction {
    pub schema: String,
    pub run: RunName,
    /// The run that reproduced it.
    pub again: Option<RunName>,
    /// `same_bytes`, `same_within`, `nothing_to_compare`, `differs` or `cannot_rerun`.
    pub level: String,
    pub because: Option<String>,
    #[serde(default)]
    pub because_said: Option<Sentence>,
    /// How many outputs and metrics have each degree of equality.
    pub same_bytes: u64,
    pub same_within: u64,
    pub differs: u64,
    /// How many of those are outputs, and how many are metrics; `null`: not known.
    #[serde(default)]
    pub outputs_compared: Option<u64>,
    #[serde(default)]
    pub metrics_compared: Option<u64>,
    /// `null`: it was not compared.
    #[serde(default)]
    pub printed: Option<Printed>,
    /// The comparison of each output (`hven.comparison/1`); `null` when there is none, or it was erased.
    pub comparison: serde_json::Value,
    /// The metrics that are not exactly equal.
    pub metrics: serde_json::Value,
    /// The differences of the surroundings from the original run.
    pub surroundings: Vec<String>,
    pub judged: String,
    pub judged_by: Actor,
}
