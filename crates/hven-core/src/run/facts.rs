//! The facts of runs, from the submission to the sealed parts of their streams.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{code::Software, metric_summary::MetricSummary, result::AttemptResult, spec::Spec};
use crate::{
    AttemptId, Digest, RunId, RunnerId, Time, array::TaskOf, catalogue::Purpose, handle::Handle, params::Origin,
    project::ProjectPath, reproduction::Tolerances, resources::UnitNames,
};

/// A run was submitted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Submitted {
    pub run: RunId,
    pub handle: Handle,
    pub project: ProjectPath,
    pub name: Option<String>,
    pub spec: Spec,
    /// The random name under which the private part of the launch (environment, secrets) is kept until the run ends.
    pub launch: String,
    /// The key that the cache compares: the same key means the same work. Only runs with declared inputs and outputs have one.
    pub cache_key: Option<Digest>,
    /// The use of its result after it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    /// The differences that a reproduction may have, as its author declared.
    #[serde(default, skip_serializing_if = "Tolerances::is_empty")]
    pub tolerances: Tolerances,
    /// Objects that it names and that were not in the store: inputs and code, and files that its folders list. All others were
    /// in the store, and must stay there. `None` when this was not checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub absent: Option<BTreeSet<Digest>>,
    /// The task of an array that it is, with the values that its command has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskOf>,
}

/// The first version of [`Submitted`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SubmittedV1 {
    pub run: RunId,
    pub handle: Handle,
    pub project: ProjectPath,
    pub name: Option<String>,
    pub spec: Spec,
    pub launch: String,
    pub cache_key: Option<Digest>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    #[serde(default, skip_serializing_if = "Tolerances::is_empty")]
    pub tolerances: Tolerances,
}

impl From<SubmittedV1> for Box<Submitted> {
    fn from(older: SubmittedV1) -> Self {
        Self::new(older.into())
    }
}

impl From<SubmittedV1> for Submitted {
    /// The content of the store at that time is not known.
    fn from(
        SubmittedV1 { run, handle, project, name, spec, launch, cache_key, purpose, tolerances }: SubmittedV1,
    ) -> Self {
        Self { run, handle, project, name, spec, launch, cache_key, purpose, tolerances, absent: None, task: None }
    }
}

/// An attempt was given to a runner. From now on only positive evidence can show that it did not run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Started {
    pub attempt: AttemptId,
    pub runner: RunnerId,
}

/// The runner of an attempt started its process. For a process that ended quickly, only its end is recorded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProcessStarted {
    pub attempt: AttemptId,
    /// The time, by the runner's clock.
    pub at: Time,
    /// The units that it has of resources whose units have names, such as GPUs.
    #[serde(default, skip_serializing_if = "UnitNames::is_empty")]
    pub units: UnitNames,
}

/// An attempt ended and another will follow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttemptEnded {
    pub attempt: AttemptId,
    pub result: AttemptResult,
    /// Why it is tried again.
    pub retry_because: String,
}

/// A run ended finally.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finished {
    pub run: RunId,
    /// The last attempt, when there was one: a run cancelled while it waited has none.
    pub attempt: Option<u32>,
    pub result: AttemptResult,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CancelRequested {
    pub run: RunId,
}

/// Parameters that the script or its caller logged. A later value of the same name replaces the earlier one, among those that
/// count for the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ParamsLogged {
    pub run: RunId,
    pub of: Origin,
    pub params: BTreeMap<String, serde_json::Value>,
}

/// The first version of [`ParamsLogged`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ParamsLoggedV1 {
    pub run: RunId,
    pub params: BTreeMap<String, serde_json::Value>,
}

impl From<ParamsLoggedV1> for ParamsLogged {
    fn from(ParamsLoggedV1 { run, params }: ParamsLoggedV1) -> Self {
        Self { run, of: Origin::NotKnown, params }
    }
}

/// The software was captured while the run was running, so that the start did not wait for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SoftwareCaptured {
    pub run: RunId,
    pub software: Software,
}

/// A part of a stream was sealed into a Parquet object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartSealed {
    pub attempt: AttemptId,
    pub stream: String,
    /// Counted from 0 within the attempt's stream.
    pub part: u32,
    /// The range of the stream's bytes in it: from `from` (inclusive) to `to` (exclusive).
    pub from: u64,
    pub to: u64,
    pub rows: u64,
    pub object: Digest,
    pub object_bytes: u64,
    /// For metrics: the summary of each key, over this part only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub summary: Vec<MetricSummary>,
}

/// A run was deleted. Its content is erased; this fact says that it existed, and keeps what lists of runs of a project need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deleted {
    pub run: RunId,
    pub project: ProjectPath,
    /// How it had ended.
    pub state: super::State,
    pub because: String,
}

crate::sample::sampled! {
    Deleted { run, project, state, because }
    Submitted {
        run, handle, project, name, spec, launch, cache_key, purpose, tolerances, absent, task,
    }
    Started { attempt, runner }
    ProcessStarted { attempt, at, units }
    AttemptEnded { attempt, result, retry_because }
    Finished { run, attempt, result }
    CancelRequested { run }
    ParamsLogged { run, of, params }
    SoftwareCaptured { run, software }
    PartSealed { attempt, stream, part, from, to, rows, object, object_bytes, summary }
}
