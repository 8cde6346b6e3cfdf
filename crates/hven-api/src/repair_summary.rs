//! One repair on the wire.

use serde::{Deserialize, Serialize};

use crate::{actor::Actor, lineage::Node, sentence::Sentence};

/// A repair that somebody began.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RepairSummary {
    pub id: String,
    /// What people call it: `repair/3`.
    pub name: String,
    pub project: String,
    /// What was retracted.
    pub of: Node,
    /// The dataset that takes its place; `null` when a run is repeated.
    pub with: Option<Node>,
    /// `running`, `done`, `incomplete` (steps failed or only a person can do them), `stopped` (it could not go on) or
    /// `cancelled`.
    pub state: String,
    /// On whose behalf its steps are done.
    pub begun_by: Actor,
    pub begun: String,
    /// `null` while it goes on.
    pub ended: Option<String>,
    pub ended_by: Option<Actor>,
    /// How many steps there were at its end, and how many of them were done.
    pub steps: Option<u32>,
    pub done: Option<u32>,
    /// Why it was stopped.
    pub because: Option<String>,
    /// The same as a sentence, when it is one of Hven's own.
    pub because_said: Option<Sentence>,
}
