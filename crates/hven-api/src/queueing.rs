//! How runs wait for their turn, and the use of the runners, on the wire.

use serde::{Deserialize, Serialize};

use crate::runs::{Actor, RunName};

/// How a new run waits for its turn.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QueueRequest {
    /// From -100 to 100; 0 by default. A run with a higher priority precedes all runs with a lower one. Only an owner of the
    /// home may give more than 0.
    #[serde(default)]
    pub priority: i64,
    /// It does not start until it is released.
    #[serde(default)]
    pub held: bool,
    /// Runs that must succeed before it starts. If one does not, this run ends without a start. An array also waits for arrays,
    /// `array/3`: all their tasks must succeed.
    #[serde(default)]
    pub after: Vec<String>,
    /// It ends without a start if it has not started at this time.
    #[serde(default)]
    pub start_by: Option<String>,
}

/// `POST /runs/{run}/queue`: changes how a run waits. At least one field is set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeQueue {
    #[serde(default)]
    pub priority: Option<i64>,
    /// `true` holds the run, `false` releases it.
    #[serde(default)]
    pub held: Option<bool>,
}

/// How a run waits for its turn.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Queueing {
    pub priority: i64,
    pub held: bool,
    /// The runs that must succeed before it starts.
    pub after: Vec<RunName>,
    pub start_by: Option<String>,
}

/// The answer to a change of how a run waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunQueueing {
    pub schema: String,
    pub run: RunName,
    /// `waiting`, or `running` when it started at the same moment.
    pub state: String,
    pub queue: Queueing,
}

/// `GET /usage`: the use of the runners by ended runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UsageReport {
    pub schema: String,
    /// Runs that ended from this time on, and (below) before this one.
    pub since: String,
    pub until: String,
    pub rows: Vec<UsageRow>,
}

/// The use of the runners by the ended runs of a user for a project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UsageRow {
    pub user: Actor,
    pub project: String,
    pub runs: u64,
    /// How many of them did not succeed.
    pub not_done: u64,
    /// How long their processes ran, all attempts together.
    pub wall_s: f64,
    /// The reserved cores times this time.
    pub core_s: f64,
    /// The processor time that they used.
    pub cpu_s: f64,
    /// The most memory that one of them used.
    pub memory_max_bytes: u64,
}
