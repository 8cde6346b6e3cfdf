//! The machine on the wire: its runners, what is in use, and what was in use over time.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::runs::Resources;

/// `GET /machine`: the runners and their use, by runs of all projects together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MachineReport {
    pub schema: String,
    /// The time of this answer.
    pub now: String,
    /// The runners that are not known to have ended, at most 100, the newest first.
    pub runners: Vec<MachineRunner>,
    /// The resources of all attached runners.
    pub capacity: Resources,
    /// The resources that running processes reserve.
    pub in_use: Resources,
    /// Runs with a process.
    pub running: u64,
    /// Runs that wait for a start, also those that a runner has already.
    pub waiting: u64,
    /// Tasks of arrays that wait and have no run yet.
    pub tasks_queued: u64,
    pub use_over_time: UseOverTime,
}

/// A runner, and what its processes reserve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MachineRunner {
    pub id: String,
    pub pool: String,
    pub host: String,
    pub version: String,
    /// `attached`, or `silent` (the server has not heard from it for a while; it may still run).
    pub state: String,
    /// When it attached for the first time.
    pub enrolled: String,
    /// The time of its last message, if it attached since the start of the server.
    pub heard: Option<String>,
    pub capacity: Resources,
    pub in_use: Resources,
    /// Its processes of runs.
    pub running: u64,
}

/// The use of all runners together, as means in bins of time of the same length.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UseOverTime {
    /// The begin of the first bin, and (below) the end of the last one. If it is in the future, the last bin has the means of the
    /// time until now.
    pub since: String,
    pub until: String,
    /// The length of a bin, in seconds.
    pub bin_s: u64,
    /// Whether the answer begins later than it was asked for, because it reached its limit of 600,000 minutes with changes.
    pub is_cut: bool,
    pub bins: Vec<UseBin>,
}

/// The mean use in one bin of time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UseBin {
    pub start: String,
    /// Processes of runs.
    pub running: f64,
    pub reserved_cores: f64,
    /// The processor time of ended attempts, each spread evenly over its duration, per time.
    pub used_cores: f64,
    /// The part of the reserved cores whose processor time is not known: of attempts that still run or were lost.
    pub unmeasured_cores: f64,
    pub reserved_memory_bytes: f64,
    /// The reserved units of named resources.
    #[serde(default)]
    pub reserved_named: BTreeMap<String, f64>,
}
