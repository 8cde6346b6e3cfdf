//! Soundness on the wire: retractions, the nodes that rest on them, and repairs.

use serde::{Deserialize, Serialize};

use crate::{
    lineage::Node,
    repair_summary::RepairSummary,
    runs::{Actor, RunSummary},
    sentence::Sentence,
};

/// The soundness without any retraction.
pub fn sound() -> String {
    "sound".to_owned()
}

/// `POST /retractions`: retracts something.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Retract {
    /// `7Q2M` or `run/7Q2M`, `planets@1` or `data/planets@1`, `claim/kepler3`.
    pub of: String,
    /// The project of the name, when several projects have it.
    #[serde(default)]
    pub project: Option<String>,
    pub because: String,
}

/// `POST /independences`: asserts that something does not depend on something that it was made with.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AssertIndependence {
    pub of: String,
    pub on: String,
    #[serde(default)]
    pub project: Option<String>,
    pub because: String,
}

/// `GET /soundness?of=…`: the soundness of something, and all statements about it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SoundnessDetail {
    pub schema: String,
    pub of: Node,
    /// `sound`, `suspect` (it rests on something retracted) or `retracted`.
    pub soundness: String,
    /// Why it is not sound.
    pub suspicion: Option<Sentence>,
    /// The way from it to the retracted node, including both; empty when it is sound.
    pub way: Vec<Node>,
    pub retraction: Option<Retraction>,
    /// Assertions of independence from and by it.
    pub independences: Vec<Independence>,
    /// Nodes that were made of it although it is not sound, newest first.
    pub overrides: Vec<Override>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Retraction {
    /// `null` when it was erased.
    pub because: Option<String>,
    pub by: Actor,
    pub time: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Independence {
    pub of: Node,
    pub on: Node,
    pub because: String,
    pub by: Actor,
    pub time: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Override {
    /// The node that was made despite the suspicion.
    pub made: Node,
    pub because: String,
    pub by: Actor,
    pub time: String,
}

/// `GET /reach?of=…`: everything that rests on something, or on which it rests, nearest first.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reach {
    pub schema: String,
    pub of: Node,
    pub soundness: String,
    /// How many there are in total, and how many of each noun.
    pub total: u64,
    pub runs: u64,
    pub datasets: u64,
    pub claims: u64,
    pub publications: u64,
    pub items: Vec<Reached>,
    /// The cursor of the next page.
    pub next: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reached {
    /// How many steps away, along a shortest way.
    pub depth: u32,
    /// `sound`, `suspect` or `retracted`.
    pub soundness: String,
    #[serde(flatten)]
    pub node: Node,
    /// The nodes between, nearest first; of a long way only its end.
    pub way: Vec<Sentence>,
}

/// `POST /repairs`: runs everything again that rests on something retracted. The server continues it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Repair {
    /// The dataset or the run that was retracted.
    pub of: String,
    /// The dataset that replaces it; a run is repeated instead.
    #[serde(default)]
    pub with: Option<String>,
    #[serde(default)]
    pub project: Option<String>,
    /// Try also steps that failed before.
    #[serde(default)]
    pub again: bool,
}

/// The steps of a repair, and its progress.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RepairPlan {
    pub schema: String,
    pub of: Node,
    pub with: Option<Node>,
    /// In an order in which they can be done.
    pub steps: Vec<RepairStep>,
    /// The cost of the remaining steps, measured when they were done before.
    pub wall_s: f64,
    pub cpu_s: f64,
    /// Steps are running, or can be done now: ask again.
    pub goes_on: bool,
    /// Everything that rests on it was made again.
    pub is_done: bool,
    /// The repair that was started for this, in the answer to a POST.
    #[serde(default)]
    pub repair: Option<RepairSummary>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RepairStep {
    /// `ready`, `waiting` (for an earlier step), `running`, `done`, `failed` or `by_hand` (only a person can do it).
    pub progress: String,
    #[serde(flatten)]
    pub node: Node,
    /// Its cost when it was made.
    pub wall_s: Option<f64>,
    pub cpu_s: Option<f64>,
    /// The run that repeats its work.
    pub by: Option<RunSummary>,
    /// Why it failed, or why a person has to do it.
    pub because: Option<String>,
}
