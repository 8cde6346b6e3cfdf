//! Runners: programs that start processes for one Unix user in one pool.

use serde::{Deserialize, Serialize};

use crate::{RunnerId, resources::Resources};

/// A runner came for the first time, or it came again and something of this is not as it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Enrolled {
    pub runner: RunnerId,
    pub pool: String,
    pub host: String,
    /// What it can hold at once.
    pub capacity: Resources,
    pub version: String,
}

/// A runner is gone for certain: its process is known to have ended. Silence alone is never enough.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gone {
    pub runner: RunnerId,
    pub evidence: String,
}
