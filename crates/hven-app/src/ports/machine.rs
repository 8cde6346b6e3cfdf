//! The use of all runners together over time.

use std::collections::BTreeMap;

use async_trait::async_trait;
use hven_core::{RunnerId, Time, resources::Resources};

use crate::ports::error::StoreResult;

/// A period, in bins of whole minutes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeriodQuery {
    /// The minute since 1970 in which the first bin begins.
    pub since_minute: i64,
    /// At least 1.
    pub bin_minutes: i64,
    pub bins: i64,
}

/// The use by ended attempts as changes, and the processes that run now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PeriodUse {
    /// Changes from the begin of the period until now, by bin and named resources. Changes after the period are in bin `bins`. As
    /// each ended attempt began and ended, the level before the period is the sum of all changes with the opposite sign.
    pub changes: Vec<LevelChange>,
    /// Set if the answer reached its limit: changes before this minute are missing.
    pub known_since_minute: Option<i64>,
    pub live: Vec<LiveUse>,
    /// The tasks of arrays that wait and have no run yet.
    pub tasks_queued: u64,
}

/// The attempts with these named resources that began or ended in one bin.
#[derive(Clone, Debug, PartialEq)]
pub struct LevelChange {
    pub bin: usize,
    pub named: BTreeMap<String, u64>,
    pub change: Levels,
    /// Each change times the milliseconds of the bin before it.
    pub change_ms: Levels,
}

/// The resources that attempts reserved and used at the same time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Levels {
    pub attempts: f64,
    pub cores: f64,
    pub memory_bytes: f64,
    /// The processor time of each attempt, spread over its duration.
    pub used_cores: f64,
    /// The reserved cores of attempts whose processor time is not known.
    pub unmeasured_cores: f64,
}

/// A process that runs now, and what it reserves.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveUse {
    pub started: Time,
    pub runner: Option<RunnerId>,
    pub resources: Resources,
}

#[async_trait]
pub trait Machines: Send + Sync + 'static {
    /// The use of all runners in a period, by runs of all projects.
    async fn period_use(&self, query: &PeriodQuery) -> StoreResult<PeriodUse>;
}
