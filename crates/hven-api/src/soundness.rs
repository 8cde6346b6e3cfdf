//! What still stands, on the wire: retractions, what rests on them, and repairs.

use serde::{Deserialize, Serialize};

use crate::{
    lineage::Node,
    repair_summary::RepairSummary,
    runs::{Actor, RunSummary},
    sentence::Sentence,
};

/// What stands as long as nobody says otherwise.
pub fn sound() -> String {
    "sound".to_owned()
}

/// `POST /retractions`: takes something back.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Retract {
    /// `7Q2M` or `run/7Q2M`, `planets@1` or `data/planets@1`, `claim/kepler3`.
    pub of: String,
    /// Which project the name is meant in, when several have it.
    #[serde(default)]
    pub project: Option<String>,
    pub because: String,
}

/// `POST /independences`: says that something does not depend on something that it was made with.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AssertIndependence {
    pub of: String,
    pub on: String,
    #[serde(default)]
    pub project: Option<String>,
    pub because: String,
}

/// `GET /soundness?of=…`: whether something still stands, and all that was said about that.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SoundnessDetail {
    pub schema: String,
    pub of: Node,
    /// `sound`, `suspect` (it rests on something retracted) or `retracted`.
    pub soundness: String,
    /// Why it is not sound.
    pub suspicion: Option<Sentence>,
    /// From it to what was retracted, both included; empty when it is sound.
    pub way: Vec<Node>,
    pub retraction: Option<Retraction>,
    /// What was asserted of it and about it.
    pub independences: Vec<Independence>,
    /// What was made of it although it is not sound, newest first.
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
    /// What was made all the same.
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
    /// How many there are in all, and how many of each noun.
    pub total: u64,
    pub runs: u64,
    pub datasets: u64,
    pub claims: u64,
    pub publications: u64,
    pub items: Vec<Reached>,
    /// Where the next page begins.
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
    /// What lies between, nearest first; of a long way its end.
    pub way: Vec<Sentence>,
}

/// `POST /repairs`: has everything run again that rests on something retracted. The server goes on with it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Repair {
    /// The dataset or the run that was retracted.
    pub of: String,
    /// The dataset that takes its place; a run is repeated.
    #[serde(default)]
    pub with: Option<String>,
    #[serde(default)]
    pub project: Option<String>,
    /// Try also what failed before.
    #[serde(default)]
    pub again: bool,
}

/// What a repair does, and how far it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RepairPlan {
    pub schema: String,
    pub of: Node,
    pub with: Option<Node>,
    /// In the order in which they can be done.
    pub steps: Vec<RepairStep>,
    /// What the steps that are not done cost when they were done before.
    pub wall_s: f64,
    pub cpu_s: f64,
    /// Steps run, or can be done now: ask again.
    pub goes_on: bool,
    /// Everything that rests on it was made anew.
    pub is_done: bool,
    /// The repair that was begun for this, in the answer to a POST.
    #[serde(default)]
    pub repair: Option<RepairSummary>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RepairStep {
    /// `ready`, `waiting` (for a step before it), `running`, `done`, `failed` or `by_hand` (only a person can do it).
    pub progress: String,
    #[serde(flatten)]
    pub node: Node,
    /// What it cost when it was made.
    pub wall_s: Option<f64>,
    pub cpu_s: Option<f64>,
    /// The run that does its work anew.
    pub by: Option<RunSummary>,
    /// Why it failed, or why a person has to do it.
    pub because: Option<String>,
}
