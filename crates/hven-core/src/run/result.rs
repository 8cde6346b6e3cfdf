//! The result of an ended attempt.

use serde::{Deserialize, Serialize};

use super::outcome::Outcome;
use crate::{Time, capture::Note, object::FileRef, resources::UnitNames, stdin::StdinRead};

/// The result of an ended attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttemptResult {
    pub outcome: Outcome,
    /// When the process was started and ended, by its machine's clock; the duration is from a monotonic clock.
    pub started: Option<Time>,
    pub ended: Option<Time>,
    pub wall_s: f64,
    #[serde(default)]
    pub usage: Usage,
    #[serde(default)]
    pub outputs: Vec<FileRef>,
    /// Declared outputs that were missing, or could not be kept, each with the reason.
    #[serde(default)]
    pub outputs_missing: Vec<MissingOutput>,
    #[serde(default)]
    pub log: LogExtent,
    /// The use of its standard input, if there was any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stdin: Option<StdinRead>,
    /// Inputs and code that differed from the record when the process started or had ended, and outputs that it did not write,
    /// or that another run had at the same time. Empty when nothing was found, and when nothing was compared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<Note>,
    /// The units that it had of resources whose units have names, such as GPUs.
    #[serde(default, skip_serializing_if = "UnitNames::is_empty")]
    pub units: UnitNames,
}

impl AttemptResult {
    /// The result of an attempt that never had a process.
    pub fn without_process(outcome: Outcome) -> Self {
        Self {
            outcome,
            started: None,
            ended: None,
            wall_s: 0.0,
            usage: Usage::default(),
            outputs: Vec::new(),
            outputs_missing: Vec::new(),
            log: LogExtent::default(),
            stdin: None,
            changed: Vec::new(),
            units: UnitNames::new(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingOutput {
    pub path: String,
    pub why: String,
}

/// The size of a log in bytes of its stream, and how many bytes of its middle were dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogExtent {
    pub bytes: u64,
    pub dropped_bytes: u64,
}

/// The resources that all processes of an attempt used together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    pub cpu_user_s: f64,
    pub cpu_system_s: f64,
    pub memory_max_bytes: u64,
    pub read_bytes: u64,
    pub written_bytes: u64,
}

crate::sample::sampled! {
    AttemptResult {
        outcome, started, ended, wall_s, usage, outputs, outputs_missing, log, stdin, changed, units,
    }
    MissingOutput { path, why }
    LogExtent { bytes, dropped_bytes }
    Usage { cpu_user_s, cpu_system_s, memory_max_bytes, read_bytes, written_bytes }
}
