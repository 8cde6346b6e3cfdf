//! One repair on the wire.

use serde::{Deserialize, Serialize};

use crate::{actor::Actor, lineage::Node, sentence::Sentence};

/// A repair that a person started.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RepairSummary {
    pub id: String,
    /// Its name for people: `repair/3`.
    pub name: String,
    pub project: String,
    /// The retracted node.
    pub of: Node,
    /// The dataset that replaces it; `null` when a run is repeated.
    pub with: Option<Node>,
    /// `running`, `done`, `incomplete` (steps failed, or only a person can do them), `stopped` (it could not continue) or
    /// `cancelled`.
    pub state: String,
    /// The user who is responsible for its steps.
    pub begun_by: Actor,
    pub begun: String,
    /// `null` while it continues.
    pub ended: Option<String>,
    pub ended_by: Option<Actor>,
    /// How many steps it had at its end, and how many of them were done.
    pub steps: Option<u32>,
    pub done: Option<u32>,
    /// Why it was stopped.
    pub because: Option<String>,
    /// The same as a sentence, if Hven wrote the reason.
    pub because_said: Option<Sentence>,
}
