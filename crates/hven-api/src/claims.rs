//! Claims on the wire: statements, tests, verdicts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    metrics::MetricValue,
    runs::{Actor, RunSummary},
    sentence::Sentence,
};

/// `POST /claims`: states a claim, or states it again with changes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StateClaim {
    /// `home` by default.
    #[serde(default)]
    pub project: Option<String>,
    pub name: String,
    /// The claim as a sentence.
    pub statement: String,
    /// An expression over the metrics and parameters of the evidence, such as `abs(exponent - 1.5) < 0.01`.
    pub test: String,
    /// Each is a step of the project, such as `run.law` (its newest run is judged), or a run.
    pub evidence: Vec<String>,
}

/// A claim as a list shows it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClaimSummary {
    pub id: String,
    pub project: String,
    pub name: String,
    pub statement: String,
    pub test: String,
    /// As the author named it: steps such as `run.law`, and ids of runs.
    pub evidence: Vec<String>,
    /// How often it was stated, counted from 1.
    pub revision: u32,
    pub stated: String,
    pub stated_by: Actor,
    /// `judged`, `not_judged` (in its current revision), or `newer_run` (judged, but not with the newest run).
    pub standing: String,
    /// `sound`, `suspect` (it rests on something retracted) or `retracted`.
    #[serde(default = "crate::soundness::sound")]
    pub soundness: String,
    /// `holds`, `fails` or `cannot_tell`: from the newest judgement of the current revision.
    pub verdict: Option<String>,
    pub because: Option<String>,
    pub judged: Option<String>,
}

/// `GET /claims/{claim}`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClaimDetail {
    pub schema: String,
    #[serde(flatten)]
    pub summary: ClaimSummary,
    /// Newest first. The first one is about the current revision unless `standing` is `not_judged`.
    pub judgements: Vec<Judgement>,
    /// The runs that would be judged now.
    pub newest_evidence: Vec<RunSummary>,
    /// Why it is not sound.
    #[serde(default)]
    pub suspicion: Option<Sentence>,
    /// The publication with which it was imported.
    #[serde(default)]
    pub origin: Option<crate::publications::Origin>,
    /// The newest verdicts on reproducing the judged runs.
    pub made_again: Vec<crate::reproductions::MadeAgain>,
    /// Its page in a browser.
    pub url: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Judgement {
    /// The revision of the claim that was judged.
    pub revision: u32,
    /// `holds`, `fails` or `cannot_tell`.
    pub verdict: String,
    pub because: String,
    #[serde(default)]
    pub because_said: Option<Sentence>,
    pub test: String,
    /// The test with its numbers filled in.
    pub filled_in: String,
    /// The judged runs, without those that the caller may not see.
    pub evidence: Vec<RunSummary>,
    /// The quantities that the test names, with the bounds of their intervals (`NAME.low`, `NAME.high`) where known.
    pub quantities: BTreeMap<String, MetricValue>,
    pub ledger: Ledger,
    pub judged: String,
    pub judged_by: Actor,
}

/// How much was tried before this result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Ledger {
    /// Runs that had ended, including the evidence, as far as `counted` says.
    pub runs: u64,
    /// Always 0: nothing counts designs yet.
    pub designs: u64,
    pub hold_out_reads: u64,
    /// Which runs were counted: `by_question` (the same script, program or recipe in the same project), `by_name` (only runs
    /// with the same name, as in the first versions) or `not_known`.
    #[serde(default = "by_name")]
    pub counted: String,
    #[serde(default)]
    pub questions: Vec<Question>,
    /// Each run of the evidence was the newest ended run of its question.
    #[serde(default)]
    pub is_newest: bool,
    /// How many datasets under the evidence have held-out parts; `null`: not examined.
    #[serde(default)]
    pub hold_outs: Option<u64>,
    /// The whole ledger as text, and the rule by which runs are counted.
    #[serde(default)]
    pub said: String,
    #[serde(default)]
    pub rule: Option<String>,
}

fn by_name() -> String {
    "by_name".to_owned()
}

/// The question that a run asks, as far as its command or recipe shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Question {
    /// `recipe`, `script`, `module` or `program`.
    pub kind: String,
    pub name: String,
    /// The subject of a recipe's search: the target of a law.
    #[serde(default)]
    pub of: Option<String>,
}
